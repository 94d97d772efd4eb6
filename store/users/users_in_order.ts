/** Several sources of users as one: the first that has a name says whose it is. */

import type { LoginVerdict, ScramKeys, User, Users } from "./users.ts";

export class UsersInOrder implements Users {
  readonly #first: Users;
  readonly #others: () => readonly Users[];

  /** `others` may change with the settings. */
  constructor(first: Users, others: () => readonly Users[]) {
    this.#first = first;
    this.#others = others;
  }

  async find(name: string): Promise<User | undefined> {
    for (const users of [this.#first, ...this.#others()]) {
      const user = await users.find(name);
      if (user !== undefined) return user;
    }
    return undefined;
  }

  /** Who is not the first's is refused in its time too, so that time does not tell who is there. */
  async verify(name: string, password: string): Promise<LoginVerdict> {
    const source = await this.#sourceOf(name);
    const verdict = await this.#first.verify(name, password);
    return source === this.#first ? verdict : await source.verify(name, password);
  }

  async scramKeys(name: string, hash: ScramKeys["hash"]): Promise<ScramKeys | undefined> {
    return await (await this.#sourceOf(name)).scramKeys(name, hash);
  }

  async list(): Promise<readonly User[]> {
    const users = new Map<string, User>();
    for (const source of [this.#first, ...this.#others()]) {
      for (const user of await source.list()) if (!users.has(user.name)) users.set(user.name, user);
    }
    return [...users.values()];
  }

  async #sourceOf(name: string): Promise<Users> {
    for (const users of [this.#first, ...this.#others()]) {
      if (await users.find(name) !== undefined) return users;
    }
    return this.#first;
  }
}
