/** Users and groups of the system: passwd(5) and group(5). */

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The comment field: full name and more. */
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

export interface SystemGroup {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The text of /etc/passwd; lines that are none of its form (comments, NIS marks) are passed over. */
export function parsePasswd(text: string): readonly SystemUser[] {
  return text.split("\n").flatMap((line) => {
    const [name, _password, uid, gid, gecos = "", home, shell = ""] = line.split(":");
    if (!isName(name) || !isId(uid) || !isId(gid) || home === undefined) return [];
    return [{
      name,
      uid: Number(uid),
      gid: Number(gid),
      gecos,
      home,
      shell: shell === "" ? "/bin/sh" : shell,
    }];
  });
}

/** The text of /etc/group. */
export function parseGroup(text: string): readonly SystemGroup[] {
  return text.split("\n").flatMap((line) => {
    const [name, _password, gid, members = ""] = line.split(":");
    if (!isName(name) || !isId(gid)) return [];
    return [{ name, gid: Number(gid), members: members.split(",").map((one) => one.trim()).filter(Boolean) }];
  });
}

/** The system's users and groups, read again when a file has changed. */
export class SystemUsers {
  readonly #passwd: WatchedFile<readonly SystemUser[]>;
  readonly #group: WatchedFile<readonly SystemGroup[]>;

  constructor(paths: { readonly passwd?: string; readonly group?: string } = {}) {
    this.#passwd = new WatchedFile(paths.passwd ?? "/etc/passwd", parsePasswd);
    this.#group = new WatchedFile(paths.group ?? "/etc/group", parseGroup);
  }

  /** The first entry with this name, as getpwnam(3) gives it. @throws Error when the file cannot be read */
  async userByName(name: string): Promise<SystemUser | undefined> {
    return (await this.#passwd.read()).find((user) => user.name === name);
  }

  async userByUid(uid: number): Promise<SystemUser | undefined> {
    return (await this.#passwd.read()).find((user) => user.uid === uid);
  }

  async groupByName(name: string): Promise<SystemGroup | undefined> {
    return (await this.#group.read()).find((group) => group.name === name);
  }

  async groupByGid(gid: number): Promise<SystemGroup | undefined> {
    return (await this.#group.read()).find((group) => group.gid === gid);
  }

  /** The user's own group and those that name it as a member, each once, ascending. */
  async gidsOf(user: SystemUser): Promise<readonly number[]> {
    const others = (await this.#group.read()).filter(({ members }) => members.includes(user.name));
    return [...new Set([user.gid, ...others.map(({ gid }) => gid)])].sort((left, right) => left - right);
  }
}

class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #known: { readonly stamp: string; readonly value: T } | undefined;

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  async read(): Promise<T> {
    try {
      const { mtime, size, ino } = await Deno.stat(this.#path);
      const stamp = `${mtime?.getTime()} ${size} ${ino}`;
      if (this.#known?.stamp !== stamp) {
        this.#known = { stamp, value: this.#parse(await Deno.readTextFile(this.#path)) };
      }
      return this.#known.value;
    } catch (thrown) {
      throw new Error(`cannot read ${this.#path}`, { cause: thrown });
    }
  }
}

function isName(text: string | undefined): text is string {
  return text !== undefined && /^[^+#\s-]\S*$/.test(text);
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text);
}
