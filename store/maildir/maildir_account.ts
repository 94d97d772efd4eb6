/**
 * An account whose mail is a Maildir++ tree (`layout.ts`), as Dovecot keeps it: a tree of Dovecot's is taken over with
 * its UIDs, flags, keywords and subscriptions, and can go back.
 */

import type {
  Account,
  Appending,
  AppendOptions,
  CopyResult,
  Mailbox,
  MailboxEntry,
  MailboxStatus,
  Uid,
} from "../account.ts";
import { MailboxError } from "../account.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { Cores } from "../mailbox/cores.ts";
import { guarded } from "../mailbox/guard.ts";
import { mailboxEntries } from "../mailbox/entries.ts";
import { alreadyExists, canonicalName, checkName, compareNames, nonexistent } from "../mailbox/name.ts";
import type { SpecialUses } from "../mailbox/special_use.ts";
import { defaultSpecialUses } from "../mailbox/special_use.ts";
import { statusOf } from "../mailbox/status.ts";
import { Subscriptions } from "../mailbox/subscriptions.ts";
import { UidValidityCounter } from "../mailbox/uid_validity.ts";
import { MailboxView } from "../mailbox/view.ts";
import { MaildirAppending } from "./appending.ts";
import { directoryOf } from "./layout.ts";
import { MaildirCore } from "./maildir_core.ts";
import { MaildirTree } from "./maildir_tree.ts";
import { transferMessages } from "./transfer.ts";

export interface MaildirAccountOptions {
  readonly user: string;
  /** The Maildir that is INBOX and holds the folders; made when it is missing. */
  readonly root: string;
  readonly specialUses?: SpecialUses;
}

export class MaildirAccount implements Account {
  readonly user: string;
  readonly #context: StoreContext;
  readonly #root: string;
  readonly #specialUses: SpecialUses;
  readonly #tree: MaildirTree;
  readonly #uidValidities: UidValidityCounter;
  readonly #subscriptions: Subscriptions;
  readonly #cores = new Cores<MaildirCore>();

  constructor(context: StoreContext, options: MaildirAccountOptions) {
    this.user = options.user;
    this.#context = context;
    this.#root = options.root;
    this.#specialUses = options.specialUses ?? defaultSpecialUses;
    this.#tree = new MaildirTree(context, options.root);
    this.#uidValidities = new UidValidityCounter(context, options.root);
    this.#subscriptions = new Subscriptions(context, `${options.root}/subscriptions`, ".");
  }

  list(): Promise<readonly MailboxEntry[]> {
    return this.#guarded("list mailboxes", async () => {
      await this.#tree.ensureRoot();
      return mailboxEntries({
        names: await this.#tree.names(),
        subscribed: await this.#subscriptions.list(),
        specialUses: this.#specialUses,
        mayHaveChildren: () => true,
        directories: [],
      });
    });
  }

  status(rawName: string, want: { readonly octets: boolean }): Promise<MailboxStatus> {
    const name = canonicalName(rawName);
    return this.#guarded(`look at ${name}`, async () => {
      await this.#checkExists(name);
      return await this.#cores.use(name, () => this.#core(name), (core) => statusOf(core, want));
    });
  }

  open(rawName: string, options: { readonly readOnly: boolean }): Promise<Mailbox> {
    const name = canonicalName(rawName);
    return this.#guarded(`open ${name}`, async () => {
      await this.#checkExists(name);
      const core = this.#cores.acquire(name, () => this.#core(name));
      const release = () => this.#cores.release(name, core);
      try {
        await core.refresh({ take: !options.readOnly });
      } catch (thrown) {
        await release();
        throw thrown;
      }
      return new MailboxView(core, {
        context: this.#context,
        readOnly: options.readOnly,
        copy: (uids, destination, move) => this.#copy(core, uids, { destination, move }),
        release,
      });
    });
  }

  append(rawName: string, options: AppendOptions): Promise<Appending> {
    const name = canonicalName(rawName);
    return this.#guarded(`append to ${name}`, async () => {
      await this.#checkExists(name);
      return new MaildirAppending(this.#context, {
        ...options,
        directory: directoryOf(this.#root, name),
        add: (message) =>
          this.#cores.use(name, () => this.#core(name), async (core) => {
            const [uid] = await core.add([message]);
            return { uid: uid!, uidValidity: core.uidValidity };
          }),
      });
    });
  }

  create(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(`create ${name}`, async () => {
      const directory = directoryOf(this.#root, name);
      await this.#tree.ensureRoot();
      if (name === "INBOX" || await this.#tree.exists(directory)) throw alreadyExists();
      await this.#tree.make(directory);
      // Opened once, so that its UIDVALIDITY is settled before anybody is told of it.
      await this.#cores.use(name, () => this.#core(name), (core) => core.refresh({ take: false }));
    });
  }

  delete(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(`delete ${name}`, async () => {
      if (name === "INBOX") throw new MailboxError("cannot", "INBOX can't be deleted.");
      await this.#checkExists(name);
      // What comes under this name later must have a greater UIDVALIDITY.
      await this.#cores.use(name, () => this.#core(name), async (core) => {
        await core.refresh({ take: false });
        await this.#uidValidities.atLeast(core.uidValidity);
      });
      this.#abandon((other) => other === name);
      await this.#tree.remove(directoryOf(this.#root, name));
    });
  }

  rename(rawFrom: string, rawTo: string): Promise<void> {
    const from = canonicalName(rawFrom);
    const to = canonicalName(rawTo);
    return this.#guarded(`rename ${from}`, async () => {
      checkName(to);
      const target = directoryOf(this.#root, to);
      if (from === "INBOX") return await this.#renameInbox(to);
      const names = (await this.#tree.names()).filter((name) => name === from || name.startsWith(`${from}/`))
        .sort(compareNames);
      if (names.length === 0) throw nonexistent(from);
      if (to === "INBOX" || await this.#tree.exists(target)) throw alreadyExists();
      if (to.startsWith(`${from}/`)) {
        throw new MailboxError("cannot", "Can't rename mailbox to a child of itself.");
      }
      const moves = names.map((name) => ({
        from: directoryOf(this.#root, name),
        to: directoryOf(this.#root, to + name.slice(from.length)),
      }));
      for (const move of moves) if (await this.#tree.exists(move.to)) throw alreadyExists();
      this.#abandon((name) => names.includes(name));
      await this.#tree.rename(moves);
    });
  }

  subscribe(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(`subscribe to ${name}`, async () => {
      directoryOf(this.#root, name);
      await this.#tree.ensureRoot();
      await this.#subscriptions.set(name, { subscribed: true });
    });
  }

  unsubscribe(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(`unsubscribe from ${name}`, async () => {
      await this.#tree.ensureRoot();
      await this.#subscriptions.set(name, { subscribed: false });
    });
  }

  subscriptions(): Promise<readonly string[]> {
    return this.#guarded("read subscriptions", () => this.#subscriptions.list());
  }

  /** Something was delivered to `name` by a part of this server: who watches it is to look now. */
  async delivered(name: string): Promise<void> {
    const core = this.#cores.find(canonicalName(name));
    if (core !== undefined && !core.gone) await core.refresh({ take: false });
  }

  async retire(): Promise<void> {
    for (const core of this.#cores.all()) await core.retire();
  }

  async #renameInbox(to: string): Promise<void> {
    await this.create(to);
    const inbox = await this.open("INBOX", { readOnly: false });
    try {
      await inbox.copy(inbox.snapshot().messages.map(({ uid }) => uid), to, { move: true });
    } finally {
      await inbox.close();
    }
  }

  async #copy(
    from: MaildirCore,
    uids: readonly Uid[],
    options: { readonly destination: string; readonly move: boolean },
  ): Promise<CopyResult> {
    const name = canonicalName(options.destination);
    await this.#checkExists(name);
    return await this.#cores.use(name, () => this.#core(name), async (to) => {
      if (to.uidValidity === 0) await to.refresh({ take: false });
      return await transferMessages(this.#context, uids, { from, to, move: options.move });
    });
  }

  async #checkExists(name: string): Promise<void> {
    const directory = directoryOf(this.#root, name);
    if (name === "INBOX") await this.#tree.ensureRoot();
    else if (!await this.#tree.exists(directory)) throw nonexistent(name);
    await this.#tree.repair(directory);
  }

  #core(name: string): MaildirCore {
    return new MaildirCore(this.#context, name, {
      directory: directoryOf(this.#root, name),
      newUidValidity: () => this.#uidValidities.next(),
    });
  }

  #abandon(match: (name: string) => boolean): void {
    for (const core of this.#cores.take(match)) core.abandon();
  }

  #guarded<T>(what: string, action: () => Promise<T>): Promise<T> {
    return guarded(this.#context.log, `${what} of ${this.user}`, action);
  }
}
