/** Where mail is: `maildir:PATH`, `mbox:PATH:INBOX=PATH` (Dovecot mail_location). */

import { join } from "@std/path";

import type { Parameter, RawValue, Read, Row } from "./parameter.ts";
import { parameter } from "./parameter.ts";

/** A mail location; relative paths in it are meant from the directory of the settings file. */
export function location(row: Row<string>): Parameter<string> {
  return parameter(row, {
    kind: "text",
    form: "maildir:PATH or mbox:PATH:INBOX=PATH",
    read: (raw, { directory }) =>
      readLocation(raw, (path) => /^[~/]|^%h/.test(path) ? path : join(directory, path)),
  });
}

function readLocation(raw: RawValue, place: (path: string) => string): Read<string> {
  if (typeof raw !== "string") return { problem: `expected text such as "maildir:~/Maildir"` };
  const text = raw.trim();
  if (text === "") return { value: "" };
  const [driver = "", path = "", ...options] = text.split(":");
  if (driver !== "maildir" && driver !== "mbox") {
    return { problem: `expected maildir:PATH or mbox:PATH, not "${text}"` };
  }
  if (path === "") return { problem: `there is no path after ${driver}:` };
  const placed: string[] = [driver, place(path)];
  for (const option of options) {
    const inbox = /^INBOX=(.+)$/.exec(option)?.[1];
    if (driver !== "mbox" || inbox === undefined) {
      return { problem: `option "${option}" is not known to ${driver}` };
    }
    placed.push(`INBOX=${place(inbox)}`);
  }
  const variable = /%(?![undh%])(.|$)/.exec(text)?.[0];
  return variable === undefined
    ? { value: placed.join(":") }
    : { problem: `unknown variable "${variable}"; there are %u, %n, %d, %h` };
}
