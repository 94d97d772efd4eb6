/**
 * A server with the set-up of the reports: the local domain ref.test, users u1 (password pw1) and u2 (pw2), every
 * listener on a free port, TLS under an authority of its own. One folder and one process for each test file.
 */

import { join } from "@std/path";

import { latin1Text, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";

import { realDisk } from "../../store/file/real_disk.ts";
import { buildTable } from "../../store/table/build.ts";

import { Mailsrv, until } from "../server/mailsrv.ts";

import { Peer } from "./peer.ts";

export type Service = "smtp" | "submission" | "submissions" | "lmtp" | "pop3" | "pop3s" | "imap" | "imaps";

const services: readonly Service[] = [
  ...["smtp", "submission", "submissions", "lmtp"] as const,
  ...["pop3", "pop3s", "imap", "imaps"] as const,
];

export interface WorldOptions {
  /** TOML that follows the rest; a key here takes the place of the one below. */
  readonly settings?: string;
  /** Source of the alias table. */
  readonly aliases?: string;
  /** Beside u1 and u2; the password of each is `secret`. */
  readonly users?: readonly string[];
  /** Lines of the passwd-file as they are. */
  readonly userLines?: readonly string[];
  /** Called before the start, with the data directory. */
  readonly prepare?: (data: string) => Promise<void>;
}

const defaults: Readonly<Record<string, string>> = {
  myhostname: `"mx.ref.test"`,
  mydestination: `["ref.test", "$myhostname", "localhost"]`,
  myorigin: `"ref.test"`,
  mynetworks: `[]`,
  smtpd_tls_cert_file: `"cert.pem"`,
  smtpd_tls_key_file: `"key.pem"`,
  mail_location: `"maildir:~/Maildir"`,
  alias_maps: `["hash:aliases"]`,
  recipient_delimiter: `"+"`,
  // Tests make many mistakes; those about the delays set them.
  smtpd_error_sleep_time: `"0s"`,
  auth_failure_delay: `"0s"`,
  smtpd_hard_error_limit: `1000`,
  shutdown_limit: `"1s"`,
  // Nobody out there is asked, and no mail leaves, unless a test says whom to ask.
  dns_servers: `["127.0.0.1:9"]`,
  dns_timeout: `"200ms"`,
};

export class World {
  readonly server: Mailsrv;
  readonly data: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  #ports = new Map<string, number>();
  /** All that were ever opened; closed at the end, whatever a test forgot. */
  readonly #peers: Peer[] = [];

  private constructor(server: Mailsrv, ca: string) {
    this.server = server;
    this.data = server.data;
    this.ca = ca;
  }

  /** The files of a server that is not started. */
  static async prepare(options: WorldOptions = {}): Promise<World> {
    const folder = await Deno.makeTempDir({ prefix: "mailsrv-world-" });
    const server = new Mailsrv(folder);
    await Deno.mkdir(server.data, { mode: 0o700 });
    const nowMs = Date.now();
    const authority = await createAuthority({ name: "ref.test authority", nowMs, random: realRandom });
    const leaf = await issueCertificate(authority, { names: ["localhost"], nowMs, random: realRandom });
    const world = new World(server, authority.certPem);
    const users = [
      "u1:{PLAIN}pw1",
      "u2:{PLAIN}pw2",
      ...(options.users ?? []).map((name) => `${name}:{PLAIN}secret`),
    ];
    await world.write("cert.pem", leaf.certPem);
    await world.write("key.pem", leaf.keyPem);
    await world.write("users", [...users, ...options.userLines ?? []].map((line) => `${line}\n`).join(""));
    await world.setAliases(options.aliases ?? "postmaster: u1\n");
    await world.configure(options.settings ?? "");
    await options.prepare?.(server.data);
    return world;
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const world = await World.prepare(options);
    try {
      await world.start();
    } catch (thrown) {
      await world.dispose();
      throw thrown;
    }
    return world;
  }

  async start(): Promise<void> {
    await this.server.start();
    const { listeners } = await this.server.control("status") as {
      listeners: { name: string; port: number }[];
    };
    this.#ports = new Map(listeners.map(({ name, port }) => [name, port]));
  }

  /** Writes mailsrv.toml: what every world has, with `settings` before it. */
  async configure(settings: string): Promise<void> {
    const own = new Set([...settings.matchAll(/^(\w+)\s*=/gm)].map(([, name]) => name!));
    const listeners = services.map((name) => [`listen_${name}`, `["127.0.0.1:0"]`] as const);
    const lines = [...Object.entries(defaults), ...listeners].filter(([name]) => !own.has(name));
    const text = lines.map(([name, value]) => `${name} = ${value}\n`).join("");
    await this.write("mailsrv.toml", `${text}${settings}\n`);
  }

  /** Writes and builds the alias table. */
  async setAliases(source: string): Promise<void> {
    await this.write("aliases", source);
    await buildTable({ kind: "alias", path: this.path("aliases"), disk: realDisk, random: realRandom });
  }

  path(...names: readonly string[]): string {
    return join(this.data, ...names);
  }

  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(this.path(name), text, { mode: 0o600 });
  }

  port(service: Service): number {
    const port = this.#ports.get(service);
    if (port === undefined) throw new Error(`no listener ${service}`);
    return port;
  }

  connect(service: Service): Promise<Peer> {
    if (!service.endsWith("s")) return this.connectPlain(service);
    return this.#keep(Peer.connectTls(this.port(service), this.ca));
  }

  /** TCP alone, also to a port that wants TLS. */
  connectPlain(service: Service): Promise<Peer> {
    return this.#keep(Peer.connect(this.port(service)));
  }

  async #keep(opening: Promise<Peer>): Promise<Peer> {
    const peer = await opening;
    this.#peers.push(peer);
    return peer;
  }

  /** Texts of the files in `new` and `cur` of a user's INBOX, octets as Latin-1; those in `new` first. */
  async maildir(user: string): Promise<readonly string[]> {
    const texts: string[] = [];
    for (const folder of ["new", "cur"]) {
      const directory = this.path("mail", user, "Maildir", folder);
      const names = await Array.fromAsync(Deno.readDir(directory)).catch(() => []);
      for (const { name } of names.sort((left, right) => left.name < right.name ? -1 : 1)) {
        texts.push(latin1Text(await Deno.readFile(join(directory, name))));
      }
    }
    return texts;
  }

  /** Waits for a message with these words in a user's maildir, and gives its text. */
  async arrived(user: string, words: string): Promise<string> {
    let found: string | undefined;
    await until(
      async () => (found = (await this.maildir(user)).find((text) => text.includes(words))) !== undefined,
      `"${words}" is in ${user}'s maildir`,
    );
    return found!;
  }

  /** Waits for a line of the log. */
  async logged(line: RegExp): Promise<void> {
    await until(() => line.test(this.server.log), `${line} is in the log:\n${this.server.log.slice(-3000)}`);
  }

  async dispose(): Promise<void> {
    for (const peer of this.#peers) peer.close();
    await this.server.dispose();
  }
}

export type RunStep = (name: string, run: () => Promise<void>) => Promise<void>;

/** A test whose steps share one server; when a step fails the end of the server's log is printed. */
export function worldTest(
  name: string,
  options: WorldOptions,
  body: (world: World, step: RunStep) => Promise<void>,
): void {
  Deno.test(name, async (test) => {
    const world = await World.start(options);
    let isGood = true;
    try {
      await body(world, async (name, run) => {
        isGood = await test.step(name, run) && isGood;
      });
    } catch (thrown) {
      isGood = false;
      throw thrown;
    } finally {
      if (!isGood) console.error(world.server.log.split("\n").slice(-30).join("\n"));
      await world.dispose();
    }
  });
}

/** The octets of UTF-8 as peers take them. */
export function utf8Octets(text: string): string {
  return latin1Text(utf8Bytes(text));
}
