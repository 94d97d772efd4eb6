/**
 * Tables: lookups by key as Postfix's `type:name` (postconf(5), DATABASE_README). One suite runs against all types.
 */

/** A value and where it stands, so that a decision can say which line of which file made it. */
export interface TableHit {
  readonly value: string;
  /** Line of the source file, when the table knows it. */
  readonly line?: number | undefined;
  /** A part of the value is a part of the key (`$1`): whoever chooses the key has a say in it. */
  readonly substituted?: true;
}

export interface Table {
  /** As written: `hash:/etc/aliases`. */
  readonly name: string;
  /**
   * True for tables of fixed keys, asked with partial keys too (hash, texthash, inline, unix, sqlite, ...): Postfix's
   * DICT_FLAG_FIXED. False for those asked once with the full key (regexp, pcre, cidr, tcp, socketmap, ...).
   */
  readonly fixed: boolean;
  /** The value of exactly this key (folded by the table). @throws TempFailure when the table cannot be read. */
  lookup(key: string): Promise<TableHit | undefined>;
  close(): void;
}

/** Opens `type:name`, or gives the one already open. @throws ConfigError on an unknown type or missing name. */
export interface Tables {
  open(spec: string): Table;
}
