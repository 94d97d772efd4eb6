/** What the SMTP server is for those who come to each of its services. */

import type { SmtpRole } from "../../mta/smtp/question.ts";

import type { ListenerService, ServiceName } from "../config/schema.ts";

export const smtpRoles: Readonly<Record<ListenerService, SmtpRole>> = {
  smtp: "smtp",
  submission: "submission",
  submissions: "submission",
  lmtp: "lmtp",
  filtered: "smtp",
};

export function isListenerService(name: ServiceName): name is ListenerService {
  return Object.hasOwn(smtpRoles, name);
}
