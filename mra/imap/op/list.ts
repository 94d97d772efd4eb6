/**
 * LIST (RFC 3501 §6.3.8) with LIST-EXTENDED (RFC 5258), SPECIAL-USE (RFC 6154) and LIST-STATUS (RFC 5819).
 *
 * | option           | selects                         | returns                                   |
 * |------------------|---------------------------------|-------------------------------------------|
 * | SUBSCRIBED       | subscribed names, also of none  | `\Subscribed`                             |
 * | SPECIAL-USE      | mailboxes with a use            | `\Drafts`, ...                            |
 * | REMOTE           | all: there are no remote ones   |                                           |
 * | RECURSIVEMATCH   | also parents of what is selected| CHILDINFO                                 |
 * | CHILDREN         |                                 | `\HasChildren`, `\HasNoChildren`          |
 * | STATUS (...)     |                                 | a STATUS response after each LIST response|
 */

import { formatMutf7 } from "../../../tools/kit/mail/mutf7.ts";

import type { MailboxEntry } from "../../../store/account.ts";

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { matchPattern, type NameTest } from "../protocol/list_pattern.ts";
import { formatMailboxName, separator } from "../protocol/mailbox_name.ts";
import {
  ask,
  type Completion,
  loggedIn,
  ok,
  type Operation,
  refuse,
  type Running,
  say,
} from "./operation.ts";
import { formatStatus, readStatusItems, type StatusItems, statusQuestion } from "./status.ts";

interface ListArguments {
  /** Options of RFC 5258 were used, so only what was asked for is returned. */
  readonly extended: boolean;
  readonly select: ReadonlySet<string>;
  readonly returns: ReadonlySet<string>;
  readonly status: StatusItems;
  readonly patterns: readonly string[];
}

const selectionOptions = new Set(["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"]);
const returnOptions = new Set(["SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS"]);

/** All patterns of one command together; each is tried on every name. */
export const maxPatternOctets = 2000;

export const list: Operation = {
  name: "LIST",
  phases: loggedIn,
  check: (cursor) => {
    const args = readArguments(cursor);
    return () => listMailboxes(args);
  },
};

function readArguments(cursor: Cursor): ListArguments {
  cursor.space();
  const readOption = (known: ReadonlySet<string>): string => {
    const option = cursor.keyword();
    if (!known.has(option)) throw new BadSyntax(`Unknown option ${option}`);
    return option;
  };
  let extended = false;
  let select = new Set<string>();
  if (cursor.peek() === "(") {
    extended = true;
    select = new Set(cursor.list(() => readOption(selectionOptions), { mayBeEmpty: true }));
    cursor.space();
  }
  // RFC 5258 §3: RECURSIVEMATCH means something only beside an option that selects by itself.
  if (select.has("RECURSIVEMATCH") && !select.has("SUBSCRIBED") && !select.has("SPECIAL-USE")) {
    throw new BadSyntax("RECURSIVEMATCH needs a selection option");
  }
  const reference = cursor.listMailbox();
  cursor.space();
  const isList = cursor.peek() === "(";
  const patterns = isList ? cursor.list(() => cursor.listMailbox()) : [cursor.listMailbox()];
  let status: StatusItems = [];
  let returns = new Set<string>();
  if (cursor.take(" RETURN ")) {
    extended = true;
    returns = new Set(cursor.list(() => {
      const option = readOption(returnOptions);
      if (option === "STATUS") {
        cursor.space();
        status = readStatusItems(cursor);
      }
      return option;
    }, { mayBeEmpty: true }));
  }
  cursor.end();
  const rooted = patterns.map((pattern) => pattern === "" && !extended && !isList ? "" : reference + pattern);
  const octets = rooted.reduce((sum, pattern) => sum + pattern.length, 0);
  if (octets > maxPatternOctets) throw new BadSyntax("Patterns are too long");
  return { extended: extended || isList, select, returns, status, patterns: rooted };
}

/** A name that LIST may show: a mailbox, or a subscription that names none. */
interface Candidate {
  readonly entry: MailboxEntry;
  readonly exists: boolean;
}

function* listMailboxes(args: ListArguments): Running<Completion> {
  if (!args.extended && args.patterns[0] === "") {
    // RFC 3501 §6.3.8: an empty pattern asks for the separator and the root's name.
    yield* say(`* LIST (\\Noselect) "${separator}" ""`);
    return ok("List completed.");
  }
  const { result } = yield* ask({ kind: "list" });
  if (!result.ok) return refuse(result);
  const candidates: Candidate[] = result.value.map((entry) => ({ entry, exists: true }));
  if (args.select.has("SUBSCRIBED")) {
    const { result: subscribed } = yield* ask({ kind: "subscriptions" });
    if (!subscribed.ok) return refuse(subscribed);
    addMissing(candidates, subscribed.value);
  }
  const tests = args.patterns.map(matchPattern);
  const shown = new Set(candidates.filter(({ entry }) => isNamed(entry.name, tests)));
  for (const candidate of shown) {
    const childInfo = childInfoOf(candidate, candidates, shown, args);
    if (!isSelected(candidate, args) && childInfo.length === 0) continue;
    yield* say(formatEntry(candidate, childInfo, args));
    if (args.returns.has("STATUS") && candidate.exists && candidate.entry.selectable) {
      const { result: status } = yield* ask(statusQuestion(candidate.entry.name, args.status));
      // RFC 5819 §2: what cannot be had is left out.
      if (status.ok) yield* say(formatStatus(candidate.entry.name, args.status, status.value));
    }
  }
  return ok("List completed.");
}

/** Subscribed names without a mailbox, in their place in the order of names. */
function addMissing(candidates: Candidate[], subscribed: readonly string[]): void {
  const known = new Set(candidates.map(({ entry }) => entry.name));
  for (const name of subscribed) {
    if (known.has(name)) continue;
    const entry = { name, selectable: false, hasChildren: false, mayHaveChildren: true, subscribed: true };
    candidates.push({ entry, exists: false });
  }
}

export function isNamed(name: string, tests: readonly NameTest[]): boolean {
  const wireName = formatMutf7(name);
  return tests.some((test) => test(wireName));
}

function isSelected({ entry }: Candidate, { select }: ListArguments): boolean {
  return (!select.has("SUBSCRIBED") || entry.subscribed) &&
    (!select.has("SPECIAL-USE") || entry.specialUse !== undefined);
}

/** RFC 5258 §3.5: which options children of this name meet that are not shown themselves. */
function childInfoOf(
  { entry }: Candidate,
  candidates: readonly Candidate[],
  shown: ReadonlySet<Candidate>,
  args: ListArguments,
): readonly string[] {
  if (!args.select.has("RECURSIVEMATCH")) return [];
  const isHiddenMatch = (other: Candidate) =>
    other.entry.name.startsWith(`${entry.name}${separator}`) && isSelected(other, args) &&
    !shown.has(other);
  if (!candidates.some(isHiddenMatch)) return [];
  return ["SUBSCRIBED", "SPECIAL-USE"].filter((option) => args.select.has(option));
}

function formatEntry(
  { entry, exists }: Candidate,
  childInfo: readonly string[],
  args: ListArguments,
): string {
  const { extended, select, returns } = args;
  const attributes: string[] = [];
  if (!exists) attributes.push("\\NonExistent");
  else if (!entry.selectable) attributes.push("\\Noselect");
  if (select.has("SUBSCRIBED") || returns.has("SUBSCRIBED")) {
    if (entry.subscribed) attributes.push("\\Subscribed");
  }
  if (exists && (!extended || returns.has("CHILDREN"))) {
    attributes.push(entry.hasChildren ? "\\HasChildren" : "\\HasNoChildren");
  }
  if (exists && !entry.mayHaveChildren && !entry.hasChildren) attributes.push("\\NoInferiors");
  if (
    entry.specialUse !== undefined && (!extended || returns.has("SPECIAL-USE") || select.has("SPECIAL-USE"))
  ) {
    attributes.push(entry.specialUse);
  }
  const data = childInfo.length === 0
    ? ""
    : ` (CHILDINFO (${childInfo.map((option) => `"${option}"`).join(" ")}))`;
  return `* LIST (${attributes.join(" ")}) "${separator}" ${formatMailboxName(entry.name)}${data}`;
}
