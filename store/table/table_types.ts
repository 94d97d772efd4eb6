/** The types of tables that there are; what each means is in `tables.ts`. */

/** Types that are built from a source file into FILE.cdb. */
export const indexedTypes: readonly string[] = ["hash", "btree", "cdb", "lmdb", "dbm"];

/** Types whose name is a list of rules in braces, if it is no file. */
const patternTypes: readonly string[] = ["regexp", "pcre", "cidr"];

/** Types whose name is a file: the built ones, and those read from their source. */
export const fileTableTypes: readonly string[] = [
  ...indexedTypes,
  "texthash",
  ...patternTypes,
  ...["sqlite", "pgsql", "ldap"],
];

/** Types made of others: named in braces, or (`proxy`) behind the colon. */
const compositeTypes: readonly string[] = ["unionmap", "pipemap", "proxy"];

export const tableTypes: readonly string[] = [
  ...fileTableTypes,
  ...["inline", "static", "randmap"],
  ...compositeTypes,
  ...["unix", "environ", "socketmap", "tcp", "fail", "srs"],
];
