/**
 * A mailsrv process for tests: started in an empty folder of its own, as a person would start it, from source or from
 * the executable that `MAILSRV_BIN` names.
 */

import { dirname, join, resolve } from "@std/path";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { callControl, NotRunning } from "../../tools/kit/net/control_socket.ts";

import { projectRoot } from "../architecture/tree.ts";

export type ServiceName = "smtp" | "submission" | "submissions" | "pop3" | "pop3s" | "imap" | "imaps";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How `serve` is started: the executable, or the project's own task. */
export function programLine(): readonly string[] {
  const binary = Deno.env.get("MAILSRV_BIN");
  if (binary !== undefined && binary !== "") return [resolve(binary)];
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(projectRoot, "deno.json"))) as {
    tasks: Readonly<Record<string, string>>;
  };
  const words = tasks.serve!.split(" ").filter((word) => word !== "");
  const flags = words.slice(words.indexOf("run") + 1, words.indexOf("main.ts"));
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--config",
    join(projectRoot, "deno.json"),
    ...flags,
    join(projectRoot, "main.ts"),
  ];
}

export const isBinary = (Deno.env.get("MAILSRV_BIN") ?? "") !== "";

export class Mailsrv {
  /** Where it was started; its data is in `mailsrv-data` below. */
  readonly folder: string;
  readonly data: string;
  /** The first account. */
  user = "";
  password = "";
  /** The file of the certificate authority, PEM. */
  readonly ca: string;
  #process: Deno.ChildProcess | undefined;
  #output: Promise<unknown> = Promise.resolve();
  #ports: ReadonlyMap<string, number> = new Map();
  /** All that the process wrote, output and errors. */
  log = "";

  constructor(folder: string) {
    this.folder = folder;
    this.data = join(folder, "mailsrv-data");
    this.ca = join(this.data, "ca.pem");
  }

  /** A folder of its own, and a first start in it; stopped and removed by `dispose`. */
  static async create(): Promise<Mailsrv> {
    const server = new Mailsrv(await Deno.makeTempDir({ prefix: "mailsrv-" }));
    try {
      await server.#startFirst();
    } catch (thrown) {
      await server.dispose();
      throw thrown;
    }
    return server;
  }

  /** The ports of a first start are fixed, and somebody else may have one of them: then it is started on others. */
  async #startFirst(): Promise<void> {
    try {
      return await this.start();
    } catch (thrown) {
      if (!/in use/i.test(String(thrown))) throw thrown;
    }
    await this.stop();
    await this.freePorts();
    // The password is shown only by a start that succeeds.
    this.user = (await this.mustRun(["user", "list"])).split("\n")[0]!;
    this.password = "set-by-the-test";
    await this.mustRun(["user", "passwd", this.user], `${this.password}\n`);
    await this.start();
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error("mailsrv is not running");
    return this.#process.pid;
  }

  port(service: ServiceName): number {
    const port = this.#ports.get(service);
    if (port === undefined) throw new Error(`no listener ${service} in ${JSON.stringify([...this.#ports])}`);
    return port;
  }

  /** Starts it and waits until it answers. @throws Error with all it said when it ends instead */
  async start(options: { readonly limitMs?: number } = {}): Promise<void> {
    const [program, ...args] = programLine();
    this.log = "";
    this.#process = new Deno.Command(program!, {
      args: [...args, "serve"],
      cwd: this.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream) this.log += utf8Text(chunk);
    };
    this.#output = Promise.all([collect(this.#process.stdout), collect(this.#process.stderr)]);
    let ended: number | undefined;
    this.#process.status.then((status) => ended = status.code);
    const deadline = performance.now() + (options.limitMs ?? 30_000);
    while (!await this.#isReady()) {
      if (ended !== undefined) {
        await this.#output;
        throw new Error(`serve ended with ${ended}:\n${this.log}`);
      }
      if (performance.now() > deadline) throw new Error(`serve does not answer:\n${this.log}`);
      await wait(50);
    }
    const account = /user (\S+)\s+password (\S+)/.exec(this.log);
    if (account !== null) [this.user, this.password] = [account[1]!, account[2]!];
  }

  async #isReady(): Promise<boolean> {
    try {
      const report = await this.control("status") as { listeners: { name: string; port: number }[] };
      this.#ports = new Map(report.listeners.map(({ name, port }) => [name, port]));
      return true;
    } catch (thrown) {
      // Nobody there yet, or somebody who says that it is still starting.
      if (thrown instanceof NotRunning || /starting/.test(String(thrown))) return false;
      throw thrown;
    }
  }

  /** Asks the running server, as `status` and the like do. */
  async control(method: string, params: unknown = null): Promise<unknown> {
    const answer = callControl(join(this.data, "control.sock"), method, params);
    for (;;) {
      const step = await answer.next();
      if (step.done === true) return step.value;
    }
  }

  /** Runs a command in the folder: `server.run(["queue", "list"])`. */
  async run(
    args: readonly string[],
    options: { readonly input?: string; readonly program?: string } = {},
  ): Promise<CommandResult> {
    const [program, ...first] = options.program === undefined ? programLine() : [options.program];
    return await runProgram(program!, [...first, ...args], { cwd: this.folder, input: options.input });
  }

  /** Like `run`, and fails unless the exit code is 0; gives standard output. */
  async mustRun(args: readonly string[], input?: string): Promise<string> {
    const result = await this.run(args, input === undefined ? {} : { input });
    if (result.code !== 0) {
      throw new Error(
        `mailsrv ${args.join(" ")} exits with ${result.code}: ${result.stderr}${result.stdout}`,
      );
    }
    return result.stdout;
  }

  /** Puts every listener on a port that is free, whatever else runs on this machine. Takes a restart. */
  async freePorts(): Promise<void> {
    const file = join(this.data, "mailsrv.toml");
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace(/^(listen_\w+\s*=\s*\["127\.0\.0\.1:)\d+("\])/gm, "$10$2"));
  }

  /** SIGTERM, or another signal, to this process alone; gives its exit code (negative: killed by that signal). */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    const process = this.#process;
    if (process === undefined) return 0;
    this.#process = undefined;
    try {
      process.kill(signal);
    } catch {
      // It has ended already.
    }
    const status = await process.status;
    await this.#output;
    return status.signal === null ? status.code : -1;
  }

  signal(signal: Deno.Signal): void {
    Deno.kill(this.pid, signal);
  }

  async dispose(): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Messages in the queue, by the server's own count. */
  async queued(): Promise<number> {
    const { queue } = await this.control("status") as { queue: Readonly<Record<string, number>> };
    return Object.values(queue).reduce((sum, count) => sum + count, 0);
  }

  /** Waits until nothing is queued. */
  async drained(limitMs = 60_000): Promise<void> {
    await until(async () => await this.queued() === 0, "the queue is empty", limitMs);
  }
}

export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string | undefined; readonly input?: string | undefined } = {},
): Promise<CommandResult> {
  const process = new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd ?? dirname(projectRoot),
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.input !== undefined) {
    const writer = process.stdin.getWriter();
    // A program that does not want its input closes it.
    await writer.write(utf8Bytes(options.input)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await process.output();
  return { code, stdout: utf8Text(stdout), stderr: utf8Text(stderr) };
}

/** Whether a program can be found. */
export async function hasProgram(name: string): Promise<boolean> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":").concat("/usr/sbin")) {
    try {
      if ((await Deno.stat(join(folder, name))).isFile) return true;
    } catch {
      // Not in this one.
    }
  }
  return false;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again and again until it is so. @throws Error when it is not within `limitMs` */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  what: string,
  limitMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`after ${limitMs} ms it is still not so that ${what}`);
    await wait(50);
  }
}
