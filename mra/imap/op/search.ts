/** SEARCH (RFC 3501 §6.4.4) with the RETURN options of ESEARCH (RFC 4731). */

import type { SearchKey } from "../../../store/search/search_key.ts";

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { formatSequenceSet } from "../protocol/sequence_set.ts";
import { BadCharset, readSearch } from "../search.ts";
import { commandName, type Naming, selectedView } from "./messages.ts";
import {
  ask,
  type Completion,
  no,
  ok,
  type Operation,
  refuse,
  type Running,
  say,
  selected,
  type SessionContext,
} from "./operation.ts";

type ReturnOption = "MIN" | "MAX" | "ALL" | "COUNT";

const returnOptions: ReadonlySet<string> = new Set<ReturnOption>(["MIN", "MAX", "ALL", "COUNT"]);

export function search(naming: Naming): Operation {
  return {
    name: commandName("SEARCH", naming),
    phases: selected,
    holdsExpunges: !naming.byUid,
    check: (cursor, session) => {
      cursor.space();
      const returns = readReturn(cursor);
      const key = readKey(cursor, session);
      return () => searchMessages(session, key, { returns, naming });
    },
  };
}

/** Without RETURN the answer is SEARCH; with an empty list it is ESEARCH ALL (RFC 4731 §3.1). */
function readReturn(cursor: Cursor): ReadonlySet<string> | undefined {
  if (!cursor.take("RETURN ")) return undefined;
  const options = cursor.list(() => {
    const option = cursor.keyword();
    if (!returnOptions.has(option)) throw new BadSyntax(`Unknown SEARCH return option ${option}`);
    return option;
  }, { mayBeEmpty: true });
  cursor.space();
  return new Set(options.length === 0 ? ["ALL"] : options);
}

function readKey(cursor: Cursor, session: SessionContext): SearchKey | BadCharset {
  try {
    return readSearch(cursor, selectedView(session));
  } catch (thrown) {
    if (thrown instanceof BadCharset) return thrown;
    throw thrown;
  }
}

function* searchMessages(
  session: SessionContext,
  key: SearchKey | BadCharset,
  options: { readonly returns: ReadonlySet<string> | undefined; readonly naming: Naming },
): Running<Completion> {
  if (key instanceof BadCharset) return no("[BADCHARSET (US-ASCII UTF-8)] Unknown charset");
  const { result } = yield* ask({ kind: "search", key });
  if (!result.ok) return refuse(result);
  const view = selectedView(session);
  const numbers: number[] = [];
  for (const uid of result.value) {
    // What the client was not told of has no number yet.
    const sequence = view.sequenceOf(uid);
    if (sequence !== undefined) numbers.push(options.naming.byUid ? uid : sequence);
  }
  yield* say(
    options.returns === undefined
      ? ["* SEARCH", ...numbers].join(" ")
      : formatEsearch(session.tag, numbers, options.returns, options.naming),
  );
  return ok("Search completed.");
}

function formatEsearch(
  tag: string,
  numbers: readonly number[],
  returns: ReadonlySet<string>,
  naming: Naming,
): string {
  const items = [`* ESEARCH (TAG "${tag.replace(/["\\]/g, "\\$&")}")`];
  if (naming.byUid) items.push("UID");
  if (numbers.length > 0) {
    if (returns.has("MIN")) items.push(`MIN ${numbers[0]}`);
    if (returns.has("MAX")) items.push(`MAX ${numbers.at(-1)}`);
    if (returns.has("ALL")) items.push(`ALL ${formatSequenceSet(numbers)}`);
  }
  if (returns.has("COUNT")) items.push(`COUNT ${numbers.length}`);
  return items.join(" ");
}
