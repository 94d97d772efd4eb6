/**
 * Users in a Dovecot passwd-file (`passwd_lines.ts`). A changed file is noticed at the next question. Edits replace the
 * file in one step, durably, one editor at a time; a reader or a crash finds the old file or the new.
 *
 * New passwords are stored as SCRAM-SHA-256 keys. A password is checked by whatever scheme its line has
 * (`password_scheme.ts`). For a user that is not there somebody's password is checked all the same, so that time does
 * not tell; success is remembered (`verified_cache.ts`).
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import type { Disk } from "../file/disk.ts";

import { WatchedFile } from "../table/watched_file.ts";

import { editFile } from "./edit_file.ts";
import type { PasswdLine } from "./passwd_lines.ts";
import { addLine, parsePasswdFile, removeLine, replacePassword } from "./passwd_lines.ts";
import type { Check, Crypt } from "./password_scheme.ts";
import { checkPassword, parseStoredPassword } from "./password_scheme.ts";
import { Gate } from "./gate.ts";
import { formatScramKeys, makeScramKeys, parseScramKeys } from "./scram.ts";
import { formatHome, parseUserName } from "./user_name.ts";
import type { EditableUsers, LoginVerdict, ScramKeys, User } from "./users.ts";
import { VerifiedCache } from "./verified_cache.ts";

export interface PasswdFileOptions {
  readonly disk: Disk;
  readonly path: string;
  /** Homes of users whose line names none: `/var/mail/%u`. */
  readonly mailHome: string;
  readonly random: Random;
  readonly clock?: Clock;
  readonly log?: Log;
  /** crypt(3), where there is one. */
  readonly crypt?: Crypt;
  /** Domains whose users may log in as `user@domain` though the file has `user`. */
  readonly isLocalDomain?: (domain: string) => boolean | Promise<boolean>;
  /** Of new passwords; see `defaultIterations`. */
  readonly iterations?: number;
}

interface LoadedUsers {
  readonly users: ReadonlyMap<string, PasswdLine>;
  /** Their passwords, in the file's order. */
  readonly stored: readonly string[];
}

const maxFileOctets = 67_108_864;
const maxCached = 10_000;
/** Derivations at a time: a flood of wrong passwords must not take every processor from the mail. */
const maxChecks = 2;

export class PasswdFile implements EditableUsers {
  readonly #options: PasswdFileOptions;
  readonly #clock: Clock;
  readonly #file: WatchedFile<LoadedUsers>;
  readonly #cache: VerifiedCache;
  readonly #checks = new Gate(maxChecks);
  /** Picks, the same one each time, whose password stands in for a user that is not there. */
  readonly #decoySeed: number;
  /** That of a file without users. */
  #lonelyDecoy: Promise<string> | undefined;

  constructor(options: PasswdFileOptions) {
    const { disk, path, random, log = silentLog } = options;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#cache = new VerifiedCache({ random, maxEntries: maxCached });
    this.#decoySeed = random.below(2 ** 32);
    this.#file = new WatchedFile({
      disk,
      path,
      load: async () => {
        const parsed = parsePasswdFile(await disk.readFile(path, maxFileOctets));
        for (const { line, text } of parsed.faults) log.write("warning", `${path}, line ${line}: ${text}`);
        return { users: parsed.users, stored: Array.from(parsed.users.values(), (line) => line.stored) };
      },
    });
  }

  async find(name: string): Promise<User | undefined> {
    const line = await this.#line(name);
    return line === undefined ? undefined : this.#user(line);
  }

  async list(): Promise<readonly User[]> {
    const { users } = await this.#parsed();
    return Array.from(users.values(), (line) => this.#user(line));
  }

  async verify(name: string, password: string): Promise<LoginVerdict> {
    const line = await this.#line(name);
    if (line === undefined) {
      await this.#check(await this.#decoy(name), password);
      return { kind: "refused", reason: "unknown user" };
    }
    const tag = await this.#cache.tag(line.name, line.stored, password);
    if (!this.#cache.has(tag)) {
      const check = await this.#check(line.stored, password);
      if (check.kind === "mismatch") return { kind: "refused", reason: "Password mismatch" };
      if (check.kind === "unusable") {
        return { kind: "refused", reason: `${this.#place(line)}: ${check.reason}` };
      }
      this.#cache.add(tag);
    }
    if (line.bar !== undefined) return { kind: "refused", reason: `${this.#place(line)}: ${line.bar}` };
    return { kind: "accepted", user: this.#user(line) };
  }

  async scramKeys(name: string, hash: ScramKeys["hash"]): Promise<ScramKeys | undefined> {
    const line = await this.#line(name);
    if (line === undefined || line.bar !== undefined) return undefined;
    const { scheme, data } = parseStoredPassword(line.stored);
    return scheme === `SCRAM-${hash}` ? parseScramKeys(data, hash) : undefined;
  }

  async add(name: string, password: string): Promise<User> {
    const user = parseUserName(name);
    if (user === undefined) {
      throw new PermFailure(
        "5.1.3",
        `"${name}" cannot be a user name: letters, digits and _ . + - =, perhaps @ and a domain; no dot in front`,
      );
    }
    const stored = await this.#store(password);
    await this.#edit((bytes) => {
      if (parsePasswdFile(bytes).users.has(user)) {
        throw new PermFailure("5.7.0", `user "${user}" already exists`);
      }
      return addLine(bytes, user, stored);
    });
    return { name: user, home: formatHome(this.#options.mailHome, user) };
  }

  async setPassword(name: string, password: string): Promise<void> {
    const stored = await this.#store(password);
    await this.#edit((bytes) => replacePassword(bytes, this.#existing(bytes, name), stored));
  }

  async delete(name: string): Promise<void> {
    await this.#edit((bytes) => removeLine(bytes, this.#existing(bytes, name)));
  }

  close(): void {
    this.#file.close();
  }

  #existing(bytes: Uint8Array, name: string): string {
    const user = parseUserName(name);
    if (user !== undefined && parsePasswdFile(bytes).users.has(user)) return user;
    throw new PermFailure("5.1.1", `unknown user "${name}"`);
  }

  /** @throws TempFailure when the file cannot be read */
  async #parsed(): Promise<LoadedUsers> {
    try {
      return await this.#file.use((parsed) => parsed);
    } catch (thrown) {
      if (!(thrown instanceof TempFailure)) throw thrown;
      throw new TempFailure(thrown.status, "Temporary authentication failure", { cause: thrown.cause });
    }
  }

  /** The line of a name as given, or of what is before `@` when the domain is ours. */
  async #line(name: string): Promise<PasswdLine | undefined> {
    const user = parseUserName(name);
    const { users } = await this.#parsed();
    if (user === undefined) return undefined;
    const exact = users.get(user);
    if (exact !== undefined) return exact;
    const at = user.indexOf("@");
    const isLocal = at > 0 && await this.#options.isLocalDomain?.(user.slice(at + 1)) === true;
    return isLocal ? users.get(user.slice(0, at)) : undefined;
  }

  #user(line: PasswdLine): User {
    const home = line.home === "" ? formatHome(this.#options.mailHome, line.name) : line.home;
    return { name: line.name, home, uid: line.uid, gid: line.gid };
  }

  #place(line: PasswdLine): string {
    return `${this.#options.path}, line ${line.line}`;
  }

  #check(stored: string, password: string): Promise<Check> {
    return this.#checks.run(() => checkPassword(stored, password, this.#options.crypt));
  }

  /** Somebody's stored password, by the name that was asked for, so that the mix of times is that of real users. */
  async #decoy(name: string): Promise<string> {
    const { stored } = await this.#parsed();
    let hash = this.#decoySeed;
    for (let index = 0; index < name.length; index++) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 16777619) >>> 0;
    }
    return stored[hash % stored.length] ??
      await (this.#lonelyDecoy ??= this.#store("nobody has this password"));
  }

  async #store(password: string): Promise<string> {
    if (password === "" || /[\0\r\n]/.test(password)) {
      throw new PermFailure("5.7.0", "the password is empty or has line ends in it");
    }
    const { random, iterations } = this.#options;
    return formatScramKeys(
      await makeScramKeys(password, { random, ...(iterations === undefined ? {} : { iterations }) }),
    );
  }

  #edit(change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const { disk, random, path } = this.#options;
    return editFile({ disk, random, clock: this.#clock }, path, { change, maxOctets: maxFileOctets });
  }
}
