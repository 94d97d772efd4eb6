/**
 * An account whose mail is in mbox files: INBOX in the spool directory, folders below a directory (`layout.ts`). A file
 * of Dovecot's, of c-client's or of a mail program's is taken over with its UIDs and flags, and can go back.
 */

import type {
  Appending,
  AppendOptions,
  CopyResult,
  Mailbox,
  MailboxEntry,
  MailboxStatus,
  Uid,
} from "../account.ts";
import { MailboxError } from "../account.ts";
import type { Account } from "../account.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { MailboxLocks } from "../mailbox/mailbox_locks.ts";
import { Cores } from "../mailbox/cores.ts";
import { parentOf } from "../mailbox/durable_mkdir.ts";
import { mailboxEntries } from "../mailbox/entries.ts";
import { guarded } from "../mailbox/guard.ts";
import { alreadyExists, canonicalName, checkName, nonexistent } from "../mailbox/name.ts";
import type { SpecialUses } from "../mailbox/special_use.ts";
import { defaultSpecialUses } from "../mailbox/special_use.ts";
import { statusOf } from "../mailbox/status.ts";
import { Subscriptions } from "../mailbox/subscriptions.ts";
import { UidValidityCounter } from "../mailbox/uid_validity.ts";
import { MailboxView } from "../mailbox/view.ts";
import { indexDirectory, sideNameOf } from "./layout.ts";
import { MboxCore } from "./mbox_core.ts";
import { MboxFile } from "./mbox_file.ts";
import { MboxTree } from "./mbox_tree.ts";
import { MboxAppending } from "./staged.ts";
import { transferMessages } from "./transfer.ts";

export interface MboxAccountOptions {
  readonly user: string;
  /** Directory of the folders; made when it is missing. */
  readonly root: string;
  /** The mbox that is INBOX. */
  readonly inbox: string;
  readonly locks: MailboxLocks;
  readonly specialUses?: SpecialUses;
}

export class MboxAccount implements Account {
  readonly user: string;
  readonly #context: StoreContext;
  readonly #options: MboxAccountOptions;
  readonly #tree: MboxTree;
  readonly #uidValidities: UidValidityCounter;
  readonly #subscriptions: Subscriptions;
  readonly #cores = new Cores<MboxCore>();

  constructor(context: StoreContext, options: MboxAccountOptions) {
    this.user = options.user;
    this.#context = context;
    this.#options = options;
    this.#tree = new MboxTree(context, options);
    this.#uidValidities = new UidValidityCounter(context, `${options.root}/${indexDirectory}`);
    this.#subscriptions = new Subscriptions(context, `${options.root}/.subscriptions`, "/");
  }

  list(): Promise<readonly MailboxEntry[]> {
    return this.#guarded("list mailboxes", async () => {
      const { files, directories } = await this.#tree.folders();
      return mailboxEntries({
        names: ["INBOX", ...files],
        directories,
        subscribed: await this.#subscriptions.list(),
        specialUses: this.#options.specialUses ?? defaultSpecialUses,
        mayHaveChildren: () => false,
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
      return new MboxAppending(this.#context, {
        ...options,
        side: this.#tree.side,
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
      const path = this.#tree.pathOf(name);
      if (name === "INBOX" || await this.#tree.kindOf(name) !== undefined) throw alreadyExists();
      // RFC 3501 §6.3.3: a separator at the end says that only names below it are wanted.
      if (rawName.endsWith("/")) return await this.#tree.makeDirectories(path);
      await this.#tree.makeDirectories(parentOf(path));
      await this.#cores.use(name, () => this.#core(name), (core) => core.settle());
    });
  }

  delete(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(`delete ${name}`, async () => {
      if (name === "INBOX") throw new MailboxError("cannot", "INBOX can't be deleted.");
      // What comes under this name later must have a greater UIDVALIDITY.
      if (await this.#tree.kindOf(name) === "mailbox") {
        await this.#cores.use(name, () => this.#core(name), async (core) => {
          await core.refresh({ take: false });
          await this.#uidValidities.atLeast(core.uidValidity);
        });
      }
      this.#abandon((other) => other === name);
      await this.#tree.remove(name);
    });
  }

  rename(rawFrom: string, rawTo: string): Promise<void> {
    const from = canonicalName(rawFrom);
    const to = canonicalName(rawTo);
    return this.#guarded(`rename ${from}`, async () => {
      checkName(to);
      if (from === "INBOX") return await this.#renameInbox(to);
      if (await this.#tree.kindOf(from) === undefined) throw nonexistent(from);
      if (to === "INBOX" || await this.#tree.kindOf(to) !== undefined) throw alreadyExists();
      if (to.startsWith(`${from}/`)) {
        throw new MailboxError("cannot", "Can't rename mailbox to a child of itself.");
      }
      this.#abandon((name) => name === from || name.startsWith(`${from}/`));
      await this.#tree.rename(from, to);
    });
  }

  subscribe(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(`subscribe to ${name}`, () => {
      checkName(name);
      return this.#subscriptions.set(name, { subscribed: true });
    });
  }

  unsubscribe(rawName: string): Promise<void> {
    const name = canonicalName(rawName);
    return this.#guarded(
      `unsubscribe from ${name}`,
      () => this.#subscriptions.set(name, { subscribed: false }),
    );
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
    from: MboxCore,
    uids: readonly Uid[],
    options: { readonly destination: string; readonly move: boolean },
  ): Promise<CopyResult> {
    const name = canonicalName(options.destination);
    await this.#checkExists(name);
    return await this.#cores.use(name, () => this.#core(name), async (to) => {
      await to.refresh({ take: false });
      const { side } = this.#tree;
      return await transferMessages(this.#context, uids, { from, to, side, move: options.move });
    });
  }

  async #checkExists(name: string): Promise<void> {
    if (name !== "INBOX" && await this.#tree.kindOf(name) !== "mailbox") throw nonexistent(name);
  }

  #core(name: string): MboxCore {
    const { user, locks } = this.#options;
    const paths = { path: this.#tree.pathOf(name), side: this.#tree.side, sideName: sideNameOf(name) };
    return new MboxCore(this.#context, name, {
      file: new MboxFile(this.#context, paths, locks),
      user,
      mayBeMissing: name === "INBOX",
      newUidValidity: () => this.#uidValidities.next(),
    });
  }

  #abandon(match: (name: string) => boolean): void {
    for (const core of this.#cores.take(match)) core.abandon();
  }

  #guarded<T>(what: string, action: () => Promise<T>): Promise<T> {
    return guarded(this.#context.log, `${what} of ${this.user}`, async () => {
      await this.#tree.ensureRoot();
      return await action();
    });
  }
}
