/**
 * Reads a file of cases. Before the first `case` line stands what all its cases share; lines of `base.txt` stand before
 * those of every file.
 *
 *     # a comment
 *     set smtpd_client_restrictions = check_client_access hash:{access}
 *     table access
 *     | 192.0.2 REJECT
 *     dns mail.c.test A 192.0.2.1
 *     policy REJECT not today
 *
 *     case An address finds its network (§2.2)
 *     client mail.c.test[192.0.2.1] reverse=mail.c.test login=joe
 *     helo c.test
 *     from a@c.test
 *     to user@my.test
 *       => 554 5.7.1 <mail.c.test[192.0.2.1]>: Client host rejected: Access denied
 *       log NOQUEUE: reject: RCPT from mail.c.test[192.0.2.1]: 554 5.7.1
 *
 * A step without `=>` is to be answered by 2xx. `postfix => TEXT` and `mailsrv => TEXT (because REASON)` where they differ;
 * `postfix only REASON` where mailsrv is not asked. A table of a case takes the place of one of that name before it. When a
 * case does not name a client, HELO or sender, it has those that stand before the first case, or usual ones. DNS lines hold
 * for all cases of all files.
 */

import type { Case, CaseFile, DnsLine, Expectation, Judge, Setting, Step, Verb } from "./case.ts";

const verbs: ReadonlySet<string> = new Set<Verb>([
  "client",
  "helo",
  "ehlo",
  "from",
  "to",
  "data",
  "vrfy",
  "etrn",
  "raw",
]);

const usualSteps: Readonly<Record<"client" | "helo" | "from", string>> = {
  client: "client.test[192.0.2.9]",
  helo: "client.test",
  from: "sender@example.test",
};

interface Draft {
  line: number;
  title: string;
  settings: Setting[];
  tables: Map<string, string[]>;
  policy: string | undefined;
  steps: (Step & { expected: Expectation[] })[];
  /** Steps that stand before the first case of the file. */
  usual: readonly Step[];
  postfixOnly: string | undefined;
}

export function readCases(file: string, text: string, base = ""): CaseFile {
  const shared = newDraft(0, "");
  const dns: DnsLine[] = [];
  const cases: Case[] = [];
  readInto(base, "base.txt", { shared, dns, cases: [] });
  // DNS of base.txt is its own.
  dns.length = 0;
  readInto(text, file, { shared, dns, cases });
  return { cases, dns };
}

function readInto(
  text: string,
  file: string,
  into: { readonly shared: Draft; readonly dns: DnsLine[]; readonly cases: Case[] },
): void {
  let draft = into.shared;
  let table: string[] | undefined;
  const finish = () => {
    if (draft !== into.shared) into.cases.push(asCase(file, draft));
  };
  for (const [index, line] of text.split("\n").entries()) {
    const at = `${file}:${index + 1}`;
    if (line.startsWith("|")) {
      if (table === undefined) throw new Error(`${at}: no table`);
      table.push(line.slice(1).replace(/^ /, ""));
      continue;
    }
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    if (/^\s/.test(line)) {
      const step = draft.steps.at(-1);
      if (step === undefined) throw new Error(`${at}: no step`);
      step.expected.push(readExpectation(trimmed, at));
      continue;
    }
    const [word, rest] = splitWord(trimmed);
    if (word === "case") {
      finish();
      draft = newDraft(index + 1, rest, into.shared);
    } else if (word === "table") draft.tables.set(rest, table = []);
    else if (word === "dns") into.dns.push(readDns(rest, at));
    else if (word === "policy") draft.policy = rest;
    else if (word === "set") draft.settings.push(readSetting(rest, at));
    else if (trimmed.startsWith("postfix only ")) draft.postfixOnly = trimmed.slice("postfix only ".length);
    else if (verbs.has(word)) {
      draft.steps.push({ verb: word as Verb, argument: rest, line: index + 1, expected: [] });
    } else throw new Error(`${at}: ${word}?`);
  }
  finish();
}

function newDraft(line: number, title: string, shared?: Draft): Draft {
  return {
    line,
    title,
    settings: [...shared?.settings ?? []],
    tables: new Map(shared?.tables),
    policy: shared?.policy,
    steps: [],
    usual: shared?.steps ?? [],
    postfixOnly: shared?.postfixOnly,
  };
}

function asCase(file: string, draft: Draft): Case {
  const steps: Step[] = [...draft.steps];
  const has = (...names: readonly Verb[]) => draft.steps.some(({ verb }) => names.includes(verb));
  const usual = (verb: "client" | "helo" | "from"): Step => {
    const shared = draft.usual.find((step) => step.verb === verb);
    return { verb, argument: shared?.argument ?? usualSteps[verb], line: draft.line, expected: [] };
  };
  const needsSender = has("to", "data");
  if (needsSender && !has("from")) {
    const before = steps.findIndex(({ verb }) => verb === "to" || verb === "data");
    steps.splice(before, 0, usual("from"));
  }
  if (!has("helo", "ehlo") && has("from", "to", "data", "vrfy", "etrn")) {
    steps.splice(steps[0]!.verb === "client" ? 1 : 0, 0, usual("helo"));
  }
  if (!has("client")) steps.unshift(usual("client"));
  const { line, title, settings, tables, policy, postfixOnly } = draft;
  return { file, line, title, settings, tables, policy, steps, postfixOnly };
}

function readExpectation(text: string, at: string): Expectation {
  const found = /^(?:(postfix|mailsrv) )?(=>|log|silent|asked) (.*?)(?: \(because (.*)\))?$/.exec(text);
  if (found === null) throw new Error(`${at}: not an expectation`);
  const [, judge, kind, expected, reason] = found;
  if (judge === "mailsrv" && reason === undefined) throw new Error(`${at}: no reason`);
  return {
    kind: kind === "=>" ? "reply" : kind as "log" | "silent" | "asked",
    judge: (judge ?? "both") as Judge,
    text: expected!,
    reason,
  };
}

function readDns(rest: string, at: string): DnsLine {
  const [name, more] = splitWord(rest);
  const [type, data] = splitWord(more);
  if (type === "") throw new Error(`${at}: dns NAME TYPE DATA`);
  return { name: name.toLowerCase(), type, data };
}

function readSetting(rest: string, at: string): Setting {
  const equals = rest.indexOf("=");
  if (equals < 0) throw new Error(`${at}: set NAME = VALUE`);
  return [rest.slice(0, equals).trim(), rest.slice(equals + 1).trim()];
}

function splitWord(text: string): [word: string, rest: string] {
  const found = /^(\S+)\s*(.*)$/.exec(text);
  return found === null ? ["", ""] : [found[1]!, found[2]!];
}
