/** The commands of IMAP by name; the UID form of a command is a command of its own (RFC 3501 §6.4.8). */

import { append } from "./append.ts";
import { authenticate } from "./authenticate.ts";
import { capability } from "./capability.ts";
import { check } from "./check.ts";
import { close, unselect } from "./close.ts";
import { create } from "./create.ts";
import { deleteMailbox } from "./delete.ts";
import { enable } from "./enable.ts";
import { copy, move } from "./copy.ts";
import { expunge, uidExpunge } from "./expunge.ts";
import { fetch } from "./fetch.ts";
import { id } from "./id.ts";
import { idle } from "./idle.ts";
import { list } from "./list.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { lsub } from "./lsub.ts";
import { namespace } from "./namespace.ts";
import { noop } from "./noop.ts";
import type { Operation } from "./operation.ts";
import { rename } from "./rename.ts";
import { search } from "./search.ts";
import { examine, select } from "./select.ts";
import { starttls } from "./starttls.ts";
import { status } from "./status.ts";
import { store } from "./store.ts";
import { subscribe, unsubscribe } from "./subscribe.ts";

const bySequence = { byUid: false };
const byUid = { byUid: true };

const all: readonly Operation[] = [
  capability,
  noop,
  logout,
  id,
  starttls,
  authenticate,
  login,
  enable,
  namespace,
  select,
  examine,
  create,
  deleteMailbox,
  rename,
  subscribe,
  unsubscribe,
  list,
  lsub,
  status,
  append,
  idle,
  check,
  close,
  unselect,
  expunge,
  uidExpunge,
  search(bySequence),
  search(byUid),
  fetch(bySequence),
  fetch(byUid),
  store(bySequence),
  store(byUid),
  copy(bySequence),
  copy(byUid),
  move(bySequence),
  move(byUid),
];

export const operations: ReadonlyMap<string, Operation> = new Map(
  all.map((operation) => [operation.name, operation]),
);
