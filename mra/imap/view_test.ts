import { assert, assertEquals } from "@std/assert";

import { type Random, SeededRandom } from "../../tools/kit/base/random.ts";

import type { Uid } from "../../store/account.ts";

import { star } from "./protocol/sequence_set.ts";
import { FakeMailbox, Opening } from "./testing/fake_mailbox.ts";
import { View } from "./view.ts";

/** A client that believes everything it is told, and nothing else (RFC 3501 §7.4.1). */
class NaiveClient {
  /** UID and flags by place, as far as they are known by looking when EXISTS was told. */
  readonly messages: { readonly uid: Uid; flags: readonly string[] }[];

  constructor(readonly view: View) {
    this.messages = [];
    this.learn();
  }

  /** Fetches what is new to it, by sequence number. */
  learn(): void {
    for (let sequence = this.messages.length + 1; sequence <= this.view.exists; sequence++) {
      const { uid, flags } = this.view.message(sequence)!;
      this.messages.push({ uid, flags });
    }
  }

  hear(options: { readonly expunge: boolean }): void {
    for (const event of this.view.flush(options)) {
      switch (event.kind) {
        case "expunge":
          assert(options.expunge, "EXPUNGE while it must be held back");
          assert(
            event.sequence >= 1 && event.sequence <= this.messages.length,
            "EXPUNGE of a number that is none",
          );
          this.messages.splice(event.sequence - 1, 1);
          break;
        case "exists":
          assert(event.count >= this.messages.length, "EXISTS below what was told");
          this.learn();
          assertEquals(this.messages.length, event.count);
          break;
        case "flags":
          assert(event.sequence <= this.messages.length, "FETCH above EXISTS");
          assertEquals(this.messages[event.sequence - 1]!.uid, event.message.uid);
          this.messages[event.sequence - 1]!.flags = event.message.flags;
      }
    }
  }
}

interface Session {
  readonly opening: Opening;
  readonly client: NaiveClient;
}

function openSession(mailbox: FakeMailbox): Session {
  const opening = new Opening(mailbox, false, () => {});
  return { opening, client: new NaiveClient(new View(opening.snapshot())) };
}

const flagNames = ["\\Seen", "\\Deleted", "$One", "$Two"];

function act(random: Random, mailbox: FakeMailbox, session: Session): void {
  const { view } = session.client;
  const pick = view.message(1 + random.below(Math.max(1, view.exists)));
  switch (random.below(6)) {
    case 0:
    case 1:
      mailbox.add(new Uint8Array(1), [], 0);
      break;
    case 2: {
      if (pick === undefined) break;
      // As STORE does: the store answers at once, and says it again with the next sync.
      const flag = flagNames[random.below(flagNames.length)]!;
      const before = mailbox.find(pick.uid);
      if (before === undefined) break;
      const after = before.flags.includes(flag)
        ? before.flags.filter((name) => name !== flag)
        : [...before.flags, flag];
      const { modSeq } = mailbox.setFlags(pick.uid, after)!;
      view.noteFlags(pick.uid, after, modSeq, { tell: true });
      break;
    }
    case 3:
      if (pick !== undefined) mailbox.remove([pick.uid]);
      break;
    case 4: {
      const gone = mailbox.messages.filter(({ flags }) => flags.includes("\\Deleted")).map(({ uid }) => uid);
      mailbox.remove(gone);
      for (const uid of gone) view.vanish(uid);
      break;
    }
    default:
      view.apply(session.opening.sync());
      session.client.hear({ expunge: random.below(2) === 0 });
  }
}

function check({ client }: Session): void {
  const { view, messages } = client;
  assertEquals(messages.length, view.exists);
  messages.forEach(({ uid }, index) => {
    assertEquals(view.message(index + 1)!.uid, uid);
    assertEquals(view.sequenceOf(uid), index + 1);
    if (index > 0) assert(messages[index - 1]!.uid < uid, "UIDs go up with sequence numbers");
  });
}

Deno.test("View keeps every session's picture true under random changes by all (RFC 3501 §5.2, §7.4.1)", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    const mailbox = new FakeMailbox(1);
    for (let count = random.below(5); count > 0; count--) mailbox.add(new Uint8Array(1), [], 0);
    const sessions = [openSession(mailbox), openSession(mailbox), openSession(mailbox)];
    try {
      for (let turn = 0; turn < 60; turn++) {
        const session = sessions[random.below(sessions.length)]!;
        act(random, mailbox, session);
        check(session);
      }
      for (const { opening, client } of sessions) {
        client.view.apply(opening.sync());
        client.hear({ expunge: true });
        const truth = mailbox.messages.map(({ uid, flags }) => ({ uid, flags: [...flags].sort() }));
        assertEquals(client.messages.map(({ uid, flags }) => ({ uid, flags: [...flags].sort() })), truth);
      }
    } catch (thrown) {
      console.error(`seed ${seed}`);
      throw thrown;
    }
  }
});

function viewOf(uids: readonly Uid[], keywords: readonly string[] = []): View {
  return new View({
    uidValidity: 1,
    uidNext: 100,
    highestModSeq: 1,
    readOnly: false,
    messages: uids.map((uid) => ({ uid, flags: [], recent: false, modSeq: 1 })),
    keywords,
  });
}

const uidsIn = (messages: readonly { readonly message: { readonly uid: Uid } }[]) =>
  messages.map(({ message }) => message.uid);

Deno.test("View resolves * to the last message, by number and by UID (RFC 3501 §6.4.8, §9 seq-range)", () => {
  const view = viewOf([3, 5, 9]);
  assertEquals(uidsIn(view.byUid([[9999, star]])), [9]);
  assertEquals(uidsIn(view.byUid([[4, 8]])), [5]);
  assertEquals(uidsIn(view.byUid([[1, 2]])), []);
  assertEquals(uidsIn(view.bySequence([[star, 2]])), [5, 9]);
  assertEquals(view.uidRanges([[2, 3]]), [[5, 9]]);
  assertEquals(view.uidRanges([[4, 7]]), []);
  assertEquals(view.hasAllSequences([[1, star]]), true);
  assertEquals(view.hasAllSequences([[1, 4]]), false);
  assertEquals(viewOf([]).hasAllSequences([[1, star]]), false);
  assertEquals(uidsIn(viewOf([]).byUid([[1, star]])), []);
});

Deno.test("View says when a keyword comes into use that FLAGS did not name (RFC 3501 §7.2.6)", () => {
  const view = viewOf([1, 2], ["$Old"]);
  view.apply({ appeared: [], flags: [{ uid: 1, flags: ["$old"], modSeq: 2 }], vanished: [] });
  assertEquals(view.flush({ expunge: true }).map(({ kind }) => kind), ["flags"]);
  view.apply({ appeared: [{ uid: 7, flags: ["$New"], recent: true, modSeq: 3 }], flags: [], vanished: [] });
  assertEquals(view.flush({ expunge: true }).map(({ kind }) => kind), ["keywords", "exists"]);
  assertEquals(view.keywords, ["$Old", "$New"]);
});

Deno.test("View tells EXPUNGE from the end, so that each number is right when it comes (RFC 3501 §7.4.1)", () => {
  const view = viewOf([1, 2, 3, 4, 5]);
  view.apply({ appeared: [], flags: [], vanished: [2, 4] });
  assertEquals(view.flush({ expunge: false }), []);
  assertEquals(view.exists, 5);
  assertEquals(view.isVanished(2), true);
  assertEquals(view.flush({ expunge: true }), [{ kind: "expunge", sequence: 4 }, {
    kind: "expunge",
    sequence: 2,
  }]);
  assertEquals(view.exists, 3);
});
