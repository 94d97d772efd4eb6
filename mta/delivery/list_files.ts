/**
 * `~/.forward` and `:include:` files, read with the rights that local(8) reads them with, and refused as it refuses them
 * (postfix-semantics §9.5, §9.6).
 */

import { utf8Text } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { Disk, FileInfo } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";
import type { User, Users } from "../../store/users/users.ts";

import type { ForwardQuestion, IncludeQuestion, ListAnswer, ListLine } from "../address/forward.ts";
import { expandMacros, recipientValues } from "../address/local_macros.ts";
import type { Actors } from "./actors.ts";
import type { LocalDeliverySettings } from "./local_settings.ts";

export interface ListFilesOptions {
  readonly users: Pick<Users, "find">;
  readonly actors: Actors;
  readonly settings: Pick<
    LocalDeliverySettings,
    "forwardPath" | "forwardExpansionFilter" | "requireHomeDirectory"
  >;
}

const maxForwardOctets = 1 << 20;
const maxIncludeOctets = 1 << 23;
/** More than expansion would look at. */
const maxLines = 100_001;
const othersMayWrite = 0o002;

export class ListFiles {
  readonly #options: ListFilesOptions;

  constructor(options: ListFilesOptions) {
    this.#options = options;
  }

  /** Never throws for what the world does. */
  async forward({ recipient, address }: ForwardQuestion): Promise<ListAnswer> {
    const { users, actors, settings } = this.#options;
    try {
      const user = await users.find(recipient.user);
      if (user?.isSystem !== true || settings.forwardPath.length === 0) return none();
      const disk = await actors.readerFor({ kind: "user", name: recipient.user });
      const home = await this.#lookForHome(user, disk);
      if (home !== undefined) return home;
      const values = { ...recipientValues(recipient, address), home: user.home, shell: user.shell };
      const notes: string[] = [];
      for (const pattern of settings.forwardPath) {
        const path = expandMacros(pattern, values, { filter: settings.forwardExpansionFilter });
        if (path === undefined) continue;
        const answer = await readForward(path, { user, disk, notes });
        if (answer !== undefined) return answer;
      }
      return none(...notes);
    } catch (thrown) {
      if (thrown instanceof TempFailure) return refused(thrown.status, thrown.text);
      if (thrown instanceof DiskError) {
        return refused("4.3.0", `error reading forwarding file: ${thrown.message}`);
      }
      throw thrown;
    }
  }

  /** Never throws for what the world does. */
  async include({ path, as }: IncludeQuestion): Promise<ListAnswer> {
    try {
      return await readInclude(path, await this.#options.actors.readerOf(path, as));
    } catch (thrown) {
      if (thrown instanceof DiskError) {
        return refused("5.3.5", `unable to lookup :include: file ${path}: ${thrown.message}`);
      }
      if (thrown instanceof TempFailure) return refused(thrown.status, thrown.text);
      throw thrown;
    }
  }

  /** What is to be said when the home is not there. */
  async #lookForHome({ home }: User, disk: Disk): Promise<ListAnswer | undefined> {
    if (!home.startsWith("/")) return none(`bad home directory syntax for: ${home}`);
    try {
      if ((await disk.stat(home)) !== undefined) return undefined;
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      if (thrown.code !== "denied" && thrown.code !== "notDirectory") throw thrown;
    }
    return this.#options.settings.requireHomeDirectory
      ? refused("4.3.0", `cannot access home directory ${home}: No such file or directory`)
      : none();
  }
}

/** `undefined`: there is none, look for the next. */
async function readForward(
  path: string,
  { user, disk, notes }: { readonly user: User; readonly disk: Disk; readonly notes: string[] },
): Promise<ListAnswer | undefined> {
  let info: FileInfo | undefined;
  try {
    info = await disk.lstat(path);
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    if (thrown.code !== "denied" && thrown.code !== "notDirectory") throw thrown;
    notes.push(thrown.message);
  }
  if (info === undefined) return undefined;
  if (info.kind !== "file") return none(`file ${path} is not a regular file`);
  if (info.uid !== 0 && info.uid !== user.uid) return none(`file ${path} has bad owner uid ${info.uid}`);
  if ((info.mode & othersMayWrite) !== 0) return none(`file ${path} is world writable`);
  try {
    return listOf(path, info, await disk.readFile(path, maxForwardOctets));
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return none(`cannot open file ${path}: ${thrown.message}`);
  }
}

async function readInclude(path: string, disk: Disk): Promise<ListAnswer> {
  let info: FileInfo | undefined;
  try {
    info = await disk.stat(path);
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return refused("5.3.5", `unable to lookup :include: file ${path}: ${thrown.message}`);
  }
  if (info === undefined) {
    return refused("5.3.5", `unable to lookup :include: file ${path}: No such file or directory`);
  }
  if (info.kind !== "file") return refused("5.3.5", `:include: file ${path} is not a regular file`);
  if ((info.mode & othersMayWrite) !== 0) {
    return refused("5.3.5", `:include: file ${path} is world writable`);
  }
  try {
    return listOf(path, info, await disk.readFile(path, maxIncludeOctets));
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return refused("5.3.5", `cannot open include file ${path}: ${thrown.message}`);
  }
}

function listOf(path: string, { uid, gid }: FileInfo, contents: Uint8Array<ArrayBuffer>): ListAnswer {
  const lines: ListLine[] = [];
  for (const [index, text] of utf8Text(contents).split("\n").entries()) {
    if (text.startsWith("#") || text.trim() === "") continue;
    lines.push({ line: index + 1, text: text.trimEnd() });
    if (lines.length >= maxLines) break;
  }
  return { kind: "list", path, lines, owner: { uid, gid } };
}

function none(...notes: readonly string[]): ListAnswer {
  return { kind: "none", notes };
}

function refused(status: string, text: string): ListAnswer {
  return { kind: "refused", status, text };
}
