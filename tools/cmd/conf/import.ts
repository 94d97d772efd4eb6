/** `mailsrv conf import DIR`: Postfix's settings files as mailsrv.toml. */

import { dirname, resolve } from "@std/path";

import { utf8Bytes } from "../../kit/base/bytes.ts";
import { ConfigError } from "../../kit/base/failure.ts";

import { writeFileAtomically } from "../../../store/file/disk.ts";

import { formatProblem } from "../../config/load.ts";
import { importPostfix } from "../../config/postfix/import_postfix.ts";
import { loadPostfix } from "../../config/postfix/load_postfix.ts";

import type { Command } from "../command.ts";
import { exitCode } from "../exit_code.ts";
import { goodSettings, machineFacts } from "../settings.ts";

export const confImportCommand: Command = {
  name: "conf import",
  summary: "write Postfix's settings as mailsrv.toml",
  arguments: "[DIR]",
  details: [
    "DIR is the directory of main.cf and master.cf; without it /etc/postfix. The text goes to standard output, or with --to into a new file. " +
    "What those files ask for beyond this server, and what has no meaning here, is told by file and line on standard error.",
    "Mail, queue and users are put into mailsrv beside Postfix's queue_directory (/var/spool/mailsrv), or where --data says; " +
    "Postfix's own directories are left alone.",
  ],
  options: [{ name: "to", value: "FILE", summary: "write this file; it must not be there yet" }],
  most: 1,
  run: async (context, given) => {
    const { disk } = context;
    const { to, data } = given.options;
    const directory = resolve(given.rest[0] ?? "/etc/postfix");
    const target = typeof to === "string" ? resolve(to) : undefined;
    if (target !== undefined && await disk.stat(target) !== undefined) {
      throw new ConfigError("is there already; move it away, or import into another file", target);
    }
    const facts = machineFacts();
    const dataDirectory = typeof data === "string" ? resolve(data) : undefined;
    const loaded = await loadPostfix({ directory, disk, facts, dataDirectory });
    for (const notice of loaded.notices) context.complain(`${formatProblem(notice)} [${notice.kind}]`);
    goodSettings(context, loaded);
    const text = await importPostfix(loaded, { path: target ?? loaded.path, disk, facts });
    if (target === undefined) await context.print(text);
    else {
      await disk.mkdir(dirname(target), { parents: true });
      await writeFileAtomically(disk, target, utf8Bytes(text), { mode: 0o644, temporary: `${target}.tmp` });
    }
    return exitCode.ok;
  },
};
