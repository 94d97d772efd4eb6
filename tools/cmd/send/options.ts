/**
 * The command line of sendmail(1). Options of other sendmails that mean nothing here are taken and forgotten, and a value
 * that is no good for -N, -R or -V is left out with a warning, as Postfix does: programs do not look at what is said.
 */

import { areVerpDelimiters } from "../../../mta/queue/verp.ts";

import { UsageError } from "../command.ts";

/** What the program was asked to be: `-bm` deliver, `-bs` SMTP, `-bp` mailq, `-bi` newaliases, `-q` flush. */
export type SendMode = "deliver" | "smtp" | "queue list" | "alias build" | "queue flush";

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
  readonly notify: readonly Notify[] | undefined;
  /** `-bv`: what would become of the message is reported; `-v`: what becomes of the first attempt. */
  readonly trace: "verify" | "record" | undefined;
  /** `-XV`, `-XVxy`: VERP, with these delimiters or (`""`) default_verp_delimiters. */
  readonly verp: string | undefined;
  /** `-qIID`, `-qRSITE`: what is tried now, instead of all. */
  readonly flush: { readonly kind: "id" | "site"; readonly name: string } | undefined;
  readonly recipients: readonly string[];
  /** `--data`, `--config`, `--postfix` of mailsrv itself, so that `mailsrv send` finds its files. */
  readonly own: Readonly<Record<string, string>>;
  /** What was left out, and why. */
  readonly warnings: readonly string[];
}

type Notify = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** postconf(5) verp_delimiter_filter is asked when the settings are known; this is the widest. */
const anyDelimiters = "!#$%&*+-/=?^_`{|}~.";

/** RFC 3461 §4.4: as long as an envelope id may be. */
const maxEnvelopeIdLength = 100;

/** Options with a value that is of no use here. */
const ignoredWithValue = "ACDhLOop";
/** Switches that change nothing here. */
const ignoredPlain = "GUnmx";

interface Reading {
  mode: SendMode;
  sender?: string;
  fullName?: string;
  recipientsFromHeader: boolean;
  dotEnds: boolean;
  body?: "7BIT" | "8BITMIME";
  ret?: "FULL" | "HDRS";
  envelopeId?: string;
  notify?: readonly Notify[];
  isVerify: boolean;
  isVerbose: boolean;
  verp?: string;
  flush?: SendOptions["flush"];
  readonly warnings: string[];
}

/** @throws UsageError */
export function parseSendOptions(args: readonly string[]): SendOptions {
  const reading: Reading = {
    mode: "deliver",
    recipientsFromHeader: false,
    dotEnds: true,
    isVerify: false,
    isVerbose: false,
    warnings: [],
  };
  const own: Record<string, string> = {};
  let index = 0;
  for (; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--") {
      index++;
      break;
    }
    if (!arg.startsWith("-") || arg === "-") break;
    const long = /^--(data|config|postfix)(?:=(.*))?$/s.exec(arg);
    if (long !== null) {
      own[long[1]!] = long[2] ?? needed(args[++index], arg);
      continue;
    }
    /** The value behind the letter or in the next word. */
    const value = () => arg.length > 2 ? arg.slice(2) : needed(args[++index], arg);
    readOption(arg, value, reading);
  }
  checkCombination(reading);
  const { isVerify, isVerbose, ...read } = reading;
  return {
    ...unset,
    ...read,
    trace: isVerify ? "verify" : isVerbose ? "record" : undefined,
    recipients: args.slice(index).flatMap((word) => word.split(",")).map((word) => word.trim())
      .filter((word) => word !== ""),
    own,
  };
}

const unset = {
  sender: undefined,
  fullName: undefined,
  body: undefined,
  ret: undefined,
  envelopeId: undefined,
  notify: undefined,
  verp: undefined,
  flush: undefined,
};

function readOption(arg: string, value: () => string, reading: Reading): void {
  const letter = arg[1]!;
  const simple = simpleOptions[arg];
  if (simple !== undefined) simple(reading);
  else if (letter === "b") throw new UsageError(`option ${arg} is not available${modeHelp[arg] ?? ""}`);
  else if (letter === "q") readQueue(arg, value, reading);
  else if (letter === "f" || letter === "r") reading.sender = parseSender(value());
  else if (letter === "F") reading.fullName = value();
  else if (letter === "B") reading.body = parseBody(value().toUpperCase());
  else if (letter === "R") parseRet(value().toUpperCase(), reading);
  else if (letter === "V") parseEnvelopeId(value(), reading);
  else if (letter === "N") parseNotify(value().toUpperCase(), reading);
  else if (letter === "X") parseVerp(value(), reading);
  else if (ignoredPlain.includes(letter) && arg.length === 2) return;
  else if (ignoredWithValue.includes(letter)) value();
  else throw new UsageError(`unknown option ${arg}`);
}

const simpleOptions: Readonly<Record<string, (reading: Reading) => void>> = {
  "-bm": () => {},
  "-bs": (reading) => reading.mode = "smtp",
  "-bp": (reading) => reading.mode = "queue list",
  "-bi": (reading) => reading.mode = "alias build",
  "-I": (reading) => reading.mode = "alias build",
  "-bv": (reading) => reading.isVerify = true,
  "-i": (reading) => reading.dotEnds = false,
  "-oi": (reading) => reading.dotEnds = false,
  "-o7": (reading) => reading.body = "7BIT",
  "-o8": (reading) => reading.body = "8BITMIME",
  "-t": (reading) => reading.recipientsFromHeader = true,
  "-v": (reading) => reading.isVerbose = true,
};

const modeHelp: Readonly<Record<string, string>> = {
  "-bd": ': the server is started with "mailsrv serve"',
  "-bl": ': the server is started with "mailsrv serve"',
  "-bh": ": there is no host status",
};

/** `-q`, `-q30m`, `-qIID`, `-qRSITE`. */
function readQueue(arg: string, value: () => string, reading: Reading): void {
  const kind = arg[2];
  if (kind === "S") throw new UsageError("option -qS is not available");
  reading.mode = "queue flush";
  if (kind !== "I" && kind !== "R") return;
  const name = arg.slice(3) || value().slice(arg.length > 2 ? 1 : 0);
  if (name === "") throw new UsageError(`option ${arg} needs a value`);
  reading.flush = { kind: kind === "I" ? "id" : "site", name };
}

/** @throws UsageError when two options cannot stand together */
function checkCombination(reading: Reading): void {
  const { mode, isVerify, recipientsFromHeader, notify, ret, isVerbose } = reading;
  if (recipientsFromHeader && mode !== "deliver") {
    throw new UsageError("-t can be used only in delivery mode");
  }
  if (!isVerify) return;
  const clash = recipientsFromHeader
    ? "-t"
    : notify !== undefined
    ? "-N"
    : ret !== undefined
    ? "-R"
    : isVerbose
    ? "-v"
    : undefined;
  if (clash !== undefined) throw new UsageError(`${clash} option cannot be used with -bv`);
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`option ${option} needs a value`);
  return value;
}

/** @throws UsageError */
function parseSender(text: string): string {
  const sender = text.trim().replace(/^<(.*)>$/s, "$1");
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f<>]/.test(sender)) throw new UsageError(`-f option specified malformed sender: ${text}`);
  return sender;
}

/** @throws UsageError */
function parseBody(value: string): "7BIT" | "8BITMIME" {
  if (value === "7BIT" || value === "8BITMIME") return value;
  throw new UsageError("-B option needs 8BITMIME or 7BIT");
}

function parseRet(value: string, reading: Reading): void {
  if (value === "FULL" || value === "HDRS") reading.ret = value;
  else reading.warnings.push("bad -R option value -- ignored");
}

/** RFC 3461 §4.4: what xtext can carry. */
function parseEnvelopeId(value: string, reading: Reading): void {
  if (value.length > maxEnvelopeIdLength) {
    reading.warnings.push("too long -V option value -- ignored");
  } else if (!/^[\x20-\x7e]+$/.test(value)) {
    reading.warnings.push("bad syntax in -V option value -- ignored");
  } else reading.envelopeId = value;
}

function parseNotify(value: string, reading: Reading): void {
  const words = value.split(/[,\s]+/).filter((word) => word !== "");
  const isGood = words.length > 0 && words.every(isNotify) &&
    (!words.includes("NEVER") || words.length === 1);
  if (isGood) reading.notify = words.filter(isNotify);
  else reading.warnings.push("bad -N option value -- ignored");
}

function isNotify(word: string): word is Notify {
  return word === "NEVER" || word === "SUCCESS" || word === "FAILURE" || word === "DELAY";
}

/** `-XV`, `-XV+=`; `-X FILE` of other sendmails, a log, means nothing here. @throws UsageError */
function parseVerp(value: string, reading: Reading): void {
  if (!value.startsWith("V")) return;
  const delimiters = value.slice(1);
  if (delimiters !== "" && !areVerpDelimiters(delimiters, anyDelimiters)) {
    throw new UsageError("-XV requires two characters that separate addresses");
  }
  reading.verp = delimiters;
}
