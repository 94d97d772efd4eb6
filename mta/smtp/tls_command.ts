/** STARTTLS (RFC 3207). What was said before is forgotten; octets sent behind the command are never looked at. */

import { refusalOf, refuse } from "./answer.ts";
import type { CommandRow } from "./command_row.ts";
import { reply } from "./reply.ts";
import type { Session } from "./session.ts";

const syntax = reply(501, "5.5.4", "Syntax: STARTTLS");
const active = reply(554, "5.5.1", "Error: TLS already active");
const notImplemented = reply(502, "5.5.1", "Error: command not implemented");
const localProblem = reply(454, "4.7.0", "TLS not available due to local problem");
const ready = reply(220, "2.0.0", "Ready to start TLS");

export const tlsCommand: CommandRow = {
  verb: "STARTTLS",
  rfc: "RFC 3207 §4",
  beforeTls: true,
  check: (session, command) => {
    if (command.argument !== "") return syntax;
    if (session.tls !== undefined) return active;
    if (session.settings.tlsLevel === "none" || !session.hasKeyword("starttls")) return notImplemented;
    if (!session.offersStartTls) return localProblem;
    return (session) =>
      session.ask({ kind: "starttls", facts: session.facts }, (answer) => {
        const refusal = refusalOf(session, answer, { where: "STARTTLS" });
        if (refusal !== undefined) return refuse(session, refusal);
        begin(session);
      });
  },
};

function begin(session: Session): void {
  session.reply(ready);
  session.resetMail();
  session.learn({ helo: undefined, login: undefined });
  session.reader.clear();
  session.emit({ kind: "starttls" });
  // Counted as done when TLS is up.
  session.phase = { kind: "securing" };
}
