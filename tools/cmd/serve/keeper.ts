/**
 * The keeper: the main thread of a running server. Holds settings, tables, users and the queue, delivers locally, and keeps
 * the workers: one for the mailboxes, and those that listen.
 *
 * Start: queue, store worker, listeners, then the queue's first deliveries. Stop: listeners close and sessions end with
 * their farewell, the queue finishes what it is doing, then the workers go. Reload: everything that follows from the
 * settings is made anew and, when it is good, takes the place of the old in one step; when it is not, nothing changes.
 */

import type { Clock } from "../../kit/base/clock.ts";
import { failureText } from "../../kit/base/failure.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { FileSpool } from "../../../store/spool/file_spool.ts";
import type { Users } from "../../../store/users/users.ts";

import type { QueueManager } from "../../../mta/queue/queue_manager.ts";

import type { WorkerDns } from "../../../mta/dns/worker_dns.ts";
import type { OutgoingWorker } from "../../../mta/outgoing/outgoing_worker.ts";
import { LoginGuard } from "../../../mta/reception/login_guard.ts";
import { DecisionLog } from "../../../mta/reception/decision_log.ts";

import type { LoadedSettings } from "../../config/load.ts";
import { formatProblem } from "../../config/load.ts";
import type { Facts } from "../../config/parameter.ts";

import { version } from "../version.ts";

import { AccessPart } from "./access_part.ts";
import { createDelivery } from "./delivery_part.ts";
import { decisionDirectory } from "./decision_directory.ts";
import { dnsSettings, openDns } from "./dns_part.ts";
import { watchHosts } from "./hosts_part.ts";
import { createKeeperReception } from "./keeper_reception.ts";
import type { NetworkWorker } from "./listeners.ts";
import { listenersOf, startSettings, workerCount } from "./listeners.ts";
import { LoginDesk } from "./login_desk.ts";
import { mailUsers } from "./mail_users.ts";
import { createMailboxLocks, LockDesk, lockSettings } from "./mailbox_locks.ts";
import type { NetworkPart } from "./network_part.ts";
import { createOutgoing } from "./outgoing_part.ts";
import { imapPart, pop3Part } from "./reader_part.ts";
import type { ServerReport, WorkerReport } from "./report.ts";
import { SmtpPart } from "./smtp_part.ts";
import type { Current, SnapshotTools } from "./snapshot.ts";
import { takeSnapshot } from "./snapshot.ts";
import { StoreLink } from "./store_link.ts";
import { WorldPart } from "./world_part.ts";

export interface KeeperOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly users: Users;
  /** What the machine says of itself. */
  readonly facts: Facts;
  /** Reads the settings again. */
  readonly readSettings: () => Promise<LoadedSettings>;
}

export interface ReloadResult {
  /** `file, line N: text`; with any, nothing was changed. */
  readonly problems: readonly string[];
  /** Settings that changed and hold only from the next start on. */
  readonly needRestart: readonly string[];
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #current: Current;
  readonly #tools: SnapshotTools;
  readonly #spool: FileSpool;
  readonly #queue: QueueManager;
  readonly #store: StoreLink;
  readonly #dns: WorkerDns;
  readonly #outgoing: OutgoingWorker;
  readonly #world: WorldPart;
  readonly #decisions: DecisionLog;
  readonly #parts: readonly NetworkPart[];
  readonly #startedMs: number;
  #cancelQueueRun = () => {};

  private constructor(parts: {
    readonly options: KeeperOptions;
    readonly current: Current;
    readonly tools: SnapshotTools;
    readonly spool: FileSpool;
    readonly queue: QueueManager;
    readonly store: StoreLink;
    readonly dns: WorkerDns;
    readonly outgoing: OutgoingWorker;
    readonly world: WorldPart;
    readonly decisions: DecisionLog;
    readonly network: readonly NetworkPart[];
  }) {
    this.#options = parts.options;
    this.#current = parts.current;
    this.#tools = parts.tools;
    this.#spool = parts.spool;
    this.#queue = parts.queue;
    this.#store = parts.store;
    this.#dns = parts.dns;
    this.#outgoing = parts.outgoing;
    this.#world = parts.world;
    this.#decisions = parts.decisions;
    this.#parts = parts.network;
    this.#startedMs = parts.options.clock.now();
  }

  /** @throws ConfigError, TempFailure when the queue or a listener cannot be opened; nothing runs then. */
  static async start(loaded: LoadedSettings, options: KeeperOptions): Promise<Keeper> {
    const { disk, clock, random, log, logRecord } = options;
    const users = mailUsers(options.users, () => current.snapshot.settings);
    const locks = createMailboxLocks({
      disk,
      clock,
      random,
      log,
      settings: () => lockSettings(current.snapshot.settings),
    });
    const tools: SnapshotTools = { disk, clock, log, facts: options.facts };
    const current: Current = { snapshot: await takeSnapshot(loaded, tools) };
    const { settings } = current.snapshot;
    const spool = await FileSpool.open({
      disk,
      directory: settings.queue_directory,
      clock,
      log: log.part("qmgr"),
    });
    const store: StoreLink = new StoreLink({
      disk,
      current,
      clock,
      log,
      logRecord,
      locks: new LockDesk(locks.store),
      onSessionEnd: (session) => logins.ended(session),
      onRestart: () => {
        logins.clear();
        for (const part of network) part.reconnectStore();
      },
    }, await users.list());
    const guard = new LoginGuard({
      clock,
      get maxFailuresOfClient() {
        return current.snapshot.settings.login_failure_limit;
      },
      // A limit by user would let anybody lock anybody out.
      maxFailuresOfUser: 0,
      timeUnitMs: 60_000,
    });
    const logins = new LoginDesk({ users, current, store: () => store, clock, random, log, guard });
    const dns = openDns(await dnsSettings(settings, disk), { clock, log });
    const hosts = watchHosts(disk);
    const outgoing = createOutgoing({ current, clock, random, log, logRecord, users, dns, hosts });
    const { queue, direct, transports } = createDelivery({
      current,
      disk,
      clock,
      random,
      log,
      spool,
      users,
      locks: locks.delivery,
      onDelivered: (user, mailbox) => store.delivered(user, mailbox),
      outgoing: outgoing.transports,
    });
    const smtpdLog = log.part("smtpd");
    const world = await WorldPart.open({ current, disk, clock, log: smtpdLog, users, dns, transports });
    const decisions = new DecisionLog({
      disk,
      clock,
      log,
      directory: decisionDirectory(settings),
      maxOctets: settings.decision_log_size_limit,
    });
    const reception = createKeeperReception({
      ...options,
      current,
      world: world.world,
      direct,
      access: new AccessPart({ current, clock, log: smtpdLog, world: world.world, guard }),
      decisions,
      spool,
      hosts,
      onQueued: (id, place) => queue.accepted(id, place),
    });
    const reader = { current, clock, log, logRecord, logins, store: () => store };
    const network = [
      ...numbers("smtp-in", current).map((number) =>
        new SmtpPart({ current, clock, log, reception, number })
      ),
      ...numbers("pop3", current).map((number) => pop3Part({ ...reader, number })),
      ...numbers("imap", current).map((number) => imapPart({ ...reader, number })),
    ];
    const keeper = new Keeper({
      options,
      current,
      tools,
      spool,
      queue,
      store,
      dns,
      outgoing: outgoing.worker,
      world,
      decisions,
      network,
    });
    try {
      await allStarted([store.start(), dns.start(), outgoing.worker.start()]);
      await allStarted(network.map((part) => part.start()));
      await queue.start();
      keeper.#runQueueLater();
    } catch (thrown) {
      await keeper.#stopWorkers();
      throw thrown;
    }
    return keeper;
  }

  get queue(): QueueManager {
    return this.#queue;
  }

  get listeners(): NetworkPart["listeners"] {
    return this.#parts.flatMap(({ listeners }) => listeners);
  }

  /** The settings in force. */
  get loaded(): LoadedSettings {
    return this.#current.snapshot.loaded;
  }

  async reload(): Promise<ReloadResult> {
    const { log, readSettings } = this.#options;
    const loaded = await readSettings();
    const refuse = (problems: readonly string[]): ReloadResult => {
      for (const problem of problems) log.write("error", problem);
      log.write("error", "settings not reloaded: those in force stay");
      return { problems, needRestart: [] };
    };
    if (loaded.problems.length > 0) return refuse(loaded.problems.map(formatProblem));
    const old = this.#current.snapshot;
    try {
      const snapshot = await takeSnapshot(loaded, this.#tools);
      this.#current.snapshot = snapshot;
      for (const part of this.#parts) await part.reconfigure(snapshot);
      await this.#dns.reconfigure(await dnsSettings(snapshot.settings, this.#options.disk));
      this.#world.reconfigure(snapshot);
    } catch (thrown) {
      // What a worker cannot take shows only here: all go back to what was.
      this.#current.snapshot = old;
      for (const part of this.#parts) await part.reconfigure(old).catch(() => {});
      return refuse([failureText(thrown)]);
    }
    old.tables.close();
    const needRestart = startSettings.filter((name) => old.loaded.textOf(name) !== loaded.textOf(name));
    for (const name of needRestart) {
      log.write("warning", `${name} has changed: it takes effect at the next start`);
    }
    for (const notice of loaded.notices) {
      if (notice.kind === "unsupported" || notice.kind === "warning") {
        log.write("warning", formatProblem(notice));
      }
    }
    log.write("info", `reloaded ${loaded.path}`);
    return { problems: [], needRestart };
  }

  /** Looks into `maildrop` every queue_run_delay: a program may have left mail there and died before it said so. */
  #runQueueLater(): void {
    const { clock, log } = this.#options;
    this.#cancelQueueRun = clock.after(this.#current.snapshot.settings.queue_run_delay, () => {
      this.#queue.collect()
        .catch((thrown) => log.write("warning", `cannot look into maildrop: ${failureText(thrown)}`))
        .then(() => this.#runQueueLater());
    });
  }

  /** Ends everything in order; sessions and deliveries get at most `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    const { clock, log } = this.#options;
    this.#cancelQueueRun();
    await Promise.all(
      this.#parts.map((part) =>
        part.drain(limitMs).catch((thrown) => log.write("warning", `${part.name}: ${failureText(thrown)}`))
      ),
    );
    let cancel = () => {};
    const late = new Promise<void>((resolve) => cancel = clock.after(limitMs, resolve));
    await Promise.race([this.#queue.stop(), late]);
    cancel();
    await this.#stopWorkers();
  }

  async report(): Promise<ServerReport> {
    const { snapshot } = this.#current;
    const workers = [["store", this.#store], ["dns", this.#dns], ["smtp-out", this.#outgoing]] as const;
    const inner = workers.map(([name, { isRunning, restarts }]): WorkerReport => ({
      name,
      state: isRunning ? "running" : "restarting",
      restarts,
    }));
    return {
      version,
      pid: Deno.pid,
      startedMs: this.#startedMs,
      settingsFile: snapshot.loaded.path,
      settingsReadMs: snapshot.readMs,
      listeners: this.listeners,
      workers: [...inner, ...await Promise.all(this.#parts.map((part) => part.report()))],
      queue: this.#spool.counts(),
    };
  }

  async #stopWorkers(): Promise<void> {
    for (const part of this.#parts) part.stop();
    await this.#store.stop();
    this.#dns.stop();
    this.#outgoing.stop();
    this.#world.close();
    await this.#decisions.flush();
    this.#current.snapshot.tables.close();
  }
}

/** @throws what the first of those that could not start has thrown, when all are done with it */
async function allStarted(starts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(starts)) {
    if (result.status === "rejected") throw result.reason;
  }
}

/** 1 to the number of workers of that kind; none when nothing is to listen. */
function numbers(worker: NetworkWorker, { snapshot: { settings } }: Current): readonly number[] {
  if (listenersOf(worker, settings).length === 0) return [];
  return Array.from({ length: workerCount(worker, settings) }, (_, index) => index + 1);
}
