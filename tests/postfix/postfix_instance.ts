/**
 * A private Postfix: its own configuration, queue and log below one folder, an smtpd service with its own overrides (and the
 * trivial-rewrite that it asks) for each case. Nothing of the installed one is touched.
 */

import { join } from "@std/path";

import { runProgram } from "../server/mailsrv.ts";
import { type Case, fillSettings } from "./case.ts";

export const firstPort = 10_001;
export const firstPolicyPort = 30_001;
export const loginPort = 29_999;

const indexed = /\b(hash|btree):([^\s,{}]+)/g;

/** What all cases have and none says. */
const instanceSettings = (folder: string): readonly string[] => [
  "compatibility_level = 3.6",
  `queue_directory = ${folder}/queue`,
  `data_directory = ${folder}/data`,
  `maillog_file = ${folder}/log/maillog`,
  `maillog_file_prefixes = ${folder}`,
  "smtpd_authorized_xclient_hosts = 127.0.0.0/8",
  "smtpd_peername_lookup = no",
  "smtpd_error_sleep_time = 0",
  "smtpd_client_connection_count_limit = 0",
  "smtpd_sasl_auth_enable = yes",
  "smtpd_sasl_type = dovecot",
  `smtpd_sasl_path = inet:127.0.0.1:${loginPort}`,
  "max_idle = 10s",
  "ipc_timeout = 20s",
  "myhostname = mail.my.test",
  "default_database_type = hash",
  "import_environment = MAIL_CONFIG",
];

const sharedServices = [
  "rewrite unix - - n - - trivial-rewrite",
  "cleanup unix n - n - 0 cleanup",
  "qmgr unix n - n 300 1 qmgr",
  "verify unix - - n - 1 verify",
  "proxymap unix - - n - - proxymap",
  "bounce unix - - n - 0 bounce",
  "defer unix - - n - 0 bounce",
  "trace unix - - n - 0 bounce",
  "flush unix n - n 1000 0 flush",
  "anvil unix - - n - 1 anvil",
  "error unix - - n - - error",
  "retry unix - - n - - error",
  "discard unix - - n - - discard",
  "local unix - n n - - discard",
  "virtual unix - n n - - discard",
  "smtp unix - - n - - discard",
  "relay unix - - n - - discard",
  "scache unix - - n - 1 scache",
  "postlog unix-dgram n - n - 1 postlogd",
];

export class PostfixInstance {
  readonly folder: string;
  readonly #conf: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#conf = join(folder, "conf");
  }

  /** Writes everything, builds the tables and starts it. */
  async start(cases: readonly Case[]): Promise<void> {
    for (const name of ["conf", "queue", "data", "log", "tables"]) {
      await Deno.mkdir(join(this.folder, name), { recursive: true });
    }
    // The services run as postfix, and must get at tables and queue.
    await Deno.chmod(this.folder, 0o755);
    await this.#must("chown", ["postfix", join(this.folder, "data")]);
    await Deno.writeTextFile(
      join(this.#conf, "main.cf"),
      [...instanceSettings(this.folder), ""].join("\n"),
    );
    const services = [...sharedServices];
    for (const [index, one] of cases.entries()) services.push(...await this.#servicesOf(one, index));
    await Deno.writeTextFile(join(this.#conf, "master.cf"), services.join("\n") + "\n");
    await this.#must("postfix", ["-c", this.#conf, "start"]);
  }

  async stop(): Promise<void> {
    await this.#must("postfix", ["-c", this.#conf, "stop"]);
  }

  async #servicesOf(one: Case, index: number): Promise<readonly string[]> {
    const folder = join(this.folder, "tables", String(index));
    await Deno.mkdir(folder);
    for (const [name, lines] of one.tables) {
      await Deno.writeTextFile(join(folder, name), lines.map((line) => `${line}\n`).join(""));
    }
    const settings = fillSettings(one, {
      path: (table) => join(folder, table),
      policy: `inet:127.0.0.1:${firstPolicyPort + index}`,
    });
    await this.#buildTables(settings);
    const overrides = Array.from(settings, ([name, value]) => `  -o { ${name} = ${value} }`);
    return [
      `127.0.0.1:${firstPort + index} inet n - n - - smtpd`,
      `  -o syslog_name=case${index}`,
      `  -o rewrite_service_name=rewrite${index}`,
      ...overrides,
      `rewrite${index} unix - - n - 1 trivial-rewrite`,
      `  -o syslog_name=case${index}`,
      ...overrides,
    ];
  }

  async #buildTables(settings: ReadonlyMap<string, string>): Promise<void> {
    for (const [setting, value] of settings) {
      const specs = Array.from(value.matchAll(indexed), ([spec]) => spec).filter(
        (spec) => spec.includes(this.folder) && !spec.includes("absent"),
      );
      if (specs.length === 0) continue;
      await this.#must(setting.startsWith("alias_") ? "postalias" : "postmap", ["-c", this.#conf, ...specs]);
    }
  }

  /** Lines of the log by case. */
  async logs(): Promise<ReadonlyMap<number, readonly string[]>> {
    const logs = new Map<number, string[]>();
    for (const line of (await this.log()).split("\n")) {
      const found = / case(\d+)\/(?:\S+)\[\d+\]: (.*)$/.exec(line);
      if (found === null) continue;
      const index = Number(found[1]);
      logs.set(index, [...logs.get(index) ?? [], found[2]!]);
    }
    return logs;
  }

  async log(): Promise<string> {
    return await Deno.readTextFile(join(this.folder, "log", "maillog"));
  }

  async #must(program: string, args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await runProgram(`/usr/sbin/${program}`, args).catch(() =>
      runProgram(program, args)
    );
    if (code !== 0) throw new Error(`${program} ${args.join(" ")} exits with ${code}: ${stderr}${stdout}`);
  }
}
