/**
 * Lines of a passwd-file (Dovecot): `user:{SCHEME}data:uid:gid:(gecos):home:(shell):extra`; `#` and empty lines are
 * comments. Lines are handled as Latin-1 text, one unit an octet, so that an edit gives every other line back unchanged.
 */

import { latin1Bytes, latin1Text, utf8Text } from "../../tools/kit/base/bytes.ts";

import { parseUserName } from "./user_name.ts";

export interface PasswdLine {
  /** Folded. */
  readonly name: string;
  /** `{SCHEME}data`. */
  readonly stored: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Absolute, or empty for the default. */
  readonly home: string;
  /** Why this user cannot log in, although the line is well-formed. */
  readonly bar: string | undefined;
  readonly line: number;
}

export interface PasswdFault {
  readonly line: number;
  readonly text: string;
}

export interface ParsedPasswd {
  readonly users: ReadonlyMap<string, PasswdLine>;
  readonly faults: readonly PasswdFault[];
}

/** Reads all lines; what cannot be read is told and left out. */
export function parsePasswdFile(bytes: Uint8Array): ParsedPasswd {
  const users = new Map<string, PasswdLine>();
  const faults: PasswdFault[] = [];
  for (const [index, text] of splitLines(bytes).entries()) {
    if (isComment(text)) continue;
    const line = index + 1;
    const parsed = parsePasswdLine(text, line);
    if ("problem" in parsed) {
      faults.push({ line, text: parsed.problem });
      continue;
    }
    const earlier = users.get(parsed.user.name);
    if (earlier !== undefined) {
      faults.push({ line, text: `user "${parsed.user.name}" is already in line ${earlier.line}` });
      continue;
    }
    if (parsed.warning !== undefined) faults.push({ line, text: parsed.warning });
    users.set(parsed.user.name, parsed.user);
  }
  return { users, faults };
}

/** The lines without their ends; what is after the last end is a line when it is not empty. */
function splitLines(bytes: Uint8Array): string[] {
  return latin1Text(bytes).split("\n").map((line) => line.replace(/\r$/, ""));
}

function isComment(text: string): boolean {
  return /^\s*(?:#|$)/.test(text);
}

/** Fields that let a user in under conditions only; not knowing one must not open the door. */
const barringExtras: readonly string[] = ["nologin", "allow_nets", "allow_real_nets", "proxy", "proxy_maybe"];

function parsePasswdLine(
  text: string,
  line: number,
): { readonly user: PasswdLine; readonly warning?: string | undefined } | { readonly problem: string } {
  const [name = "", stored, uid = "", gid = "", _gecos, home = "", _shell, ...extra] = text.split(":");
  const user = parseUserName(name);
  if (user === undefined) return { problem: `"${utf8Text(latin1Bytes(name))}" cannot be a user name` };
  if (stored === undefined) return { problem: `user "${user}": there is no password field` };
  const ids = { uid: parseId(uid), gid: parseId(gid) };
  if (ids.uid === "malformed" || ids.gid === "malformed") {
    return { problem: `user "${user}": uid and gid must be numbers` };
  }
  if (home !== "" && !home.startsWith("/")) {
    return { problem: `user "${user}": home "${home}" is not absolute` };
  }
  const extras = extra.join(":").split(/\s+/).map((field) => field.split("=", 1)[0]!).filter((key) =>
    key !== ""
  );
  const barring = extras.find((key) => barringExtras.includes(key));
  const ignored = extras.filter((key) => !barringExtras.includes(key));
  return {
    user: {
      name: user,
      stored,
      uid: ids.uid,
      gid: ids.gid,
      home: utf8Text(latin1Bytes(home)),
      bar: barring === undefined ? undefined : `extra field "${barring}" is not supported`,
      line,
    },
    warning: ignored.length === 0
      ? undefined
      : `user "${user}": extra field "${ignored[0]}" is not supported and ignored`,
  };
}

function parseId(text: string): number | undefined | "malformed" {
  if (text === "") return undefined;
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1 ? Number(text) : "malformed";
}

/** The file with one more line at its end. */
export function addLine(bytes: Uint8Array, name: string, stored: string): Uint8Array {
  const text = latin1Text(bytes);
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return latin1Bytes(`${text}${gap}${name}:${stored}::::::\n`);
}

/** The file with another password for a user; nothing else of the line changes. */
export function replacePassword(bytes: Uint8Array, name: string, stored: string): Uint8Array {
  return editLines(bytes, name, (line) => {
    const fields = line.split(":");
    fields[1] = stored;
    return fields.join(":");
  });
}

/** The file without a user. */
export function removeLine(bytes: Uint8Array, name: string): Uint8Array {
  return editLines(bytes, name, () => undefined);
}

/** Runs `edit` on the lines of a user, line ends apart; `undefined` takes a line away. */
function editLines(bytes: Uint8Array, name: string, edit: (line: string) => string | undefined): Uint8Array {
  const edited = latin1Text(bytes).split(/(?<=\n)/).map((whole) => {
    const end = /\r?\n?$/.exec(whole)![0];
    const line = whole.slice(0, whole.length - end.length);
    if (isComment(line) || parseUserName(line.split(":", 1)[0]!) !== name) return whole;
    const changed = edit(line);
    return changed === undefined ? "" : changed + end;
  });
  return latin1Bytes(edited.join(""));
}
