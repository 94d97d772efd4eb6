/**
 * For tests: a keeper that knows two passwords, and a store worker whose mailboxes are in memory. Everything that passes
 * between them and a session passes through ports that clone, as between workers.
 */

import { latin1Bytes } from "../../../tools/kit/base/bytes.ts";
import { type Caller, connectRpc, type Handlers } from "../../../tools/kit/rpc/rpc.ts";

import type { MailboxEntry, MailboxErrorCode, MailboxStatus, SpecialUse } from "../../../store/account.ts";
import type { ReaderApi, Result, StoreApi } from "../../../store/api.ts";

import type { LoginApi, LoginRequest } from "../../login.ts";
import { ChangeRegistry } from "../change_registry.ts";
import { FakeMailbox, Opening } from "./fake_mailbox.ts";
import { portPair } from "./port_pair.ts";

interface Appending {
  readonly name: string;
  readonly flags: readonly string[];
  readonly receivedMs: number | undefined;
  readonly chunks: Uint8Array[];
}

export class FakeStore {
  readonly registry = new ChangeRegistry();
  readonly mailboxes = new Map<string, FakeMailbox>();
  readonly subscribed = new Set<string>();
  readonly specialUses = new Map<string, SpecialUse>();
  readonly logins: LoginRequest[] = [];
  /** Every request, in order, as its method. */
  readonly requests: string[] = [];
  /** The next request of that method fails so. */
  failing: { readonly method: keyof StoreApi; readonly code: MailboxErrorCode | "throws" } | undefined;
  /** Most octets that one request brought or took. */
  mostOctets = 0;
  readonly endedSessions: string[] = [];
  nowMs = Date.UTC(2026, 5, 5, 10);
  readonly login: Caller<LoginApi>;
  readonly store: Caller<StoreApi>;
  readonly #openings = new Map<number, Opening>();
  readonly #appends = new Map<number, Appending>();
  #lastId = 0;

  constructor() {
    this.mailboxes.set("INBOX", new FakeMailbox(1000));
    const [keeperEnd, loginEnd] = portPair();
    this.login = connectRpc<LoginApi>(loginEnd, {});
    connectRpc<Record<never, never>, LoginApi>(keeperEnd, { login: (request) => this.#logIn(request) });
    const [storeEnd, readerEnd] = portPair();
    this.store = connectRpc<StoreApi, ReaderApi>(readerEnd, {
      changed: ({ session, mailbox }) => {
        this.registry.changed(session, mailbox);
        return null;
      },
    });
    const reader = connectRpc<ReaderApi, StoreApi>(
      storeEnd,
      this.handlers((params) => reader.tell("changed", params)),
    );
  }

  /** Puts a message into a mailbox, as delivery does. */
  deliver(name: string, text: string, flags: readonly string[] = []): number {
    return this.#box(name).add(latin1Bytes(text), flags, this.nowMs);
  }

  flagsOf(name: string, uid: number): readonly string[] | undefined {
    return this.#box(name).find(uid)?.flags;
  }

  #logIn(request: LoginRequest) {
    this.logins.push(request);
    const right = request.user.toLowerCase() === "u1" &&
      (request.password === "pw1" || request.password === 'foo\\bar"q');
    return right
      ? { kind: "accepted", user: "u1", session: `S${++this.#lastId}` } as const
      : { kind: request.user === "broken" ? "unavailable" : "refused" } as const;
  }

  #box(name: string): FakeMailbox {
    const box = this.mailboxes.get(name);
    if (box === undefined) throw new Error(`no mailbox ${name}`);
    return box;
  }

  /** What a store worker serves; `notify` tells the reader that a mailbox of its changed. */
  handlers(notify: (params: Parameters<ReaderApi["changed"]>[0]) => void): Handlers<StoreApi> {
    return {
      list: () => this.#try("list", () => ok(this.#entries())),
      subscriptions: () => this.#try("subscriptions", () => ok([...this.subscribed].sort())),
      status: ({ name, octets }) => this.#try("status", () => this.#status(name, octets)),
      create: ({ name }) => this.#try("create", () => this.#create(name)),
      delete: ({ name }) => this.#try("delete", () => this.#delete(name)),
      rename: ({ from, to }) => this.#try("rename", () => this.#rename(from, to)),
      subscribe: ({ name }) => this.#try("subscribe", () => ok(this.subscribed.add(name) && null)),
      unsubscribe: ({ name }) =>
        this.#try("unsubscribe", () => ok(this.subscribed.delete(name) ? null : null)),
      open: ({ session, name, readOnly }) =>
        this.#try("open", () => this.#open({ session, name, readOnly }, notify)),
      close: ({ mailbox }) => this.#try("close", () => this.#close(mailbox)),
      sync: ({ mailbox }) => this.#try("sync", () => ok(this.#opening(mailbox).sync())),
      fetch: ({ mailbox, uids, want }) =>
        this.#try("fetch", () => ok(this.#opening(mailbox).fetch(uids, want))),
      read: ({ mailbox, uid, offset, length }) =>
        this.#try("read", () => {
          const message = this.#opening(mailbox).mailbox.find(uid);
          if (message === undefined) return fail("expunged", "gone");
          this.mostOctets = Math.max(this.mostOctets, length);
          return ok(message.octets.slice(offset, offset + length));
        }),
      setFlags: ({ mailbox, uids, mode, flags }) =>
        this.#try("setFlags", () => {
          const box = this.#opening(mailbox).mailbox;
          return ok(uids.flatMap((uid) => {
            const before = box.find(uid);
            if (before === undefined) return [];
            const others = before.flags.filter((flag) => !flags.some((named) => equalFold(named, flag)));
            const after = mode === "add" ? [...others, ...flags] : mode === "remove" ? others : [...flags];
            const { modSeq } = box.setFlags(uid, after)!;
            return [{ uid, flags: after, modSeq }];
          }));
        }),
      expunge: ({ mailbox, uids }) =>
        this.#try("expunge", () => {
          const box = this.#opening(mailbox).mailbox;
          const gone = box.messages.filter(({ uid, flags }) =>
            flags.includes("\\Deleted") && (uids === undefined || uids.includes(uid))
          ).map(({ uid }) => uid);
          box.remove(gone);
          return ok(gone);
        }),
      remove: () => fail("cannot", "not for IMAP"),
      copy: ({ mailbox, uids, destination, move }) =>
        this.#try("copy", () => {
          const box = this.#opening(mailbox).mailbox;
          const target = this.mailboxes.get(destination);
          if (target === undefined) return fail("nonexistent", "no such mailbox");
          const messages = uids.map((uid) => box.find(uid));
          if (messages.some((message) => message === undefined)) return fail("expunged", "gone");
          const to = messages.map((message) =>
            target.add(message!.octets, message!.flags, message!.receivedMs)
          );
          if (move) box.remove(uids);
          return ok({ uidValidity: target.uidValidity, from: uids, to });
        }),
      search: ({ mailbox, key }) => this.#try("search", () => ok(this.#opening(mailbox).search(key))),
      appendOpen: ({ name, options }) =>
        this.#try("appendOpen", () => {
          if (!this.mailboxes.has(name)) return fail("nonexistent", "no such mailbox");
          const append = ++this.#lastId;
          const { flags, receivedMs } = options;
          this.#appends.set(append, { name, flags, receivedMs, chunks: [] });
          return ok({ append });
        }),
      appendWrite: ({ append, bytes }) =>
        this.#try("appendWrite", () => {
          this.mostOctets = Math.max(this.mostOctets, bytes.length);
          this.#appends.get(append)!.chunks.push(bytes);
          return ok(null);
        }),
      appendCommit: ({ append }) =>
        this.#try("appendCommit", () => {
          const { name, flags, receivedMs, chunks } = this.#appends.get(append)!;
          this.#appends.delete(append);
          const box = this.#box(name);
          const octets = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
          chunks.reduce((at, chunk) => (octets.set(chunk, at), at + chunk.length), 0);
          return ok({ uid: box.add(octets, flags, receivedMs ?? this.nowMs), uidValidity: box.uidValidity });
        }),
      appendAbort: ({ append }) =>
        this.#try("appendAbort", () => ok(this.#appends.delete(append) ? null : null)),
      endSession: ({ session }) => {
        this.endedSessions.push(session);
        return null;
      },
    };
  }

  #try<T>(method: keyof StoreApi, action: () => Result<T>): Result<T> {
    this.requests.push(method);
    if (this.failing?.method !== method) return action();
    const { code } = this.failing;
    this.failing = undefined;
    if (code === "throws") throw new Error("the disk is on fire");
    return fail(code, "Disk trouble.");
  }

  #opening(mailbox: number): Opening {
    const opening = this.#openings.get(mailbox);
    if (opening === undefined) throw new Error("no such handle");
    return opening;
  }

  #open(
    { session, name, readOnly }: Parameters<StoreApi["open"]>[0],
    notify: (params: Parameters<ReaderApi["changed"]>[0]) => void,
  ): ReturnType<StoreApi["open"]> {
    const box = this.mailboxes.get(name);
    if (box === undefined) return fail("nonexistent", "no such mailbox");
    const mailbox = ++this.#lastId;
    const opening = new Opening(box, readOnly, () => notify({ session, mailbox }));
    this.#openings.set(mailbox, opening);
    return ok({ mailbox, snapshot: opening.snapshot() });
  }

  #close(mailbox: number): Result<null> {
    const opening = this.#opening(mailbox);
    opening.mailbox.openings.delete(opening);
    this.#openings.delete(mailbox);
    return ok(null);
  }

  #entries(): readonly MailboxEntry[] {
    const names = [...this.mailboxes.keys()];
    const parents = names.flatMap((name) => {
      const levels = name.split("/");
      return levels.slice(1).map((_, depth) => levels.slice(0, depth + 1).join("/"));
    });
    return [...new Set([...names, ...parents])].sort((left, right) =>
      left === "INBOX" ? -1 : right === "INBOX" ? 1 : left < right ? -1 : 1
    ).map((name) => ({
      name,
      selectable: this.mailboxes.has(name),
      hasChildren: names.some((other) => other.startsWith(`${name}/`)),
      mayHaveChildren: true,
      subscribed: this.subscribed.has(name),
      specialUse: this.specialUses.get(name),
    }));
  }

  #status(name: string, octets: boolean): Result<MailboxStatus> {
    const box = this.mailboxes.get(name);
    if (box === undefined) return fail("nonexistent", "no such mailbox");
    const { messages, uidNext, uidValidity, modSeq } = box;
    return ok({
      messages: messages.length,
      recent: messages.filter(({ uid }) => uid > box.seenUpTo).length,
      unseen: messages.filter(({ flags }) => !flags.includes("\\Seen")).length,
      uidNext,
      uidValidity,
      highestModSeq: modSeq,
      octets: octets ? messages.reduce((sum, message) => sum + message.octets.length, 0) : 0,
    });
  }

  #create(rawName: string): Result<null> {
    const name = rawName.replace(/\/$/, "");
    if (this.mailboxes.has(name)) return fail("alreadyExists", "exists");
    this.mailboxes.set(name, new FakeMailbox(1000 + ++this.#lastId));
    return ok(null);
  }

  #delete(name: string): Result<null> {
    const box = this.mailboxes.get(name);
    if (box === undefined) return fail("nonexistent", "no such mailbox");
    this.mailboxes.delete(name);
    box.isGone = true;
    box.wake();
    return ok(null);
  }

  #rename(from: string, to: string): Result<null> {
    if (this.mailboxes.has(to)) return fail("alreadyExists", "exists");
    const moved = [...this.mailboxes.keys()].filter((name) => name === from || name.startsWith(`${from}/`));
    if (moved.length === 0) return fail("nonexistent", "no such mailbox");
    for (const name of moved) {
      const box = this.#box(name);
      this.mailboxes.delete(name);
      this.mailboxes.set(to + name.slice(from.length), box);
    }
    return ok(null);
  }
}

function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

function fail(code: MailboxErrorCode, text: string): Result<never> {
  return { ok: false, code, text };
}

function equalFold(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
