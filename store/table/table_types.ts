/** The types of tables that there are; what each means is in `tables.ts`. */

/** Types that are built from a source file into FILE.cdb. */
export const indexedTypes: readonly string[] = ["hash", "btree", "cdb", "lmdb", "dbm"];

/** Types whose name is a file: the built ones, and those read from their source. */
export const fileTableTypes: readonly string[] = [...indexedTypes, "texthash", "regexp", "cidr"];

export const tableTypes: readonly string[] = [...fileTableTypes, "inline", "static", "fail"];
