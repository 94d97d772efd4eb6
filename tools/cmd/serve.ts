/**
 * `mailsrv serve`: the server. The composition root: settings, log, users, control socket and keeper are put together
 * here and nowhere else.
 */

import { dirname } from "@std/path";

import { failureText } from "../kit/base/failure.ts";
import { createLog } from "../kit/base/log.ts";
import type { LogPlace, LogSink } from "../kit/base/log_sink.ts";
import { openLogSink } from "../kit/base/log_sink.ts";
import { normalizeDomain } from "../kit/mail/domain.ts";
import { serveControl } from "../kit/net/control_socket.ts";
import { raiseDescriptorLimit } from "../kit/os/limits.ts";
import { onSignals } from "../kit/os/signals.ts";

import { writeFileAtomically } from "../../store/file/disk.ts";
import { PasswdFile } from "../../store/users/passwd_file.ts";

import type { LoadedSettings } from "../config/load.ts";
import { formatProblem } from "../config/load.ts";
import type { Settings } from "../config/schema.ts";

import type { Command } from "./command.ts";
import type { Context } from "./context.ts";
import { exitCode } from "./exit_code.ts";
import { controlMethods } from "./serve/control_methods.ts";
import type { FirstAccount } from "./serve/first_start.ts";
import { certificateAuthority, makeFirstStart } from "./serve/first_start.ts";
import { formatGreeting } from "./serve/greeting.ts";
import type { ReloadResult } from "./serve/keeper.ts";
import { Keeper } from "./serve/keeper.ts";
import { isJournalStream, logPlace } from "./serve/log_place.ts";
import type { SettingsPlace } from "./settings.ts";
import { goodSettings, machineFacts, readSettings, settingsPlace } from "./settings.ts";

export const serveCommand: Command = {
  name: "serve",
  summary: "run the server",
  details: [
    "Without a settings file one is made, with everything else that is needed to try the server on this machine; the commands to " +
    "try it with are printed. With --postfix, Postfix's own settings files are used as they are, and what they ask for beyond this " +
    "server is told; mail, queue and users are then in mailsrv beside queue_directory (/var/spool/mailsrv), or where --data says. " +
    "SIGHUP reloads settings, tables and certificates; SIGTERM and SIGINT stop the server in order.",
  ],
  options: [{ name: "quiet", letter: "q", summary: "do not print the commands to try it with" }],
  most: 0,
  run: async (context, given) => {
    const place = settingsPlace(context, given);
    const isFirst = place.form === "toml" && await context.disk.stat(place.path) === undefined;
    const account = isFirst ? await makeFirstStart(context, place.path) : undefined;
    const loaded = goodSettings(context, await readSettings(context, place));
    for (const notice of loaded.notices) {
      if (notice.kind === "unsupported" || notice.kind === "warning") context.complain(formatProblem(notice));
    }
    if (place.form === "postfix") await makeUsersFile(context, loaded);
    const server = new RunningServer(context, loaded, place);
    await server.start();
    if (given.options.quiet !== true) {
      const text = place.form === "toml"
        ? await greeting(context, server.keeper, account)
        : `mailsrv is running with ${place.path}. Everything it keeps is in ${loaded.settings.data_directory}.\n`;
      await context.print(text);
    }
    await server.stopped;
    return exitCode.ok;
  },
};

class RunningServer {
  readonly #context: Context;
  readonly #sink: LogSink;
  readonly #log;
  readonly #first: LoadedSettings;
  readonly #place: SettingsPlace;
  #keeper: Keeper | undefined;
  #stopping: Promise<void> | undefined;
  #markStopped = () => {};
  /** Settled when the server has stopped. */
  readonly stopped = new Promise<void>((resolve) => this.#markStopped = resolve);
  #closeControl = () => {};

  constructor(context: Context, loaded: LoadedSettings, place: SettingsPlace) {
    this.#context = context;
    this.#first = loaded;
    this.#place = place;
    this.#sink = openLogSink({ clock: context.clock, ...this.#logPlace(loaded.settings) });
    this.#log = createLog((record) => this.#sink.write(record), {
      now: () => context.clock.now(),
      part: "master",
      leastLevel: loaded.settings.log_level,
    });
  }

  get keeper(): Keeper {
    if (this.#keeper === undefined) throw new Error("the server is starting");
    return this.#keeper;
  }

  async start(): Promise<void> {
    const { disk, clock, random } = this.#context;
    const { settings, path } = this.#first;
    raiseDescriptorLimit();
    await disk.mkdir(dirname(settings.control_socket), { mode: 0o700, parents: true });
    // First of all: it tells whether another server has this queue.
    const control = await serveControl(
      settings.control_socket,
      controlMethods({
        now: () => clock.now(),
        keeper: () => this.keeper,
        reload: () => this.#reload(),
        stop: () => this.#stop(),
      }),
    );
    this.#closeControl = control.close;
    try {
      this.#keeper = await Keeper.start(this.#first, {
        disk,
        clock,
        random,
        log: this.#log,
        logRecord: (record) => this.#sink.write(record),
        users: this.#openUsers(settings),
        facts: machineFacts(),
        readSettings: () => readSettings(this.#context, this.#place),
      });
    } catch (thrown) {
      this.#sink.flush();
      this.#closeControl();
      throw thrown;
    }
    onSignals({
      SIGTERM: () => void this.#stop(),
      SIGINT: () => void this.#stop(),
      SIGHUP: () => void this.#reload(),
    });
    this.#log.write("info", `mailsrv started, settings ${path}`);
  }

  #openUsers(settings: Settings): PasswdFile {
    const { disk, clock, random } = this.#context;
    return new PasswdFile({
      disk,
      clock,
      random,
      path: settings.passwd_file,
      mailHome: settings.mail_home,
      log: this.#log.part("auth"),
      isLocalDomain: (domain) => {
        const { mydestination } = (this.#keeper?.loaded ?? this.#first).settings;
        const name = normalizeDomain(domain);
        return mydestination.some((item) => normalizeDomain(item) === name);
      },
    });
  }

  #logPlace(settings: Settings): LogPlace {
    return logPlace(settings, isJournalStream(this.#context.env("JOURNAL_STREAM")));
  }

  async #reload(): Promise<ReloadResult> {
    try {
      const result = await this.keeper.reload();
      this.#sink.configure(this.#logPlace(this.keeper.loaded.settings));
      return result;
    } catch (thrown) {
      this.#log.write("error", `settings not reloaded: ${failureText(thrown)}`);
      return { problems: [failureText(thrown)], needRestart: [] };
    }
  }

  #stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#log.write("info", "stopping");
      await this.keeper.stop(this.keeper.loaded.settings.shutdown_limit);
      this.#log.write("info", "stopped");
      this.#sink.flush();
      // After the answer to `mailsrv stop` is on its way.
      this.#context.clock.after(50, () => {
        this.#closeControl();
        this.#markStopped();
      });
    })();
    return this.#stopping;
  }
}

/** Postfix's files name no users: the file of ours begins empty. */
async function makeUsersFile({ disk }: Context, { settings, sourceOf }: LoadedSettings): Promise<void> {
  const { passwd_file: path } = settings;
  if (sourceOf("passwd_file") !== "default" || await disk.stat(path) !== undefined) return;
  await disk.mkdir(dirname(path), { mode: 0o700, parents: true });
  await writeFileAtomically(disk, path, new Uint8Array(0), { temporary: `${path}.new` });
}

async function greeting(
  context: Context,
  keeper: Keeper,
  account: FirstAccount | undefined,
): Promise<string> {
  const { settings, path } = keeper.loaded;
  const domain = settings.mydestination[0] ?? settings.myhostname;
  const user = account?.user ?? "USER";
  return formatGreeting({
    prefix: context.prefix,
    workingDirectory: Deno.cwd(),
    dataDirectory: dirname(path),
    settingsFile: path,
    certificateAuthority: await certificateAuthority(context.disk, path),
    listeners: keeper.listeners,
    user,
    address: `${user}@${domain}`,
    password: account?.password,
  });
}
