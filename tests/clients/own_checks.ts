/** Checks of clients that need no script from elsewhere: each gives what is wrong, or nothing. */

import { join } from "@std/path";

import type { Mailsrv } from "../server/mailsrv.ts";
import { hasProgram, runProgram, wait } from "../server/mailsrv.ts";

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface OwnCheck {
  readonly name: string;
  run(server: Mailsrv, login: Login): Promise<string | undefined>;
}

/** mutt reads the Maildir itself, beside the running server, and sends by SMTP. */
const mutt: OwnCheck = {
  name: "mutt",
  run: async (server, { user, password }) => {
    if (!await hasProgram("mutt")) return "mutt is not installed";
    const settings = join(server.folder, "muttrc");
    await Deno.writeTextFile(
      settings,
      [
        `set folder="imaps://localhost:${server.port("imaps")}/"`,
        `set spoolfile="+INBOX"`,
        `set imap_user="${user}"`,
        `set imap_pass="${password}"`,
        `set smtp_url="smtps://${user}@localhost:${server.port("submissions")}/"`,
        `set smtp_pass="${password}"`,
        `set from="${user}@localhost"`,
        `set hostname="client.test"`,
        `set certificate_file="${server.ca}"`,
        `set ssl_force_tls=yes`,
        `set copy=no`,
        `set wait_key=no`,
        `set quit=yes`,
        `set confirmappend=no`,
        "",
      ].join("\n"),
    );
    const sent = await runProgram("mutt", ["-n", "-F", settings, "-s", "sent by mutt", `${user}@localhost`], {
      cwd: server.folder,
      input: "hello\n.dot\n",
    });
    if (sent.code !== 0) return `mutt exits with ${sent.code}: ${sent.stderr}${sent.stdout}`;
    const folder = join(server.data, "mail", user, "Maildir");
    for (let tries = 0; tries < 100; tries++) {
      const path = await findMessage(folder, "Subject: sent by mutt");
      if (path !== undefined) return await readByMutt(server, folder, path);
      await wait(100);
    }
    return "what mutt sent did not arrive";
  },
};

/** mutt opens the Maildir on disk, without the server: it is a Maildir as others know it. */
async function readByMutt(server: Mailsrv, folder: string, path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path);
  if (!text.includes("\n.dot\n")) return "the dot at the start of a line was lost";
  const listed = await runProgram("mutt", ["-n", "-F", "/dev/null", "-R", "-Z", "-f", folder], {
    cwd: server.folder,
  });
  // Exit code 1 means: no new mail there.
  return listed.code > 1 ? `mutt cannot open ${folder}: ${listed.stderr}` : undefined;
}

async function findMessage(folder: string, line: string): Promise<string | undefined> {
  for (const part of ["new", "cur"]) {
    for await (const entry of Deno.readDir(join(folder, part))) {
      const path = join(folder, part, entry.name);
      if ((await Deno.readTextFile(path).catch(() => "")).includes(`${line}\n`)) return path;
    }
  }
  return undefined;
}

export const ownChecks: readonly OwnCheck[] = [mutt];
