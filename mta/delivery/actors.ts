/**
 * In whose name a file is written or a command run (local(8) DELIVERY RIGHTS): the user's; for what an alias says the
 * owner's of the alias file, and default_privs where that is root, or not known.
 */

import { TempFailure } from "../../tools/kit/base/failure.ts";
import type { Person } from "../../tools/kit/os/rights.ts";

import type { Disk } from "../../store/file/disk.ts";
import type { PersonFiles } from "../../store/mailbox/mailbox_locks.ts";
import { indexedTypes } from "../../store/table/table_types.ts";
import type { User, Users } from "../../store/users/users.ts";

import type { Rights } from "../address/forward.ts";
import type { LocalSystem } from "./local_system.ts";

export interface Actor {
  /** For the log. */
  readonly name: string;
  readonly person: Person;
  /** Not of default_privs. */
  readonly home?: string | undefined;
  readonly shell?: string | undefined;
}

export interface ActorsOptions {
  readonly users: Pick<Users, "find">;
  readonly system: LocalSystem;
  readonly disk: Disk;
  readonly settings: { readonly defaultPrivs: string };
}

const othersMayWrite = 0o002;
const writtenInSettings: readonly string[] = ["inline", "static", "randmap", "fail"];

export class Actors {
  readonly #options: ActorsOptions;

  constructor(options: ActorsOptions) {
    this.#options = options;
  }

  /** @throws TempFailure when nobody can be found to do it */
  async find(rights: Rights): Promise<Actor> {
    switch (rights.kind) {
      case "user":
        return await this.#user(rights.name);
      case "table":
        return await this.#owner(await this.#tableOwner(rights.table));
      case "uid":
        return await this.#owner(rights.uid);
    }
  }

  /** A user's rights; without numbers of his own, the server's. */
  ofUser(user: User): Person {
    const { uid, gid = uid } = user;
    return uid === undefined || gid === undefined ? this.#options.system.own : { uid, gid };
  }

  /** Files as the owner of a table may read them: root's are read by the server. @throws TempFailure */
  async readerFor(rights: Rights): Promise<Disk> {
    const { disk, system } = this.#options;
    const uid = rights.kind === "table" ? await this.#tableOwner(rights.table) : undefined;
    if (rights.kind === "table" && (uid === 0 || uid === system.own.uid)) return disk;
    if (rights.kind === "uid" && rights.uid === 0) return disk;
    return this.#filesFor((await this.find(rights)).person)?.disk ?? disk;
  }

  /**
   * For a file that an alias names. Where root would read it, but somebody else has a say in where the path leads, it is
   * read with that one's rights: else a link in a home would bring anything of root's to light, and a FIFO there would
   * keep the server waiting.
   *
   * @throws TempFailure, DiskError
   */
  async readerOf(path: string, rights: Rights): Promise<Disk> {
    const { disk, system } = this.#options;
    const reader = await this.readerFor(rights);
    if (reader !== disk || system.own.uid !== 0) return reader;
    for (let end = path.indexOf("/", 1);; end = path.indexOf("/", end + 1)) {
      const info = await disk.lstat(end < 0 ? path : path.slice(0, end));
      if (info === undefined) return reader;
      if (info.uid !== 0) return system.filesOf({ uid: info.uid, gid: info.gid }).disk;
      if (end < 0) return reader;
      if ((info.mode & othersMayWrite) !== 0) return system.filesOf((await this.#default()).person).disk;
    }
  }

  /** `undefined`: the server's own rights are the person's. @throws TempFailure */
  #filesFor(person: Person): PersonFiles | undefined {
    const { system } = this.#options;
    return person.uid === system.own.uid ? undefined : system.filesOf(person);
  }

  async #user(name: string): Promise<Actor> {
    const user = await this.#options.users.find(name);
    if (user === undefined) throw new TempFailure("4.3.0", "user lookup error");
    return { name, person: this.ofUser(user), home: user.home, shell: user.shell };
  }

  async #owner(uid: number | undefined): Promise<Actor> {
    const { system } = this.#options;
    if (uid === undefined && system.own.uid !== 0) return { name: "this server", person: system.own };
    if (uid === undefined || uid === 0) return await this.#default();
    const user = await this.#lookUp(() => system.userByUid(uid));
    if (user === undefined) throw new TempFailure("4.3.0", `cannot find username for uid ${uid}`);
    const { name, gid, home, shell } = user;
    return { name, person: { uid, gid }, home, shell };
  }

  async #default(): Promise<Actor> {
    const { system, settings } = this.#options;
    const user = await this.#lookUp(() => system.userByName(settings.defaultPrivs));
    if (user === undefined) {
      throw new TempFailure("4.3.0", `default_privs: there is no user "${settings.defaultPrivs}"`);
    }
    const { name, uid, gid } = user;
    if (uid === 0 || gid === 0) throw new TempFailure("4.3.0", "privileged default user id");
    return { name, person: { uid, gid } };
  }

  /** Who has the say in it; `undefined`: who knows (another host, several tables). What stands in the settings is root's. */
  async #tableOwner(spec: string): Promise<number | undefined> {
    const [, type = "", rest = ""] = /^(?:proxy:)?(\w+):(.*)$/s.exec(spec) ?? [];
    if (writtenInSettings.includes(type)) return 0;
    if (!rest.startsWith("/")) return undefined;
    const { disk } = this.#options;
    const built = indexedTypes.includes(type) ? await disk.stat(`${rest}.cdb`) : undefined;
    return (built ?? await disk.stat(rest))?.uid;
  }

  async #lookUp<T>(find: () => Promise<T>): Promise<T> {
    try {
      return await find();
    } catch (thrown) {
      throw new TempFailure("4.3.0", "user lookup error", { cause: thrown });
    }
  }
}
