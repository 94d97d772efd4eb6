/**
 * A decision case: settings, tables, DNS and a dialogue with the replies that Postfix gives. Cases are plain text, see
 * `read_cases.ts`; they are replayed against a real Postfix (`deno task test:postfix`) and against mailsrv.
 */

/** Who is to answer so: `both` unless mailsrv differs on purpose. */
export type Judge = "both" | "postfix" | "mailsrv";

export interface Expectation {
  /**
   * `reply`: the last line of the reply, whole. `log`: part of a line that the session logs. `silent`: no line that the
   * session logs has it. `asked`: a line of the request that the policy service got.
   */
  readonly kind: "reply" | "log" | "silent" | "asked";
  readonly judge: Judge;
  /** May hold `{id}` for a queue id; a reply that ends in ` ...` is only a beginning; `closed`: no reply, the end. */
  readonly text: string;
  /** Why mailsrv differs; only where `judge` is not `both`. */
  readonly reason?: string | undefined;
}

export type Verb = "client" | "helo" | "ehlo" | "from" | "to" | "data" | "vrfy" | "etrn" | "raw";

export interface Step {
  readonly verb: Verb;
  readonly argument: string;
  readonly line: number;
  readonly expected: readonly Expectation[];
}

export type Setting = readonly [name: string, value: string];

export interface DnsLine {
  readonly name: string;
  /** A type, or `SERVFAIL` for a name that cannot be looked up now. */
  readonly type: string;
  readonly data: string;
}

export interface Case {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  /** In order; a later one of the same name holds. `{users}` is the path of table `users`, `{policy}` of the service. */
  readonly settings: readonly Setting[];
  /** Lines of the files by name. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
  /** What the case's policy service answers: `REJECT no`. */
  readonly policy: string | undefined;
  readonly steps: readonly Step[];
  /** Why only Postfix is asked (mailsrv does not have that on purpose), if so. */
  readonly postfixOnly: string | undefined;
}

export interface CaseFile {
  readonly cases: readonly Case[];
  readonly dns: readonly DnsLine[];
}

/** The client of a case: `mail.c.test[192.0.2.1] reverse=mail.c.test login=joe name=temporary`. */
export interface CaseClient {
  readonly name: string;
  readonly address: string;
  readonly nameStatus: "ok" | "permanent" | "temporary";
  readonly reverseName: string;
  readonly reverseStatus: "ok" | "permanent" | "temporary";
  readonly login: string | undefined;
}

export function caseName({ file, line, title }: Case): string {
  return `${title} [${file}:${line}]`;
}

/** The settings with names of tables and services filled in. */
export function fillSettings(
  one: Case,
  fill: { readonly path: (table: string) => string; readonly policy: string },
): ReadonlyMap<string, string> {
  const filled = (value: string) =>
    value.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      if (name === "policy") return fill.policy;
      return one.tables.has(name) ? fill.path(name) : whole;
    });
  return new Map(one.settings.map(([name, value]) => [name, filled(value)]));
}

export function expectedReplies(step: Step, judge: "postfix" | "mailsrv"): readonly Expectation[] {
  return step.expected.filter((one) => one.judge === "both" || one.judge === judge);
}

/** Whether the text is what was expected. */
export function isAsExpected(text: string, expected: Expectation): boolean {
  const source = expected.text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(
    "\\{id\\}",
    "[0-9A-Za-z]+",
  );
  if (expected.kind !== "reply") return new RegExp(source).test(text);
  if (expected.text.endsWith(" ...")) {
    return new RegExp(`^${source.slice(0, -" \\.\\.\\.".length)}`).test(text);
  }
  return new RegExp(`^${source}$`).test(text);
}

export function parseClient(argument: string): CaseClient {
  const found = /^(\S+?)\[([^\]]+)\](.*)$/.exec(argument);
  if (found === null) throw new Error(`not a client: ${argument}`);
  const [, name, address, rest] = found;
  const options = new Map(
    rest!.split(" ").filter((word) => word !== "").map((word): [string, string] => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
  const status = (word: string | undefined) => word === "temporary" ? "temporary" : "permanent";
  const reverse = options.get("reverse") ?? name!;
  return {
    name: name!,
    address: address!,
    nameStatus: name === "unknown" ? status(options.get("name")) : "ok",
    reverseName: reverse === "temporary" ? "unknown" : reverse,
    reverseStatus: reverse === "temporary" ? "temporary" : reverse === "unknown" ? "permanent" : "ok",
    login: options.get("login"),
  };
}
