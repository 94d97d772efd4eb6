/**
 * Users: who may log in, and where their mail is. Sources stand behind this seam, such as `passwd_file.ts`; one suite,
 * `users_suite.ts`, runs against each.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";

export interface User {
  /** Folded to lower case (Dovecot auth_username_format). */
  readonly name: string;
  /** Where mail is kept; absolute. */
  readonly home: string;
  /** Owner of the mailbox files; absent: the server's own. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** A user of the system (passwd(5)): with a `.forward` and a mailbox as local(8) has it. */
  readonly isSystem?: true;
  /** Of system users. */
  readonly shell?: string | undefined;
}

/** What a SASL mechanism needs to know of a user, without the password (SCRAM: RFC 5802 §3). */
export interface ScramKeys {
  readonly hash: "SHA-1" | "SHA-256";
  readonly salt: Bytes;
  readonly iterations: number;
  readonly storedKey: Bytes;
  readonly serverKey: Bytes;
}

export type LoginVerdict =
  | { readonly kind: "accepted"; readonly user: User }
  /** Unknown user or wrong password; the peer is not told which. `reason` is for the log. */
  | { readonly kind: "refused"; readonly reason: string };

export interface Users {
  /** The user of that name, or `undefined`. @throws TempFailure when the source cannot be read. */
  find(name: string): Promise<User | undefined>;
  /** Checks a password. Takes about the same time for unknown users. @throws TempFailure likewise. */
  verify(name: string, password: string): Promise<LoginVerdict>;
  scramKeys(name: string, hash: ScramKeys["hash"]): Promise<ScramKeys | undefined>;
  list(): Promise<readonly User[]>;
}

/** Users that can also be changed: `mailsrv user add|passwd|delete`. Every change is atomic and durable. */
export interface EditableUsers extends Users {
  /** @throws PermFailure when the name is taken or not a valid user name. */
  add(name: string, password: string): Promise<User>;
  setPassword(name: string, password: string): Promise<void>;
  delete(name: string): Promise<void>;
}
