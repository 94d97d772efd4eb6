/** What `serve` prints for the person who started it: where things are and what to type next. */

import { relative } from "@std/path";

import type { BoundListener } from "../../kit/net/server.ts";

export interface GreetingFacts {
  /** What to type to run this program again. */
  readonly prefix: string;
  readonly workingDirectory: string;
  readonly dataDirectory: string;
  readonly settingsFile: string;
  readonly certificateAuthority: string | undefined;
  readonly listeners: readonly BoundListener[];
  /** `alice@localhost`, the address of an account to try things with. */
  readonly address: string;
  readonly user: string;
  /** Known only in the first start; later the person has it. */
  readonly password: string | undefined;
}

/** The lines after a start from the default place. */
export function formatGreeting(facts: GreetingFacts): string {
  const { prefix, user, address, password } = facts;
  const near = (path: string) => quoteForShell(relative(facts.workingDirectory, path) || ".");
  const secret = password ?? "PASSWORD";
  const port = (name: string) => facts.listeners.find((listener) => listener.name === name)?.port;
  const option = facts.dataDirectory === `${facts.workingDirectory}/mailsrv-data`
    ? ""
    : ` --data ${near(facts.dataDirectory)}`;
  const ca = facts.certificateAuthority === undefined ? "-k" : `--cacert ${near(facts.certificateAuthority)}`;
  const [imaps, submissions, pop3s] = [port("imaps"), port("submissions"), port("pop3s")];
  const parts = [
    password === undefined
      ? `mailsrv is running with ${near(facts.settingsFile)}.`
      : `mailsrv is running. Everything it keeps is in ${near(facts.dataDirectory)}; its settings are in ${
        near(facts.settingsFile)
      }.\n\n` +
        `A first account was made:   user ${user}   password ${password}   address ${address}`,
    `Send a mail:\n  printf 'Subject: hello\\n\\nIt works.\\n' | ${prefix} send${option} ${address}`,
  ];
  if (submissions !== undefined) {
    parts.push(
      `Send one as a mail program does, with a login:\n  printf 'From: ${address}\\nSubject: hello again\\n\\nIt works.\\n' | ` +
        `curl -sS ${ca} --user ${user}:${secret} --mail-from ${address} --mail-rcpt ${address} --upload-file - --crlf smtps://localhost:${submissions}`,
    );
  }
  if (imaps !== undefined) {
    parts.push(
      `Read it:\n  curl -sS ${ca} --user ${user}:${secret} 'imaps://localhost:${imaps}/INBOX;MAILINDEX=1'`,
    );
  }
  if (pop3s !== undefined) {
    parts.push(`Read it by POP3:\n  curl -sS ${ca} --user ${user}:${secret} pop3s://localhost:${pop3s}/1`);
  }
  parts.push(
    `Add a user:\n  ${prefix} user add${option} bob`,
    `Look at the queue, the server, the commands:\n  ${prefix} queue list${option}\n  ${prefix} status${option}\n  ${prefix} help`,
    thunderbirdSettings(facts, { imaps, submissions }),
    "Stop it with Ctrl-C.",
  );
  return `\n${parts.join("\n\n")}\n\n`;
}

function thunderbirdSettings(
  { user, address, certificateAuthority, workingDirectory }: GreetingFacts,
  ports: { readonly imaps: number | undefined; readonly submissions: number | undefined },
): string {
  const trust = certificateAuthority === undefined
    ? ""
    : `\n  To trust the certificate: Settings, Privacy & Security, Certificates, Manage, Authorities, Import: ${
      relative(workingDirectory, certificateAuthority)
    }`;
  return `Thunderbird (Account Setup, Configure manually), address ${address}, user name ${user}:\n` +
    `  incoming: IMAP, localhost, port ${ports.imaps ?? "-"}, SSL/TLS, Normal password\n` +
    `  outgoing: SMTP, localhost, port ${ports.submissions ?? "-"}, SSL/TLS, Normal password${trust}`;
}

/** A path as a shell takes it. */
function quoteForShell(text: string): string {
  return /^[A-Za-z0-9_./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
