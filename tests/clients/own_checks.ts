/**
 * Checks of clients that need no script from elsewhere: each gives what is wrong, or nothing. They run one after
 * another over one account that is empty at the start of each.
 */

import { join } from "@std/path";

import type { Mailsrv } from "../server/mailsrv.ts";
import { hasProgram, runProgram, wait } from "../server/mailsrv.ts";

export interface OwnCheck {
  /** The program it needs. */
  readonly name: string;
  run(stage: Stage): Promise<string | undefined>;
}

/** What a check works with. */
export interface Stage {
  readonly server: Mailsrv;
  readonly user: string;
  readonly password: string;
  /** For the client's own files. */
  readonly folder: string;
  /** The account's Maildir. */
  readonly maildir: string;
}

const swaks: OwnCheck = {
  name: "swaks",
  run: async ({ server, user, password, maildir }) => {
    const tls = ["--tls-verify", "--tls-ca-path", server.ca];
    const common = ["--ehlo", "client.test", "--to", `${user}@localhost`, "--h-Subject", "by swaks"];
    const attempts: readonly (readonly string[])[] = [
      ["--server", `localhost:${server.port("smtp")}`, "--from", "a@remote.test", "--pipeline"],
      ["--server", `localhost:${server.port("submission")}`, "-tls", ...tls, "--auth", "PLAIN"],
      ["--server", `localhost:${server.port("submissions")}`, "-tlsc", ...tls, "--auth", "LOGIN"],
    ];
    for (const [index, attempt] of attempts.entries()) {
      const login = index === 0 ? [] : ["--from", `${user}@localhost`, "-au", user, "-ap", password];
      const { code, stdout, stderr } = await runProgram("swaks", [...attempt, ...login, ...common]);
      if (code !== 0) return `${attempt.join(" ")} ends with ${code}: ${(stdout + stderr).slice(-500)}`;
    }
    return await arrive(maildir, "by swaks", attempts.length);
  },
};

const curl: OwnCheck = {
  name: "curl",
  run: async ({ server, user, password, maildir }) => {
    await send(server, user, "for curl");
    const missing = await arrive(maildir, "for curl", 1);
    if (missing !== undefined) return missing;
    const common = ["-sS", "--cacert", server.ca, "--user", `${user}:${password}`];
    for (
      const url of [
        `pop3s://localhost:${server.port("pop3s")}/1`,
        `imaps://localhost:${server.port("imaps")}/INBOX;MAILINDEX=1`,
      ]
    ) {
      const { stdout, stderr } = await runProgram("curl", [...common, url]);
      if (!stdout.includes("Subject: for curl")) return `${url} gave: ${stdout}${stderr}`;
    }
    return undefined;
  },
};

/** Twice: the second time there is nothing to do, which shows that UIDs and flags are stable. */
const mbsync: OwnCheck = {
  name: "mbsync",
  run: async ({ server, user, password, folder, maildir }) => {
    for (let number = 0; number < 3; number++) await send(server, user, "for mbsync");
    const missing = await arrive(maildir, "for mbsync", 3);
    if (missing !== undefined) return missing;
    const near = join(folder, "near");
    await Deno.mkdir(near);
    const settings = join(folder, "mbsyncrc");
    await Deno.writeTextFile(
      settings,
      `IMAPAccount a\nHost localhost\nPort ${
        server.port("imap")
      }\nUser ${user}\nPass ${password}\nSSLType STARTTLS\n` +
        `CertificateFile ${server.ca}\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath ${near}/\nInbox ${near}/INBOX\n\n` +
        `Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n`,
    );
    const listings: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { code, stdout, stderr } = await runProgram("mbsync", ["-c", settings, "-a"]);
      if (code !== 0) return `round ${round + 1} ends with ${code}: ${stdout}${stderr}`;
      const names = (await messagesIn(join(near, "INBOX"))).map(({ path }) => path);
      if (names.length !== 3) return `round ${round + 1} has ${names.length} messages, not 3`;
      listings.push(names.sort().join("\n"));
    }
    return listings[0] === listings[1] ? undefined : "the second round changed something";
  },
};

const fetchmail: OwnCheck = {
  name: "fetchmail",
  run: async ({ server, user, password, folder, maildir }) => {
    await send(server, user, "for fetchmail");
    const missing = await arrive(maildir, "for fetchmail", 1);
    if (missing !== undefined) return missing;
    const settings = join(folder, "fetchmailrc");
    const fetched = join(folder, "fetched");
    await Deno.writeTextFile(
      settings,
      `set idfile "${folder}/ids"\npoll localhost protocol pop3 port ${
        server.port("pop3s")
      } uidl user "${user}" ` +
        `password "${password}" is "me" here nokeep ssl sslcertck sslcertfile "${server.ca}" mda "cat >> ${fetched}"\n`,
      { mode: 0o600 },
    );
    const args = ["-f", settings, "--pidfile", join(folder, "pid")];
    const { code, stdout, stderr } = await runProgram("fetchmail", args);
    if (code !== 0) return `ends with ${code}: ${stdout}${stderr}`;
    if (!(await Deno.readTextFile(fetched)).includes("Subject: for fetchmail")) {
      return "the mail was not fetched";
    }
    return (await messagesIn(maildir)).length === 0 ? undefined : "the mail was not removed at QUIT";
  },
};

/** Sends by SMTP, and then reads the Maildir on disk without the server: it is a Maildir as others know it. */
const mutt: OwnCheck = {
  name: "mutt",
  run: async ({ server, user, password, folder, maildir }) => {
    const settings = join(folder, "muttrc");
    await Deno.writeTextFile(
      settings,
      `set smtp_url="smtps://${user}@localhost:${
        server.port("submissions")
      }/"\nset smtp_pass="${password}"\n` +
        `set from="${user}@localhost"\nset hostname="client.test"\nset certificate_file="${server.ca}"\n` +
        `set ssl_force_tls=yes\nset copy=no\n`,
    );
    const args = ["-n", "-F", settings, "-s", "by mutt", `${user}@localhost`];
    const sent = await runProgram("mutt", args, { input: "hello\n.dot\n" });
    if (sent.code !== 0) return `ends with ${sent.code}: ${sent.stderr}${sent.stdout}`;
    const missing = await arrive(maildir, "by mutt", 1);
    if (missing !== undefined) return missing;
    const [message] = await messagesIn(maildir);
    if (!message!.text.includes("\n.dot\n")) return "the dot at the start of a line was lost";
    // With -Z mutt ends with 0 when there is new mail and with 1 when there is none.
    const listed = await runProgram("mutt", ["-n", "-F", "/dev/null", "-R", "-Z", "-f", maildir]);
    return listed.code > 1 ? `mutt cannot open ${maildir}: ${listed.stderr}` : undefined;
  },
};

export const ownChecks: readonly OwnCheck[] = [swaks, curl, mbsync, fetchmail, mutt];

/** Runs one over an empty account. */
export async function runOwnCheck(
  check: OwnCheck,
  stage: Omit<Stage, "maildir" | "folder">,
): Promise<string | undefined> {
  if (!await hasProgram(check.name)) return "it is not installed";
  const folder = await Deno.makeTempDir({ prefix: `mailsrv-${check.name}-` });
  const maildir = join(stage.server.data, "mail", stage.user, "Maildir");
  try {
    for (const { path } of await messagesIn(maildir)) await Deno.remove(path);
    return await check.run({ ...stage, folder, maildir });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function send(server: Mailsrv, user: string, subject: string): Promise<void> {
  await server.mustRun(["send", `${user}@localhost`], `Subject: ${subject}\n\nx\n`);
}

async function messagesIn(
  maildir: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const messages: { path: string; text: string }[] = [];
  for (const part of ["new", "cur"]) {
    const entries = await Array.fromAsync(Deno.readDir(join(maildir, part))).catch(() => []);
    for (const entry of entries) {
      const path = join(maildir, part, entry.name);
      messages.push({ path, text: await Deno.readTextFile(path).catch(() => "") });
    }
  }
  return messages;
}

/** Waits until so many messages with this subject are there. */
async function arrive(maildir: string, subject: string, count: number): Promise<string | undefined> {
  for (let tries = 0; tries < 200; tries++) {
    const there = (await messagesIn(maildir)).filter(({ text }) => text.includes(`Subject: ${subject}\n`));
    if (there.length >= count) return undefined;
    await wait(100);
  }
  return `not all ${count} messages with the subject "${subject}" arrived`;
}
