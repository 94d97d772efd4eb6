/** Commands of any state: CAPABILITY, NOOP, LOGOUT (RFC 3501 §6.1), ID (RFC 2971). */

import { ok, type Operation, type Phase, say } from "./operation.ts";

const anywhere: readonly Phase[] = ["greeted", "authenticated", "selected"];

/** RFC 2971 §3.3: at most 30 pairs. */
const maxIdPairs = 30;

export const capability: Operation = {
  name: "CAPABILITY",
  phases: anywhere,
  check: (cursor, session) => {
    cursor.end();
    return function* () {
      yield* say(`* CAPABILITY ${session.capabilities()}`);
      return ok("Capability completed.");
    };
  },
};

export const noop: Operation = {
  name: "NOOP",
  phases: anywhere,
  check: (cursor) => {
    cursor.end();
    // deno-lint-ignore require-yield
    return function* () {
      return ok("NOOP completed.");
    };
  },
};

export const logout: Operation = {
  name: "LOGOUT",
  phases: anywhere,
  check: (cursor, session) => {
    cursor.end();
    return function* () {
      session.endReason = session.state.phase === "greeted" ? "Aborted login by logging out" : "Logged out";
      yield* say("* BYE Logging out");
      return { ...ok("Logout completed."), untold: true, close: true };
    };
  },
};

export const id: Operation = {
  name: "ID",
  phases: anywhere,
  check: (cursor) => {
    cursor.space();
    if (!cursor.take("NIL")) {
      let pairs = 0;
      cursor.list(() => {
        if (++pairs > maxIdPairs) cursor.end();
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
