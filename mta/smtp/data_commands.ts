/** DATA (RFC 5321 §4.1.1.4) and BDAT (RFC 3030 §2). */

import { refusalOf, refuse } from "./answer.ts";
import { type Command, words } from "./command.ts";
import type { CommandRow, Proceed, SessionView } from "./command_row.ts";
import { Intake } from "./intake.ts";
import { endMessage, passBody, problemReply } from "./message_end.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { noMail, type OpenTransaction } from "./transaction.ts";

const dataAfterBdat = reply(503, "5.5.1", "Error: DATA after BDAT");
const needRcpt = reply(503, "5.5.1", "Error: need RCPT command");
const noRecipients = reply(554, "5.5.1", "Error: no valid recipients");
const noLmtpRecipients = reply(503, "5.5.1", "Error: no valid recipients");
const dataSyntax = reply(501, "5.5.4", "Syntax: DATA");
const goAhead = reply(354, undefined, "End data with <CR><LF>.<CR><LF>");

const bdatDisabled = reply(521, "5.5.1", "Error: command not implemented");
const bdatSyntax = reply(521, "5.5.4", "Syntax: BDAT count [LAST]");
const nullChunk = reply(551, "5.7.1", "Null BDAT request");
const chunkTooBig = reply(552, "5.3.4", "Chunk exceeds message size limit");

export const dataCommands: readonly CommandRow[] = [
  { verb: "DATA", rfc: "RFC 5321 §4.1.1.4", last: true, check: checkData },
  { verb: "BDAT", rfc: "RFC 3030 §2", check: checkBdat },
];

function checkData(session: SessionView, command: Command): Reply | Proceed {
  const { mail } = session;
  if (mail.kind === "chunks" || mail.kind === "spoiled") return dataAfterBdat;
  if (mail.kind === "none") return needRcpt;
  if (mail.transaction.recipients.length === 0) return noneValid(session);
  if (command.argument !== "") return dataSyntax;
  const { transaction } = mail;
  return (session) =>
    openSink(session, transaction, "DATA", (refusal) => {
      if (refusal !== undefined) return refuse(session, refusal);
      // A peer that ended this very command with a bare LF knows no CRLF; where it is allowed to, it ends its message
      // likewise. One that does know CRLF never ends a message by less (RFC 5321 §4.1.1.4).
      const lfEnds = command.lineEnd === "lf" && ["no", "note"].includes(session.settings.forbidBareNewline);
      session.reply(goAhead);
      session.where = "DATA content";
      session.phase = {
        kind: "data",
        transaction,
        intake: new Intake(session.settings, { dots: true, lfEnds }),
      };
    });
}

/** RFC 2033 §4.2 wants 503 of LMTP; with pipelining, it is no error of the client's in SMTP. */
function noneValid(session: SessionView): Reply {
  return session.role === "lmtp" ? noLmtpRecipients : noRecipients;
}

function openSink(
  session: Session,
  { sender, parameters, recipients }: OpenTransaction,
  where: "DATA" | "BDAT",
  then: (refusal: Reply | "hangup" | undefined) => void,
): void {
  session.sinkOpen = true;
  session.ask({ kind: "data", facts: session.facts, sender, parameters, recipients }, (answer) => {
    const refusal = refusalOf(session, answer, { where, sender, recipient: recipients[0]?.address });
    if (refusal !== undefined) session.sinkOpen = false;
    then(refusal);
  });
}

interface Chunk {
  readonly octets: number;
  readonly isLast: boolean;
}

function checkBdat(session: SessionView, command: Command): Reply | Proceed {
  // What follows would be raw octets, so these end the session.
  if (!session.hasKeyword("chunking")) return bdatDisabled;
  const [count = "", last, ...more] = words(command.argument);
  const isLast = last !== undefined;
  if (!/^\d{1,15}$/.test(count) || (isLast && last.toUpperCase() !== "LAST") || more.length > 0) {
    return bdatSyntax;
  }
  const chunk: Chunk = { octets: Number(count), isLast };
  if (chunk.octets === 0 && !isLast) return drop(chunk, nullChunk);
  const { mail } = session;
  switch (mail.kind) {
    case "spoiled":
      return drop(chunk, reply(551, "5.0.0", `Discarded ${chunk.octets} bytes after earlier error`));
    case "none":
      return drop(chunk, needRcpt);
    case "chunks":
      return isTooBig(session, mail.intake.wireOctets, chunk)
        ? drop(chunk, chunkTooBig)
        : (session) => takeChunk(session, mail.transaction, mail.intake, chunk);
    case "mail": {
      const { transaction } = mail;
      if (transaction.recipients.length === 0) return drop(chunk, noneValid(session));
      if (isTooBig(session, 0, chunk)) return drop(chunk, chunkTooBig);
      return (session) =>
        openSink(session, transaction, "BDAT", (refusal) => {
          if (refusal === "hangup") return refuse(session, refusal);
          if (refusal !== undefined) return drop(chunk, refusal)(session);
          const intake = new Intake(session.settings, { dots: false, lfEnds: false });
          takeChunk(session, transaction, intake, chunk);
        });
    }
  }
}

function isTooBig(session: SessionView, octets: number, chunk: Chunk): boolean {
  const limit = session.settings.messageSizeLimit;
  return limit > 0 && octets + chunk.octets > limit;
}

function takeChunk(session: Session, transaction: OpenTransaction, intake: Intake, chunk: Chunk): void {
  session.where = "BDAT content";
  session.mail = { kind: "chunks", transaction, intake };
  const whole = () => {
    session.expectCommand();
    if (chunk.isLast) {
      passBody(session, intake, intake.finish());
      return endMessage(session, transaction, intake, "BDAT");
    }
    if (intake.problem === undefined) return session.finish(reply(250, "2.0.0", `Ok: ${chunk.octets} bytes`));
    // One reply, also in LMTP: only LAST has one for each recipient.
    session.mail = { kind: "spoiled", octets: intake.wireOctets };
    session.finish(problemReply(session, transaction, intake.problem));
  };
  session.phase = { kind: "chunk", remaining: chunk.octets, intake, whole };
}

/** Reads over a chunk that cannot be taken, then says why; until LAST or RSET the following ones are dropped too. */
function drop(chunk: Chunk, refusal: Reply): Proceed {
  return (session) => {
    const { mail } = session;
    const dropped = mail.kind === "spoiled"
      ? mail.octets
      : mail.kind === "chunks"
      ? mail.intake.wireOctets
      : 0;
    session.giveUpMessage();
    const limit = session.settings.messageSizeLimit;
    if (limit > 0 && dropped + chunk.octets > 1.5 * limit) {
      session.log(
        "warning",
        `NOQUEUE: too much BDAT content -- disabling further input from ${session.clientLabel}`,
      );
      session.hangup = true;
      return session.finish(refusal);
    }
    const whole = () => {
      session.expectCommand();
      session.mail = chunk.isLast ? noMail : { kind: "spoiled", octets: dropped + chunk.octets };
      session.finish(refusal);
    };
    session.phase = { kind: "chunk", remaining: chunk.octets, intake: undefined, whole };
  };
}
