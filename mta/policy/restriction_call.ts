/** A restriction as it stands in a list, and the lists that there are. */

/** Lists of restrictions, by the part of their parameters' names that differs: smtpd_LIST_restrictions. */
export type ListName =
  | "client"
  | "helo"
  | "sender"
  | "relay"
  | "recipient"
  | "data"
  | "end_of_data"
  | "etrn";

export const listNames: readonly ListName[] = [
  "client",
  "helo",
  "sender",
  "relay",
  "recipient",
  "data",
  "end_of_data",
  "etrn",
];

/** One restriction of a list, by today's name: `{ name: "check_client_access", argument: "hash:/etc/postfix/access" }`. */
export interface RestrictionCall {
  /** In lower case, old spellings replaced; a restriction class's name as it is written. */
  readonly name: string;
  /** Table, domain, server, seconds: what the restriction needs behind its name. */
  readonly argument?: string | undefined;
  /** As written: `check_client_access hash:/etc/postfix/access`. */
  readonly text: string;
}
