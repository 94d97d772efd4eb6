/** HELO, EHLO (RFC 5321 §4.1.1.1) and LHLO (RFC 2033 §4.1). */

import { refusalOf, refuse } from "./answer.ts";
import type { Command } from "./command.ts";
import type { CommandRow, Proceed } from "./command_row.ts";
import { ehloLines } from "./extension.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";

// RFC 2034 §3: replies to HELO and EHLO have no enhanced status.
const heloSyntax = reply(501, undefined, "Syntax: HELO hostname");
const ehloSyntax = reply(501, undefined, "Syntax: EHLO hostname");
const lhloSyntax = reply(501, undefined, "Syntax: LHLO hostname");

export const greetingCommands: readonly CommandRow[] = [
  {
    verb: "HELO",
    rfc: "RFC 5321 §4.1.1.1",
    roles: ["smtp", "submission"],
    junk: true,
    beforeTls: true,
    last: true,
    check: (_, command) => {
      if (command.argument === "") return heloSyntax;
      // A client that has said EHLO may pipeline, whatever it says later.
      return (session) =>
        askHelo(session, { helo: heloName(command), protocol: session.protocol }, () => {
          session.finish(reply(250, undefined, session.settings.hostname));
        });
    },
  },
  {
    verb: "EHLO",
    rfc: "RFC 5321 §4.1.1.1",
    roles: ["smtp", "submission"],
    junk: true,
    beforeTls: true,
    last: true,
    check: (_, command) => command.argument === "" ? ehloSyntax : extended(command, "ESMTP"),
  },
  {
    verb: "LHLO",
    rfc: "RFC 2033 §4.1",
    roles: ["lmtp"],
    junk: true,
    beforeTls: true,
    last: true,
    check: (_, command) => command.argument === "" ? lhloSyntax : extended(command, "LMTP"),
  },
];

function extended(command: Command, protocol: "ESMTP" | "LMTP"): Proceed {
  return (session) =>
    askHelo(session, { helo: heloName(command), protocol }, () => {
      session.finish({ code: 250, lines: ehloLines(session) } satisfies Reply);
    });
}

/** What the client has said counts when it is not refused. */
function askHelo(
  session: Session,
  said: { readonly helo: string; readonly protocol: Session["protocol"] },
  then: () => void,
): void {
  session.ask({ kind: "helo", facts: { ...session.facts, ...said } }, (answer) => {
    const refusal = refusalOf(session, answer, { where: session.where });
    if (refusal !== undefined) return refuse(session, refusal);
    session.resetMail();
    session.learn(said);
    then();
  });
}

/** The name as log and Received: may show it: nothing in it can end a comment or a bracket. */
function heloName(command: Command): string {
  // deno-lint-ignore no-control-regex
  return command.argument.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029<>()\\";@]/g, "?");
}
