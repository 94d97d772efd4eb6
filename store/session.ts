/** What one login holds in the store: its account, the mailboxes it has open, the messages it is bringing. */

import type { Appending, AppendOptions, Mailbox } from "./account.ts";
import { MailboxError } from "./account.ts";
import type { OpenedAccount } from "./locator.ts";

/** Nobody needs so many; a reader's worker that asks for more has lost its mind. */
const maxMailboxes = 64;
const maxAppends = 64;

interface OpenAppend {
  readonly appending: Appending;
  octetsLeft: number;
}

export class StoreSession {
  readonly account: OpenedAccount;
  readonly #mailboxes = new Map<number, Mailbox>();
  readonly #appends = new Map<number, OpenAppend>();
  #lastHandle = 0;
  #ended = false;

  constructor(account: OpenedAccount) {
    this.account = account;
  }

  get mailboxes(): number {
    return this.#mailboxes.size;
  }

  async open(
    name: string,
    options: { readonly readOnly: boolean },
  ): Promise<{ handle: number; mailbox: Mailbox }> {
    if (this.#mailboxes.size >= maxMailboxes) {
      throw new MailboxError("unavailable", "Too many open mailboxes");
    }
    const mailbox = await this.account.open(name, options);
    if (this.#ended) {
      await mailbox.close();
      throw new MailboxError("unavailable", "Session has ended");
    }
    const handle = ++this.#lastHandle;
    this.#mailboxes.set(handle, mailbox);
    return { handle, mailbox };
  }

  /** @throws MailboxError when the handle is none of this session's */
  mailbox(handle: number): Mailbox {
    const mailbox = this.#mailboxes.get(handle);
    if (mailbox === undefined) throw new MailboxError("unavailable", "No such open mailbox");
    return mailbox;
  }

  async close(handle: number): Promise<void> {
    const mailbox = this.mailbox(handle);
    this.#mailboxes.delete(handle);
    await mailbox.close();
  }

  async appendOpen(name: string, options: AppendOptions, octets: number): Promise<number> {
    if (this.#appends.size >= maxAppends) throw new MailboxError("unavailable", "Too many messages at once");
    const appending = await this.account.append(name, options);
    if (this.#ended) {
      await appending.abort();
      throw new MailboxError("unavailable", "Session has ended");
    }
    const handle = ++this.#lastHandle;
    this.#appends.set(handle, { appending, octetsLeft: octets });
    return handle;
  }

  async appendWrite(handle: number, bytes: Uint8Array): Promise<void> {
    const append = this.#append(handle);
    append.octetsLeft -= bytes.length;
    if (append.octetsLeft < 0) {
      await this.appendAbort(handle);
      throw new MailboxError("cannot", "Message is longer than was announced");
    }
    await append.appending.write(bytes);
  }

  async appendCommit(handle: number) {
    const { appending } = this.#append(handle);
    this.#appends.delete(handle);
    return await appending.commit();
  }

  async appendAbort(handle: number): Promise<void> {
    const { appending } = this.#append(handle);
    this.#appends.delete(handle);
    await appending.abort();
  }

  /** Closes all that is open; every failure is told, none stops the rest. */
  async end(onProblem: (problem: unknown) => void): Promise<void> {
    this.#ended = true;
    const closings = [
      ...Array.from(this.#mailboxes.values(), (mailbox) => mailbox.close()),
      ...Array.from(this.#appends.values(), ({ appending }) => appending.abort()),
    ];
    this.#mailboxes.clear();
    this.#appends.clear();
    for (const result of await Promise.allSettled(closings)) {
      if (result.status === "rejected") onProblem(result.reason);
    }
  }

  #append(handle: number): OpenAppend {
    const append = this.#appends.get(handle);
    if (append === undefined) throw new MailboxError("unavailable", "No such message under way");
    return append;
  }
}
