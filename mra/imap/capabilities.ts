/**
 * What CAPABILITY names (RFC 3501 §7.2.1): only what works.
 *
 * | name                    | source                | | name             | source            |
 * |-------------------------|-----------------------|-|------------------|-------------------|
 * | IMAP4rev1               | RFC 3501              | | LIST-EXTENDED    | RFC 5258          |
 * | SASL-IR                 | RFC 4959              | | LIST-STATUS      | RFC 5819          |
 * | ID                      | RFC 2971              | | SPECIAL-USE      | RFC 6154          |
 * | ENABLE                  | RFC 5161              | | UIDPLUS          | RFC 4315          |
 * | IDLE                    | RFC 2177              | | ESEARCH          | RFC 4731          |
 * | LITERAL+                | RFC 7888              | | MOVE             | RFC 6851          |
 * | STARTTLS, LOGINDISABLED | RFC 3501 §6.2.1, §6.2.3 | | STATUS=SIZE    | RFC 8438          |
 * | UNSELECT                | RFC 3691              | | APPENDLIMIT=     | RFC 7889          |
 * | CHILDREN, NAMESPACE     | RFC 3348, RFC 2342    | |                  |                   |
 */

import { findMechanism } from "../../tools/kit/sasl/mechanisms.ts";

import type { SessionContext } from "./op/operation.ts";
import { mayUseCleartext } from "./op/login.ts";

const always = "IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+";

const afterLogin =
  "UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE ESEARCH MOVE STATUS=SIZE";

export function formatCapabilities(session: SessionContext): string {
  const { settings, state, tls } = session;
  if (state.phase !== "greeted") {
    const limit = settings.maxMessageOctets > 0 ? ` APPENDLIMIT=${settings.maxMessageOctets}` : "";
    return `${always} ${afterLogin}${limit}`;
  }
  const cleartext = mayUseCleartext(session);
  const offered = settings.mechanisms.filter((name) => {
    const mechanism = findMechanism(name);
    return mechanism !== undefined && (cleartext || !mechanism.plaintext);
  });
  return [
    always,
    ...(settings.startTls && tls === undefined ? ["STARTTLS"] : []),
    ...(cleartext ? [] : ["LOGINDISABLED"]),
    ...offered.map((name) => `AUTH=${name}`),
  ].join(" ");
}
