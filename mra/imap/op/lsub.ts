/** LSUB (RFC 3501 §6.3.9): subscribed names, which need not be mailboxes. */

import { BadSyntax } from "../protocol/bad_syntax.ts";
import { matchPattern } from "../protocol/list_pattern.ts";
import { formatMailboxName, separator } from "../protocol/mailbox_name.ts";
import { isNamed, maxPatternOctets } from "./list.ts";
import { ask, loggedIn, ok, type Operation, refuse, say } from "./operation.ts";

export const lsub: Operation = {
  name: "LSUB",
  phases: loggedIn,
  check: (cursor) => {
    cursor.space();
    const reference = cursor.listMailbox();
    cursor.space();
    const pattern = cursor.listMailbox();
    cursor.end();
    if (reference.length + pattern.length > maxPatternOctets) throw new BadSyntax("Pattern is too long");
    return function* () {
      if (pattern === "") {
        yield* say(`* LSUB (\\Noselect) "${separator}" ""`);
        return ok("Lsub completed.");
      }
      const { result } = yield* ask({ kind: "subscriptions" });
      if (!result.ok) return refuse(result);
      const lines = namesToShow(result.value, reference + pattern).map(({ name, attributes }) =>
        `* LSUB (${attributes}) "${separator}" ${formatMailboxName(name)}`
      );
      if (lines.length > 0) yield* say(lines.join("\r\n"));
      return ok("Lsub completed.");
    };
  },
};

/** With `%`, a parent of subscribed names that the pattern does not reach stands for them, as `\Noselect` (§6.3.9). */
function namesToShow(
  subscribed: readonly string[],
  pattern: string,
): readonly { readonly name: string; readonly attributes: string }[] {
  const tests = [matchPattern(pattern)];
  const shown = new Map<string, string>();
  for (const name of subscribed) {
    if (isNamed(name, tests)) shown.set(name, "");
    else if (pattern.includes("%")) {
      const levels = name.split(separator);
      for (let depth = levels.length - 1; depth > 0; depth--) {
        const parent = levels.slice(0, depth).join(separator);
        if (isNamed(parent, tests) && !shown.has(parent)) shown.set(parent, "\\Noselect");
      }
    }
  }
  return [...shown].map(([name, attributes]) => ({ name, attributes }));
}
