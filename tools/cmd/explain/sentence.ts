/** The sentence that `mailsrv explain` is given: `mail from A to B at IP`, its clauses in any order. */

import { canonicalIp } from "../../kit/mail/ip.ts";

import { UsageError } from "../command.ts";

export interface Sentence {
  /** `""` is the null sender. */
  readonly sender: string;
  readonly recipient: string;
  /** Absent: nobody hands it in, only the way of the mail is asked for. */
  readonly client?: {
    readonly address: string;
    /** As given in `NAME[IP]`; absent: the DNS is asked. */
    readonly name?: string | undefined;
  } | undefined;
  readonly helo?: string | undefined;
  /** Who logged in. */
  readonly user?: string | undefined;
  readonly tls: boolean;
  /** A listener: `smtp`, `submission`, ... */
  readonly service: string;
}

export const sentenceGrammar =
  "mail [from ADDRESS] to ADDRESS [at [NAME]IP] [helo NAME] [as USER] [over tls] [on SERVICE]";

type Clause = "from" | "to" | "at" | "helo" | "as" | "over" | "on";

const meanings: Readonly<Record<Clause, string>> = {
  from: "the sender's address",
  to: "the recipient's address",
  at: "the client's IP address",
  helo: "the name that the client gives",
  as: "the user who has logged in",
  over: `"tls"`,
  on: "the service that the client talks to",
};

/** @throws UsageError that tells the grammar */
export function parseSentence(words: readonly string[]): Sentence {
  const given = readClauses(words[0] === "mail" ? words.slice(1) : words);
  const { from, to, at, helo, as: user, over, on } = given;
  if (to === undefined) throw mistake(`who the mail is for is missing: say "to ADDRESS"`);
  if (over !== undefined && over !== "tls") throw mistake(`"over" is followed by "tls", not "${over}"`);
  const client = at === undefined ? undefined : parseClient(at);
  const needsClient = (["helo", "as", "over"] as const).find((clause) => given[clause] !== undefined);
  if (client === undefined && needsClient !== undefined) {
    throw mistake(`"${needsClient}" is about a client: say "at IP" too`);
  }
  return {
    sender: plainAddress(from ?? ""),
    recipient: plainAddress(to),
    client,
    helo,
    user,
    tls: over !== undefined,
    service: on ?? (user === undefined ? "smtp" : "submission"),
  };
}

function readClauses(words: readonly string[]): Partial<Record<Clause, string>> {
  const given: Partial<Record<Clause, string>> = {};
  for (let index = 0; index < words.length; index += 2) {
    const [clause, value] = [words[index]!, words[index + 1]];
    if (!isClause(clause)) throw mistake(`"${clause}" is no word of the sentence`);
    if (given[clause] !== undefined) throw mistake(`"${clause}" is given twice`);
    if (value === undefined) throw mistake(`after "${clause}" comes ${meanings[clause]}`);
    given[clause] = value;
  }
  return given;
}

function isClause(word: string): word is Clause {
  return Object.hasOwn(meanings, word);
}

/** `<a@b>` as `a@b`; `<>` is the null sender. */
function plainAddress(text: string): string {
  return /^<(.*)>$/s.exec(text)?.[1] ?? text;
}

/** `192.0.2.1`, `[192.0.2.1]` or `mx.example.com[192.0.2.1]`. */
function parseClient(text: string): NonNullable<Sentence["client"]> {
  const [, name, inside] = /^([^[\]]*)\[(.+)\]$/.exec(text) ?? [];
  const address = canonicalIp((inside ?? text).replace(/^IPv6:/i, ""));
  if (address === undefined) throw mistake(`"${text}" is no IP address`);
  return name === undefined || name === "" ? { address } : { address, name: name.toLowerCase() };
}

function mistake(text: string): UsageError {
  return new UsageError(`explain: ${text}; usage: mailsrv explain ${sentenceGrammar}`);
}
