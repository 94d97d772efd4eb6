/**
 * Users of the system (passwd(5)) as users of mail: everybody whose name can be one; the shell does not matter. They get
 * mail and have a home, where their `.forward` is; they do not log in here: their passwords are not looked at.
 */

import { TempFailure } from "../../tools/kit/base/failure.ts";
import type { SystemUser } from "../../tools/kit/os/passwd.ts";

import { parseUserName } from "./user_name.ts";
import type { LoginVerdict, ScramKeys, User, Users } from "./users.ts";

/** Where passwd(5) is read. */
export interface PasswdSource {
  userByName(name: string): Promise<SystemUser | undefined>;
}

export class SystemMailUsers implements Users {
  readonly #source: PasswdSource;

  constructor(source: PasswdSource) {
    this.#source = source;
  }

  async find(name: string): Promise<User | undefined> {
    const wanted = parseUserName(name);
    if (wanted === undefined) return undefined;
    try {
      const found = await this.#source.userByName(wanted);
      return found === undefined ? undefined : userOf(found);
    } catch (thrown) {
      throw new TempFailure("4.3.0", "user lookup error", { cause: thrown });
    }
  }

  verify(_name: string, _password: string): Promise<LoginVerdict> {
    return Promise.resolve({ kind: "refused", reason: "users of the system do not log in here" });
  }

  scramKeys(): Promise<ScramKeys | undefined> {
    return Promise.resolve(undefined);
  }

  /** Nobody: there is no one to open a mailbox for. */
  list(): Promise<readonly User[]> {
    return Promise.resolve([]);
  }
}

function userOf({ name, home, uid, gid, shell }: SystemUser): User {
  return { name, home, uid, gid, shell, isSystem: true };
}
