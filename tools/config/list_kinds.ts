/** Kinds of lists: tables in order, lists of names and networks that are matched, restrictions; and reply codes. */

import { readItems } from "./kinds.ts";
import { integer, list } from "./kinds.ts";
import { checkDomainItem, checkNetwork } from "./list_items.ts";
import type { Parameter, Row } from "./parameter.ts";
import { parameter } from "./parameter.ts";
import { checkTable } from "./table_specs.ts";

type ListRow = Row<string | readonly string[]>;

/** `type:name` tables, asked in order. */
export function maps(row: ListRow): Parameter<readonly string[]> {
  return list({ ...row, holdsTables: true, checkItem: checkTable });
}

/** Names of domains, `!name`, `type:name` tables, `/file` of more such items (postconf(5) mydestination). */
export function domains(row: ListRow): Parameter<readonly string[]> {
  return list({ ...row, holdsTables: true, readsFiles: true, checkItem: checkDomainItem });
}

/** Networks, addresses and names of clients, `!item`, tables, `/file` (postconf(5) mynetworks). */
export function networks(row: ListRow): Parameter<readonly string[]> {
  return list({ ...row, holdsTables: true, readsFiles: true, checkItem: checkNetwork });
}

/** Words, `!word`, tables, `/file`. */
export function words(row: ListRow): Parameter<readonly string[]> {
  return list({ ...row, holdsTables: true, readsFiles: true });
}

/** Restrictions with their arguments, in order; what stood in `{ }` is one item, in its braces. */
export function restrictions(row: ListRow): Parameter<readonly string[]> {
  return parameter(row, {
    kind: "restrictions",
    form: `restrictions such as "permit_mynetworks, check_client_access hash:access, reject"`,
    holdsTables: true,
    read: (raw) => readItems(raw, { keepBraces: true }),
  });
}

/** A reply code of a refusal. */
export function code(row: Row<number | string>): Parameter<number> {
  return integer({ ...row, min: 400, max: 599 });
}
