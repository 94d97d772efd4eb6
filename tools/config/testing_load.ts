/** For tests: settings from a text, on a disk of their own. */

import { utf8Bytes } from "../kit/base/bytes.ts";

import { writeFileAtomically } from "../../store/file/disk.ts";
import { SimDisk } from "../../store/file/sim_disk.ts";

import type { LoadOptions } from "./load.ts";
import { formatProblem, loadSettings } from "./load.ts";
import type { Facts } from "./parameter.ts";

/** A machine with two addresses of each family. */
export const facts: Facts = {
  hostname: "box.example.net",
  interfaces: [
    { address: "127.0.0.1", prefixLength: 8 },
    { address: "192.0.2.7", prefixLength: 24 },
    { address: "::1", prefixLength: 128 },
    { address: "2001:db8::7", prefixLength: 64 },
  ],
  version: "1",
};

/** Where `load` puts the settings. */
export const path = "/etc/m/mailsrv.toml";

/** Loads a settings file that stands alone on a disk, with `files` beside it. */
export async function load(
  text: string | Uint8Array,
  options: Partial<LoadOptions> & { readonly files?: readonly string[] } = {},
) {
  const disk = new SimDisk();
  await disk.mkdir("/etc/m/dir", { parents: true });
  const bytes = typeof text === "string" ? utf8Bytes(text) : text;
  for (const file of [path, ...options.files ?? []]) {
    const contents = file === path
      ? bytes
      : utf8Bytes(file === "/etc/mailname" ? "mail.example.org\n" : "x y\n");
    await writeFileAtomically(disk, file, contents, { temporary: "/etc/new" });
  }
  const loaded = await loadSettings({ path, disk, facts, ...options });
  return { ...loaded, told: loaded.problems.map(formatProblem) };
}
