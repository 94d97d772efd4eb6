/**
 * Serves `StoreApi` to readers' workers, each on a port of its own.
 *
 * A worker reaches what the keeper has granted to it and nothing else: a session is bound to the reader it was granted
 * for, a handle to its session. Sessions of one user share one opened account, so each sees at once what another does.
 */

import type { Log } from "../tools/kit/base/log.ts";
import { failureText } from "../tools/kit/base/failure.ts";
import type { Caller, Handlers, Port } from "../tools/kit/rpc/rpc.ts";
import { connectRpc, Moved } from "../tools/kit/rpc/rpc.ts";

import { MailboxError } from "./account.ts";
import type { ReaderApi, Result, StoreApi } from "./api.ts";
import type { StoreStatus } from "./control.ts";
import type { OpenedAccount } from "./locator.ts";
import { asMailboxError } from "./mailbox/guard.ts";
import { StoreSession } from "./session.ts";
import type { User } from "./users/users.ts";

/** Accounts that nobody uses are kept for the next login, up to so many. */
const maxIdleAccounts = 16;

/** One answer carries at most this many octets of a message. */
export const maxReadOctets = 1 << 20;

export interface StoreServerOptions {
  readonly log: Log;
  readonly open: (user: User) => OpenedAccount;
  /** A session ended by its reader's word or its reader's death. */
  readonly onSessionEnd?: (session: string) => void;
}

interface Grant {
  readonly session: StoreSession;
  readonly reader: string;
  readonly user: string;
}

interface SharedAccount {
  readonly account: OpenedAccount;
  sessions: number;
}

export class StoreServer {
  readonly #options: StoreServerOptions;
  readonly #grants = new Map<string, Grant>();
  readonly #accounts = new Map<string, SharedAccount>();
  readonly #readers = new Map<string, { close(reason: string): void }>();

  constructor(options: StoreServerOptions) {
    this.#options = options;
  }

  attach(reader: string, port: Port): void {
    this.#readers.get(reader)?.close("replaced");
    const caller = connectRpc<ReaderApi, StoreApi>(
      port,
      this.#handlers(reader, (method, params) => caller.tell(method, params)),
      (problem, method) => this.#complain(`${reader}: ${method}`, problem),
    );
    this.#readers.set(reader, caller);
  }

  async detach(reader: string): Promise<void> {
    this.#readers.get(reader)?.close("detached");
    this.#readers.delete(reader);
    const sessions = Array.from(this.#grants).filter(([, grant]) => grant.reader === reader);
    await Promise.all(sessions.map(([session]) => this.#end(session)));
  }

  grant(session: string, user: User, reader: string): void {
    if (this.#grants.has(session)) throw new Error("session is granted already");
    let shared = this.#accounts.get(user.name);
    if (shared === undefined) shared = { account: this.#options.open(user), sessions: 0 };
    // Set anew, so that the map's order is that of use.
    this.#accounts.delete(user.name);
    this.#accounts.set(user.name, shared);
    shared.sessions++;
    this.#grants.set(session, { session: new StoreSession(shared.account), reader, user: user.name });
  }

  /** Ends a session by the keeper's word. */
  async revoke(session: string): Promise<void> {
    const grant = this.#grants.get(session);
    if (grant === undefined) return;
    this.#grants.delete(session);
    await grant.session.end((problem) => this.#complain("close", problem));
    const shared = this.#accounts.get(grant.user);
    if (shared !== undefined) shared.sessions--;
    await this.#dropIdleAccounts();
  }

  async delivered(user: string, mailbox: string): Promise<void> {
    await this.#accounts.get(user)?.account.delivered(mailbox);
  }

  status(): StoreStatus {
    let mailboxes = 0;
    for (const { session } of this.#grants.values()) mailboxes += session.mailboxes;
    return { sessions: this.#grants.size, mailboxes, accounts: this.#accounts.size };
  }

  async #end(session: string): Promise<void> {
    if (!this.#grants.has(session)) return;
    await this.revoke(session);
    this.#options.onSessionEnd?.(session);
  }

  async #dropIdleAccounts(): Promise<void> {
    const idle = Array.from(this.#accounts).filter(([, { sessions }]) => sessions === 0);
    for (const [name, { account }] of idle.slice(0, Math.max(0, idle.length - maxIdleAccounts))) {
      this.#accounts.delete(name);
      await account.retire();
    }
  }

  #handlers(reader: string, tell: Caller<ReaderApi>["tell"]): Handlers<StoreApi> {
    const find = (session: string): StoreSession => {
      const grant = this.#grants.get(session);
      if (grant === undefined || grant.reader !== reader) {
        throw new MailboxError("noPermission", "Not logged in");
      }
      return grant.session;
    };
    const answer = <T>(session: string, action: (session: StoreSession) => Promise<T>) =>
      this.#answer(() => action(find(session)));
    const done = (session: string, action: (session: StoreSession) => Promise<unknown>) =>
      answer(session, async (found) => {
        await action(found);
        return null;
      });
    return {
      list: ({ session }) => answer(session, ({ account }) => account.list()),
      subscriptions: ({ session }) => answer(session, ({ account }) => account.subscriptions()),
      status: ({ session, name, octets }) =>
        answer(session, ({ account }) => account.status(name, { octets })),
      create: ({ session, name }) => done(session, ({ account }) => account.create(name)),
      delete: ({ session, name }) => done(session, ({ account }) => account.delete(name)),
      rename: ({ session, from, to }) => done(session, ({ account }) => account.rename(from, to)),
      subscribe: ({ session, name }) => done(session, ({ account }) => account.subscribe(name)),
      unsubscribe: ({ session, name }) => done(session, ({ account }) => account.unsubscribe(name)),
      open: ({ session, name, readOnly }) =>
        answer(session, async (found) => {
          const { handle, mailbox } = await found.open(name, { readOnly });
          const snapshot = mailbox.snapshot();
          mailbox.watch(() => tell("changed", { session, mailbox: handle }));
          return { mailbox: handle, snapshot };
        }),
      close: ({ session, mailbox }) => done(session, (found) => found.close(mailbox)),
      sync: ({ session, mailbox }) => answer(session, (found) => found.mailbox(mailbox).sync()),
      fetch: ({ session, mailbox, uids, want }) =>
        answer(session, (found) => found.mailbox(mailbox).fetch(uids, want)),
      read: async ({ session, mailbox, uid, offset, length }) => {
        const result = await answer(
          session,
          (found) => found.mailbox(mailbox).read(uid, offset, Math.min(length, maxReadOctets)),
        );
        return result.ok ? new Moved(result, [result.value.buffer]) : result;
      },
      setFlags: ({ session, mailbox, uids, mode, flags }) =>
        answer(session, (found) => found.mailbox(mailbox).setFlags(uids, mode, flags)),
      expunge: ({ session, mailbox, uids }) =>
        answer(session, (found) => found.mailbox(mailbox).expunge(uids)),
      remove: ({ session, mailbox, uids }) => answer(session, (found) => found.mailbox(mailbox).remove(uids)),
      copy: ({ session, mailbox, uids, destination, move }) =>
        answer(session, (found) => found.mailbox(mailbox).copy(uids, destination, { move })),
      search: ({ session, mailbox, key }) => answer(session, (found) => found.mailbox(mailbox).search(key)),
      appendOpen: ({ session, name, options, octets }) =>
        answer(session, async (found) => ({ append: await found.appendOpen(name, options, octets) })),
      appendWrite: ({ session, append, bytes }) => done(session, (found) => found.appendWrite(append, bytes)),
      appendCommit: ({ session, append }) => answer(session, (found) => found.appendCommit(append)),
      appendAbort: ({ session, append }) => done(session, (found) => found.appendAbort(append)),
      endSession: async ({ session }) => {
        if (this.#grants.get(session)?.reader === reader) await this.#end(session);
        return null;
      },
    };
  }

  async #answer<T>(action: () => Promise<T>): Promise<Result<T>> {
    try {
      return { ok: true, value: await action() };
    } catch (thrown) {
      const { code, text } = asMailboxError(this.#options.log, "answer a reader", thrown);
      return { ok: false, code, text };
    }
  }

  #complain(what: string, problem: unknown): void {
    this.#options.log.write("error", `${what}: ${failureText(problem)}`);
  }
}
