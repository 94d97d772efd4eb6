/**
 * The machine on which local delivery is compared: people with homes, a mail spool, a folder that anybody may write to; and a
 * server on it, Postfix or mailsrv, that reads the same main.cf. Lives in a mount namespace (`inside.ts`).
 */

import { dirname, join } from "@std/path";

import { projectRoot } from "../../architecture/tree.ts";
import { LineClient } from "../../server/line_client.ts";
import { runProgram, until, wait } from "../../server/mailsrv.ts";
import { type LocalCase, type LocalMail, type Outcome, people } from "./case.ts";

const ids = new Map<string, number>([["root", 0], ["nobody", 65_534], ...people]);

const masterCf = (port: number) =>
  `127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
smtp unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

export class LocalMachine {
  readonly folder: string;
  readonly #who: "postfix" | "mailsrv";
  readonly #port: number;
  #process: Deno.ChildProcess | undefined;

  constructor(folder: string, who: "postfix" | "mailsrv") {
    this.folder = folder;
    this.#who = who;
    this.#port = who === "postfix" ? 2525 : 2526;
  }

  #own(name: string): string {
    return join(this.folder, this.#who, name);
  }

  async prepare(settings: readonly string[]): Promise<void> {
    for (const name of ["conf", "queue", "data", "log"]) {
      await Deno.mkdir(this.#own(name), { recursive: true });
    }
    await runProgram("chown", ["postfix", this.#own("data")]);
    const lines = [
      "compatibility_level = 3.6",
      "myhostname = mail.my.test",
      "mydomain = my.test",
      "myorigin = my.test",
      "mydestination = my.test, localhost",
      "mynetworks = 127.0.0.0/8",
      "inet_interfaces = 127.0.0.1",
      "inet_protocols = ipv4",
      "default_transport = error:5.0.0 far away",
      "relay_transport = error:5.0.0 far away",
      "smtpd_peername_lookup = no",
      "smtpd_error_sleep_time = 0",
      "local_recipient_maps =",
      "default_database_type = hash",
      // Each sees the aliases of its case: databases that change within a second are not seen to.
      "max_use = 1",
      "recipient_delimiter = +",
      `queue_directory = ${this.#own("queue")}`,
      `data_directory = ${this.#own("data")}`,
      `maillog_file = ${this.#own("log/maillog")}`,
      `maillog_file_prefixes = ${this.folder}`,
      `alias_maps = hash:${this.#own("conf/aliases")}`,
      `alias_database = hash:${this.#own("conf/aliases")}`,
      `mail_spool_directory = ${this.folder}/spool`,
      "import_environment = MAIL_CONFIG",
      ...this.#who === "mailsrv"
        ? ["mail_name = Postfix", "system_users = yes", `passwd_file = ${this.#own("users")}`]
        : [],
      ...settings.map((line) => this.#fill(line)),
    ];
    await Deno.writeTextFile(this.#own("conf/main.cf"), lines.map((line) => `${line}\n`).join(""));
    await Deno.writeTextFile(this.#own("conf/master.cf"), masterCf(this.#port));
    await Deno.writeTextFile(this.#own("users"), "");
  }

  #fill(text: string): string {
    return text.replaceAll("{}", this.folder);
  }

  async start(): Promise<void> {
    await Deno.writeTextFile(this.#own("log/maillog"), "");
    await this.#writeAliases([]);
    if (this.#who === "postfix") await this.#must("/usr/sbin/postfix", ["-c", this.#own("conf"), "start"]);
    else {
      this.#process = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--quiet",
          "--no-check",
          join(projectRoot, "main.ts"),
          "serve",
          "--postfix",
          this.#own("conf"),
        ],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    }
    await until(async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.#port }).catch(() => undefined);
      conn?.close();
      return conn !== undefined;
    }, `${this.#who} answers`);
  }

  async stop(): Promise<void> {
    if (this.#process === undefined) await this.#must("/usr/sbin/postfix", ["-c", this.#own("conf"), "stop"]);
    else {
      this.#process.kill("SIGTERM");
      await this.#process.status;
    }
  }

  async log(): Promise<string> {
    return await Deno.readTextFile(this.#own("log/maillog"));
  }

  async run(one: LocalCase): Promise<Outcome> {
    await this.#clear();
    await this.#writeAliases(one.aliases ?? []);
    for (const { path, text, owner, mode = 0o644, isLink } of one.files ?? []) {
      const whole = join(this.folder, path);
      await Deno.mkdir(dirname(whole), { recursive: true });
      const id = ids.get(owner ?? /^home\/(\w+)\//.exec(path)?.[1] ?? "root")!;
      if (isLink === true) await Deno.symlink(this.#fill(text), whole);
      else {
        await Deno.writeTextFile(whole, this.#fill(text));
        await Deno.chmod(whole, mode);
      }
      await runProgram("chown", ["-h", `${id}:${id}`, whole]);
    }
    const before = (await this.log()).length;
    for (const mail of one.mails) await this.#send(mail);
    const lines = await this.#settled(before);
    return { fates: lines.map((line) => this.#plainFate(line)).sort(), files: await this.#snapshot() };
  }

  async #clear(): Promise<void> {
    for (const name of ["home", "spool", "out", "lists"]) {
      await Deno.remove(join(this.folder, name), { recursive: true }).catch(() => {});
      await Deno.mkdir(join(this.folder, name));
    }
    for (const name of ["spool", "out"]) await Deno.chmod(join(this.folder, name), 0o1777);
    for (const [name, id] of people) {
      await Deno.mkdir(join(this.folder, "home", name));
      await Deno.chown(join(this.folder, "home", name), id, id);
    }
  }

  async #writeAliases(lines: readonly string[]): Promise<void> {
    const path = this.#own("conf/aliases");
    await Deno.writeTextFile(path, lines.map((line) => `${this.#fill(line)}\n`).join(""));
    if (this.#who === "postfix") {
      await this.#must("/usr/sbin/postalias", ["-c", this.#own("conf"), `hash:${path}`]);
    } else {
      await this.#must(Deno.execPath(), [
        ...[
          "run",
          "-A",
          "--quiet",
          "--no-check",
          join(projectRoot, "main.ts"),
          "alias",
          "build",
          `hash:${path}`,
        ],
      ]);
    }
  }

  async #send({ from, to, header = [], body = "body" }: LocalMail): Promise<void> {
    const client = await LineClient.connect(this.#port);
    try {
      await client.smtp(undefined);
      const say = async (command: string) => {
        const reply = (await client.smtp(command)).at(-1)!;
        if (!/^[23]/.test(reply)) throw new Error(`${this.#who}: ${command}: ${reply}`);
      };
      await say("EHLO client.test");
      await say(`MAIL FROM:<${from}>`);
      for (const one of to) await say(`RCPT TO:<${one}>`);
      await say("DATA");
      const lines = [
        "Date: Wed, 25 Nov 2026 10:00:00 +0000",
        "Message-Id: <1@client.test>",
        "From: s@remote.test",
        ...header,
        "Subject: case",
        "",
        ...this.#fill(body).split("\n"),
        ".",
      ];
      await say(lines.join("\r\n"));
      await client.smtp("QUIT");
    } finally {
      client.close();
    }
  }

  /** Lines that tell of fates, once every message that was begun is done or waits. */
  async #settled(from: number): Promise<readonly string[]> {
    let lines: readonly string[] = [];
    const isDone = async () => {
      lines = (await this.log()).slice(from).split("\n");
      const begun = new Set<string>();
      const done = new Set<string>();
      for (const line of lines) {
        const [, id, rest = ""] = /\]: (\w+): (.*)$/.exec(line) ?? [];
        if (id === undefined) continue;
        if (/^(?:message-id=|from=|client=)/.test(rest)) begun.add(id);
        if (/^removed$|status=deferred|^discard:/.test(rest)) done.add(id);
      }
      return begun.size > 0 && [...begun].every((id) => done.has(id));
    };
    let calm = 0;
    await until(async () => {
      calm = await isDone() ? calm + 1 : 0;
      return calm >= 3;
    }, `${this.#who} is done`).catch((thrown) => {
      throw new Error(lines.join("\n"), { cause: thrown });
    });
    await wait(20);
    return lines.filter((line) => / status=\w+ \(|: \w+: (?:header|body) /.test(line));
  }

  #plainFate(line: string): string {
    return line.replace(/^.*?\]: \w+: /, "")
      // Files tell the original recipient, too; Postfix forgets it in the log below an owner-NAME.
      .replace(/ (?:orig_to=<[^>]*>,|delay=[^,]*, delays=[^,]*,)/g, "")
      .replace(/forwarded as \w+/, "forwarded as ID")
      .replace(/ \)$/, ")")
      // Both say that it cannot be, each in its own words.
      .replace(
        /\((?:temporary failure\. Command output: local: fatal: execvp|cannot run) .*\)$/,
        "(cannot run)",
      )
      .replace(/(cannot append message to file [^:]*|maildir delivery failed): (?!file is exec).*\)$/, "$1)")
      .replaceAll(this.folder, "{}");
  }

  async #snapshot(): Promise<readonly string[]> {
    const found: string[] = [];
    const walk = async (path: string): Promise<void> => {
      for (const { name, isDirectory, isSymlink } of Deno.readDirSync(join(this.folder, path))) {
        const whole = `${path}/${name}`;
        if (isDirectory) {
          const { uid, mode } = await Deno.stat(join(this.folder, whole));
          found.push(`${whole}/ ${uid} ${(mode! & 0o7777).toString(8)}`);
          await walk(whole);
        } else if (!isSymlink && !/\/\.forward|^lists\//.test(whole)) {
          const { uid, mode } = await Deno.stat(join(this.folder, whole));
          const shown = whole.replace(/\/(new|cur|tmp)\/[^/]*$/, "/$1/MAIL");
          const parts = this.#plainText(await Deno.readTextFile(join(this.folder, whole)));
          for (const part of parts) found.push(`${shown} ${uid} ${(mode! & 0o7777).toString(8)}\n${part}`);
        }
      }
    };
    for (const name of ["home", "spool", "out"]) await walk(name);
    return found.sort();
  }

  /** The messages of an mbox, without what differs from one run to the next. */
  #plainText(text: string): readonly string[] {
    return text.replaceAll(this.folder, "{}").replaceAll(/^Content-Length: \d+\n/gm, "").split(/^(?=From )/m)
      .map((part) =>
        part.startsWith("From MAILER-DAEMON ")
          ? "a report\n"
          : part.replace(/^(From \S+) .*$/m, "$1").replaceAll(/^(?:MAIL_CONFIG|PWD)=.*\n/gm, "")
            .replaceAll(/^Received: .*\n(?:[ \t].*\n)*/gm, (field) =>
              field.replace(/id \w+/, "id ID").replace(/;[^;]*$/, "\n"))
            .replaceAll(/^(?:\/|\{\}\/postfix\/queue)$/gm, "(working directory)")
      ).sort();
  }

  async #must(program: string, args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await runProgram(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(" ")} exits with ${code}: ${stderr}${stdout}`);
  }
}
