/** The mechanisms this server knows, in the order in which it offers them. */

import { login } from "./login.ts";
import type { SaslMechanism } from "./mechanism.ts";
import { plain } from "./plain.ts";

export const saslMechanisms: readonly SaslMechanism[] = [plain, login];

/** The mechanism of that name in any case (RFC 4422 §3.1 names are upper case; clients are not). */
export function findMechanism(name: string): SaslMechanism | undefined {
  const wanted = name.toUpperCase();
  return saslMechanisms.find((mechanism) => mechanism.name === wanted);
}
