/** ID (RFC 2971). */

import { BadSyntax } from "../protocol/bad_syntax.ts";

import { anywhere, ok, type Operation, say } from "./operation.ts";

/** RFC 2971 §3.3: at most 30 pairs. */
const maxIdPairs = 30;

export const id: Operation = {
  name: "ID",
  phases: anywhere,
  check: (cursor) => {
    cursor.space();
    if (!cursor.take("NIL")) {
      let pairs = 0;
      cursor.list(() => {
        if (++pairs > maxIdPairs) throw new BadSyntax("Too many pairs");
        cursor.string();
        cursor.space();
        cursor.nstring();
      }, { mayBeEmpty: true });
    }
    cursor.end();
    return function* () {
      yield* say('* ID ("name" "mailsrv")');
      return ok("ID completed.");
    };
  },
};
