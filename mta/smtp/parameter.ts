/**
 * Parameters of MAIL FROM and RCPT TO (RFC 5321 §4.1.1.11): a table of keywords, each with the RFC that makes it.
 * Order and wording of refusals are Postfix's.
 */

import type { MailParameters, RcptParameters } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import { decodeUtf8Xtext, decodeXtext } from "./xtext.ts";

/** What the parameters may say here. */
export interface ParameterOptions {
  readonly smtpUtf8: boolean;
  readonly dsn: boolean;
  readonly requireTls: boolean;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

interface Row<T> {
  readonly keyword: string;
  readonly rfc: string;
  /** Has no `=`. */
  readonly bare?: true;
  /** Puts `value` into the draft, or says why not. */
  read(
    value: string,
    draft: Draft<T>,
    options: ParameterOptions,
  ): Reply | undefined | "unsupported";
}

const dsnDisabled = reply(501, "5.7.1", "DSN support is disabled");
const badSize = reply(501, "5.5.4", "Bad message size syntax");
const sizeOverflow = reply(552, "5.3.4", "Message size exceeds file system imposed limit");
const badRet = reply(501, "5.5.4", "Bad RET parameter syntax");
const badEnvelopeId = reply(501, "5.5.4", "Bad ENVID parameter syntax");
const badAuth = reply(501, "5.5.4", "Bad AUTH parameter syntax");
const manyAuth = reply(503, "5.5.4", "Error: multiple AUTH= options");
const badNotify = reply(501, "5.5.4", "Error: Bad NOTIFY parameter syntax");
const badOriginal = reply(501, "5.5.4", "Error: Bad ORCPT parameter syntax");

const mailRows: readonly Row<MailParameters>[] = [
  {
    keyword: "BODY",
    rfc: "RFC 6152 §2",
    read: (value, draft) => {
      const body = value.toUpperCase();
      if (body !== "7BIT" && body !== "8BITMIME") return "unsupported";
      draft.body = body;
      return undefined;
    },
  },
  {
    keyword: "SIZE",
    rfc: "RFC 1870 §3",
    read: (value, draft) => {
      if (!/^\d+$/.test(value)) return badSize;
      draft.size = Number(value);
      return draft.size > Number.MAX_SAFE_INTEGER ? sizeOverflow : undefined;
    },
  },
  {
    keyword: "SMTPUTF8",
    rfc: "RFC 6531 §3.4",
    bare: true,
    read: (_, draft, options) => {
      if (!options.smtpUtf8) return "unsupported";
      draft.smtpUtf8 = true;
      return undefined;
    },
  },
  {
    keyword: "REQUIRETLS",
    rfc: "RFC 8689 §2",
    bare: true,
    read: (_, draft, options) => {
      if (!options.requireTls) return "unsupported";
      draft.requireTls = true;
      return undefined;
    },
  },
  {
    keyword: "AUTH",
    rfc: "RFC 4954 §5",
    read: (value, draft) => {
      const decoded = value === "" ? undefined : value === "<>" ? value : decodeXtext(value);
      if (decoded === undefined) return badAuth;
      if (draft.auth !== undefined) return manyAuth;
      // It goes into the queue file and onto administrators' terminals.
      draft.auth = decoded.replace(/[^ -~]/g, "?");
      return undefined;
    },
  },
  {
    keyword: "RET",
    rfc: "RFC 3461 §4.3",
    read: (value, draft, options) => {
      if (!options.dsn) return dsnDisabled;
      const ret = value.toUpperCase();
      if (draft.ret !== undefined || (ret !== "FULL" && ret !== "HDRS")) return badRet;
      draft.ret = ret;
      return undefined;
    },
  },
  {
    keyword: "ENVID",
    rfc: "RFC 3461 §4.4",
    read: (value, draft, options) => {
      if (!options.dsn) return dsnDisabled;
      const id = decodeXtext(value);
      if (draft.envelopeId !== undefined || id === undefined || !/^[ -~]+$/.test(id)) return badEnvelopeId;
      draft.envelopeId = id;
      return undefined;
    },
  },
];

/** Also what Unicode takes for ends of lines. */
// deno-lint-ignore no-control-regex
const controls = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;

const notifyWords = ["NEVER", "SUCCESS", "FAILURE", "DELAY"] as const;

const rcptRows: readonly Row<RcptParameters>[] = [
  {
    keyword: "NOTIFY",
    rfc: "RFC 3461 §4.1",
    read: (value, draft, options) => {
      if (!options.dsn) return dsnDisabled;
      const words = value.toUpperCase().split(",");
      const notify = notifyWords.filter((word) => words.includes(word));
      const known = words.every((word) => notifyWords.some((other) => other === word));
      if (draft.notify !== undefined || !known || (notify[0] === "NEVER" && words.length > 1)) {
        return badNotify;
      }
      draft.notify = notify;
      return undefined;
    },
  },
  {
    keyword: "ORCPT",
    rfc: "RFC 3461 §4.2",
    read: (value, draft, options) => {
      if (!options.dsn) return dsnDisabled;
      // It comes back in a field of reports: the type is an atom, and no line ends in the address.
      const [, type, coded] = /^([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+);(.*)$/.exec(value) ?? [];
      if (type === undefined || coded === undefined || draft.originalRecipient !== undefined) {
        return badOriginal;
      }
      const isUtf8 = type.toLowerCase() === "utf-8";
      const address = isUtf8 ? decodeUtf8Xtext(coded) : decodeXtext(coded);
      const notAllowed = isUtf8 ? controls : /[^ -~]/;
      if (address === undefined || notAllowed.test(address)) return badOriginal;
      draft.originalRecipient = `${type};${address}`;
      return undefined;
    },
  },
];

/** The parameters in `text`, or the reply that refuses them. */
export function parseMailParameters(text: string, options: ParameterOptions): MailParameters | Reply {
  return parseParameters<MailParameters>(text, mailRows, { smtpUtf8: false }, options);
}

export function parseRcptParameters(text: string, options: ParameterOptions): RcptParameters | Reply {
  return parseParameters<RcptParameters>(text, rcptRows, {}, options);
}

export function isReply(value: object): value is Reply {
  return "code" in value;
}

function parseParameters<T>(
  text: string,
  rows: readonly Row<T>[],
  draft: Draft<T>,
  options: ParameterOptions,
): T | Reply {
  if (text === "") return draft;
  for (const word of text.split(/[ \t]+/)) {
    if (word === "") continue;
    const equals = word.indexOf("=");
    const keyword = (equals < 0 ? word : word.slice(0, equals)).toUpperCase();
    const row = rows.find((candidate) => candidate.keyword === keyword);
    const problem = row === undefined || (row.bare === true) !== equals < 0
      ? "unsupported"
      : row.read(word.slice(equals + 1), draft, options);
    if (problem === "unsupported") return reply(555, "5.5.4", `Unsupported option: ${word}`);
    if (problem !== undefined) return problem;
  }
  return draft;
}
