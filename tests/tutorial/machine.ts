/**
 * The machine of the tutorial: /etc, /home and /var below one folder, and the commands by the names that it types. The
 * server takes the tutorial's own main.cf; what it is said beside that stands in `master.cf` and the last lines of main.cf.
 *
 * Its users have accounts when the test may make them (as root, in a mount namespace with a passwd(5) of its own); else
 * they are mail users only, which have no ~/.forward.
 */

import { join, resolve } from "@std/path";

import { callControl, NotRunning } from "../../tools/kit/net/control_socket.ts";
import { utf8Text } from "../../tools/kit/base/bytes.ts";

import { LineClient } from "../server/line_client.ts";
import { type CommandResult, programLine, runProgram, until } from "../server/mailsrv.ts";

/** As section 2.2 writes it; `/etc` is the folder's. */
const mainCf = `myhostname = server.lan
mydomain = lan
inet_interfaces = all
inet_protocols = all
mydestination = $myhostname, localhost.$mydomain, localhost, server.lan, Li-911m.lan, client.lan
mynetworks = 168.100.189.0/28, 127.0.0.0/8, 10.0.0.0/8, hash:/etc/postfix/access
relay_domains = $mydestination
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
`;

/** Other defaults stay (section 2.2): of the main.cf that a new Postfix comes with. */
const shipped = "compatibility_level = 3.6\n";

/** Where this machine is not the tutorial's: users without accounts, another port, and clients that say who they are. */
const ours = `mail_spool_directory = /var/spool/mail
queue_directory = /var/spool/postfix
passwd_file = /etc/users
system_users = yes
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_error_sleep_time = 0
`;

const people = [["root", 0], ["li", 20_001], ["li02", 20_002]] as const;

/** Accounts of its own. */
export const hasAccounts = Deno.uid() === 0;

export class Machine {
  readonly folder: string;
  #process: Deno.ChildProcess | undefined;
  #output: Promise<unknown> = Promise.resolve();
  #port = 0;
  log = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Machine> {
    const machine = new Machine(await Deno.makeTempDir({ prefix: "mailsrv-tutorial-" }));
    await Deno.chmod(machine.folder, 0o755);
    const folders = ["etc/postfix", "home/li", "home/li02", "home/root", "var/spool/mail", "bin"];
    for (const name of folders) await Deno.mkdir(machine.path(name), { recursive: true });
    await Deno.chmod(machine.path("var/spool/mail"), 0o1777);
    await machine.#writeUsers();
    await machine.write("etc/postfix/master.cf", "127.0.0.1:0 inet n - n - - smtpd\n");
    await machine.write("etc/postfix/main.cf", machine.local(shipped + mainCf + ours));
    await machine.write("etc/postfix/access", "");
    await machine.write("etc/aliases", "postmaster: root\n");
    return machine;
  }

  async #writeUsers(): Promise<void> {
    const users = people.map(([name]) => `${name}:{PLAIN}secret::::${this.path("home", name)}::\n`);
    await this.write("etc/users", hasAccounts ? "" : users.join(""));
    await Deno.chmod(this.path("etc/users"), 0o600);
    const accounts = people.map(([name, id]) =>
      `${name}:x:${id}:${id}::${this.path("home", name)}:/bin/sh\n`
    );
    await this.write("etc/passwd", accounts.join(""));
    if (!hasAccounts) return;
    for (const [name, id] of people) await Deno.chown(this.path("home", name), id, id);
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** The tutorial's absolute paths, here. */
  local(text: string): string {
    return text.replaceAll(/(?<=[ :])\/(?=(?:etc|var|home)\/)/g, `${this.folder}/`);
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(this.path(name), text, { mode: 0o644 });
  }

  /** What a person types: `postmap hash:/etc/postfix/access`. */
  async type(
    line: string,
    options: { readonly input?: string; readonly folder?: string } = {},
  ): Promise<CommandResult> {
    const [name, ...args] = this.local(line).split(" ");
    const [program, ...first] = programLine();
    const link = this.path("bin", name!);
    await Deno.symlink(resolve(program!), link).catch(() => {});
    const environment = Object.entries(this.#environment).map(([key, value]) => `${key}=${value}`);
    return await runProgram("/usr/bin/env", [...environment, link, ...first, ...args], {
      cwd: options.folder ?? this.folder,
      input: options.input ?? "",
    });
  }

  get #environment(): Readonly<Record<string, string>> {
    return { MAILSRV_POSTFIX: this.path("etc/postfix"), MAILSRV_DATA: this.path("var/mailsrv") };
  }

  /** `systemctl start postfix` */
  async start(): Promise<void> {
    const line = [...programLine(), "serve"];
    const withPasswd = `mount --bind ${this.path("etc/passwd")} /etc/passwd && exec "$@"`;
    const [program, ...args] = hasAccounts
      ? ["unshare", "--mount", "sh", "-c", withPasswd, "sh", ...line]
      : line;
    const process = this.#process = new Deno.Command(program!, {
      args,
      cwd: this.folder,
      env: this.#environment,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream) this.log += utf8Text(chunk);
    };
    this.#output = Promise.all([collect(process.stdout), collect(process.stderr)]);
    let hasEnded = false;
    process.status.then(() => hasEnded = true);
    await until(async () => {
      if (hasEnded) throw new Error(`serve ended:\n${this.log}`);
      return await this.#findPort();
    }, "the server answers");
  }

  async #findPort(): Promise<boolean> {
    try {
      const { listeners } = await this.#control("status") as { listeners: { name: string; port: number }[] };
      this.#port = listeners.find(({ name }) => name === "smtp")!.port;
      return true;
    } catch (thrown) {
      if (thrown instanceof NotRunning || /starting/.test(String(thrown))) return false;
      throw thrown;
    }
  }

  async #control(method: string): Promise<unknown> {
    const answer = callControl(this.path("var/mailsrv/control.sock"), method, null);
    for (;;) {
      const step = await answer.next();
      if (step.done === true) return step.value;
    }
  }

  /** `systemctl stop postfix` */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.kill("SIGTERM");
    await process.status;
    await this.#output;
  }

  /** Whatever is in the queue has been delivered. */
  async drained(): Promise<void> {
    await until(async () => {
      const { queue } = await this.#control("status") as { queue: Readonly<Record<string, number>> };
      return Object.values(queue).every((count) => count === 0);
    }, "the queue is empty");
  }

  /** The reply to RCPT, or to the message when `text` is given; the client is who it says, of name and address. */
  async mail(mail: {
    readonly client?: string;
    readonly from?: string;
    readonly to: string;
    readonly text?: string;
  }): Promise<string> {
    const client = await LineClient.connect(this.#port);
    try {
      await client.smtp(undefined);
      const [name, address] = (mail.client ?? "client.lan 127.0.0.1").split(" ");
      await client.smtp(`XCLIENT NAME=${name} ADDR=${address}`);
      await client.smtp("EHLO client.lan");
      await client.smtp(`MAIL FROM:<${mail.from ?? "someone@example.com"}>`);
      const reply = (await client.smtp(`RCPT TO:<${mail.to}>`)).at(-1)!;
      if (mail.text === undefined || !reply.startsWith("2")) return reply;
      await client.smtp("DATA");
      return (await client.smtp(`${mail.text}\r\n.`)).at(-1)!;
    } finally {
      client.close();
    }
  }

  /** The mailbox file of a user; nothing is an empty text. */
  async mailbox(user: string): Promise<string> {
    return await Deno.readTextFile(this.path("var/spool/mail", user)).catch(() => "");
  }

  async dispose(): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}
