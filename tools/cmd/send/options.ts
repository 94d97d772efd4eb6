/** The command line of sendmail(1), as far as programs use it; options of old sendmails that mean nothing are taken. */

import { UsageError } from "../command.ts";

/** What the program was asked to be: `-bm` deliver, `-bp` mailq, `-bi` newaliases, `-q` flush. */
export type SendMode = "deliver" | "queue list" | "alias build" | "queue flush";

export interface SendOptions {
  readonly mode: SendMode;
  /** `-f`, `-r`: envelope sender; `""` is the null sender (`-f '<>'`). */
  readonly sender: string | undefined;
  /** `-F`: full name of the sender. */
  readonly fullName: string | undefined;
  /** `-t`: recipients also from To, Cc and Bcc. */
  readonly recipientsFromHeader: boolean;
  /** Without `-i` a line of a single dot ends the message. */
  readonly dotEnds: boolean;
  /** `-B`: 7BIT or 8BITMIME. */
  readonly body: "7BIT" | "8BITMIME" | undefined;
  readonly ret: "FULL" | "HDRS" | undefined;
  readonly envelopeId: string | undefined;
  readonly notify: readonly ("NEVER" | "SUCCESS" | "FAILURE" | "DELAY")[] | undefined;
  readonly recipients: readonly string[];
  /** `--data`, `--config`, `--postfix` of mailsrv itself, so that `mailsrv send` finds its files. */
  readonly own: Readonly<Record<string, string>>;
}

/** Options with a value that is of no use here. */
const ignoredWithValue = "CXhLpmoO";
/** Switches that change nothing here. */
const ignoredPlain = "vGUnmAx";

/** @throws UsageError */
export function parseSendOptions(args: readonly string[]): SendOptions {
  let mode: SendMode = "deliver";
  let sender: string | undefined;
  let fullName: string | undefined;
  let recipientsFromHeader = false;
  let dotEnds = true;
  let body: SendOptions["body"];
  let ret: SendOptions["ret"];
  let envelopeId: string | undefined;
  let notify: SendOptions["notify"];
  const own: Record<string, string> = {};
  let rest: readonly string[] = [];

  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--") {
      rest = args.slice(index + 1);
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      rest = args.slice(index);
      break;
    }
    const long = /^--(data|config|postfix)(?:=(.*))?$/s.exec(arg);
    if (long !== null) {
      own[long[1]!] = long[2] ?? needed(args[++index], arg);
      continue;
    }
    const letter = arg[1]!;
    /** The value behind the letter or in the next word. */
    const value = () => arg.length > 2 ? arg.slice(2) : needed(args[++index], arg);
    if (arg === "-bm" || arg === "-bd" || arg === "-bs" || arg === "-bv" || arg === "-bh" || arg === "-bl") {
      if (arg !== "-bm") throw new UsageError(`option ${arg} is not available`);
    } else if (arg === "-bp") mode = "queue list";
    else if (arg === "-bi" || arg === "-I") mode = "alias build";
    else if (letter === "q") mode = "queue flush";
    else if (arg === "-i" || arg === "-oi") dotEnds = false;
    else if (letter === "t") recipientsFromHeader = true;
    else if (letter === "f" || letter === "r") sender = value().replace(/^<(.*)>$/s, "$1");
    else if (letter === "F") fullName = value();
    else if (letter === "B") body = oneOf(arg, value().toUpperCase(), ["7BIT", "8BITMIME"] as const);
    else if (letter === "R") ret = parseRet(arg, value().toUpperCase());
    else if (letter === "V") envelopeId = value();
    else if (letter === "N") notify = parseNotify(arg, value().toUpperCase());
    else if (ignoredPlain.includes(letter) && arg.length === 2) continue;
    else if (ignoredWithValue.includes(letter)) value();
    else throw new UsageError(`unknown option ${arg}`);
  }
  return {
    mode,
    sender,
    fullName,
    recipientsFromHeader,
    dotEnds,
    body,
    ret,
    envelopeId,
    notify,
    recipients: rest.flatMap((word) => word.split(",")).map((word) => word.trim()).filter((word) =>
      word !== ""
    ),
    own,
  };
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`option ${option} needs a value`);
  return value;
}

function oneOf<T extends string>(option: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`option ${option}: one of ${words.join(", ")} was expected`);
  return found;
}

function parseRet(option: string, value: string): "FULL" | "HDRS" {
  return oneOf(option, value === "HEADERS" ? "HDRS" : value, ["FULL", "HDRS"]);
}

function parseNotify(option: string, value: string): SendOptions["notify"] {
  const words = value.split(",").map((word) =>
    oneOf(option, word, ["NEVER", "SUCCESS", "FAILURE", "DELAY"] as const)
  );
  if (words.includes("NEVER") && words.length > 1) {
    throw new UsageError(`option ${option}: NEVER stands alone`);
  }
  return words;
}
