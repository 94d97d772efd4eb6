/** For tests: main.cf and master.cf from texts, on a disk of their own. */

import { utf8Bytes } from "../../kit/base/bytes.ts";

import { writeFileAtomically } from "../../../store/file/disk.ts";
import { SimDisk } from "../../../store/file/sim_disk.ts";

import { formatProblem } from "../load.ts";
import { facts } from "../testing_load.ts";
import type { PostfixOptions } from "./load_postfix.ts";
import { loadPostfix } from "./load_postfix.ts";

/** A master.cf with the usual parts and port 25. */
export const plainMaster = `# service type  private unpriv  chroot  wakeup  maxproc command + args
smtp      inet  n       -       y       -       -       smtpd
pickup    unix  n       -       y       60      1       pickup
cleanup   unix  n       -       y       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
relay     unix  -       -       y       -       -       smtp
        -o syslog_name=postfix/$service_name
`;

/** A disk with files, by path. */
export async function diskWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<SimDisk> {
  const disk = new SimDisk();
  await disk.mkdir("/etc/postfix", { parents: true });
  await disk.mkdir("/etc/ssl", { parents: true });
  for (const [path, text] of Object.entries(files)) {
    await writeFileAtomically(disk, path, typeof text === "string" ? utf8Bytes(text) : text, {
      temporary: "/etc/new",
    });
  }
  return disk;
}

/** Loads main.cf and master.cf from /etc/postfix, beside files that many name. */
export async function load(
  main: string,
  master = plainMaster,
  options: Partial<PostfixOptions> & { readonly files?: Readonly<Record<string, string>> } = {},
) {
  const disk = await diskWith({
    "/etc/aliases": "root: x\n",
    "/etc/aliases.cdb": "",
    ...options.files,
    "/etc/postfix/main.cf": main,
    "/etc/postfix/master.cf": master,
  });
  const loaded = await loadPostfix({ directory: "/etc/postfix", disk, facts, ...options });
  return {
    ...loaded,
    told: loaded.problems.map(formatProblem),
    noticed: loaded.notices.map((notice) => `${notice.kind}: ${formatProblem(notice)}`),
  };
}
