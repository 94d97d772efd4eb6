/** How long a Maildir of 20,000 messages takes: `deno bench -A store/maildir/maildir_bench.ts`. */

import { realClock } from "../../tools/kit/base/clock.ts";

import { realRandom } from "../../tools/kit/base/random.ts";

import { realDisk } from "../file/real_disk.ts";
import { SimProcesses, storeContext } from "../mailbox_fixture.ts";
import { MaildirAccount } from "./maildir_account.ts";

const messages = 20_000;
const root = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

function account(): MaildirAccount {
  const context = storeContext({ disk: realDisk, clock: realClock, seed: 1, processes: new SimProcesses() });
  return new MaildirAccount(context, { user: "u1", root });
}

for (const part of ["cur", "new", "tmp"]) Deno.mkdirSync(`${root}/${part}`);
const text = `From: a@remote.test\nSubject: bench\n\n${"A line of the body, not long.\n".repeat(40)}`;
const octets = text.length + text.split("\n").length - 1;
const lines = [`3 V1700000000 N${messages + 1} G0123456789abcdef0123456789abcdef`];
for (let number = 1; number <= messages; number++) {
  const base = `${1_700_000_000 + number}.M${number}P1.mail.ref.test,S=${text.length},W=${octets}`;
  Deno.writeTextFileSync(`${root}/cur/${base}:2,${number % 3 === 0 ? "" : "S"}`, text);
  lines.push(`${number} :${base}`);
}
Deno.writeTextFileSync(`${root}/dovecot-uidlist`, `${lines.join("\n")}\n`);

Deno.bench("open 20,000 messages in a fresh account", async () => {
  const inbox = await account().open("INBOX", { readOnly: false });
  if (inbox.snapshot().messages.length !== messages) throw new Error("messages are missing");
  await inbox.close();
});

const warm = account();
const inbox = await warm.open("INBOX", { readOnly: false });
const uids = inbox.snapshot().messages.map(({ uid }) => uid);

Deno.bench("open them again", async () => {
  const again = await warm.open("INBOX", { readOnly: false });
  again.snapshot();
  await again.close();
});

Deno.bench("STATUS with sizes", async () => {
  await warm.status("INBOX", { octets: true });
});

Deno.bench("sync, nothing new", async () => {
  await inbox.sync();
});

Deno.bench("set and clear a flag on one message, and sync", async () => {
  await inbox.setFlags([uids[777]!], "add", ["\\Flagged"]);
  await inbox.setFlags([uids[777]!], "remove", ["\\Flagged"]);
  await inbox.sync();
});

Deno.bench("append a message, and sync", async () => {
  const appending = await warm.append("INBOX", { flags: ["\\Seen"] });
  await appending.write(new TextEncoder().encode(text));
  await appending.commit();
  await inbox.sync();
});

Deno.bench("fetch size and date of all", async () => {
  await inbox.fetch(uids, {});
});

Deno.bench("read 100 messages whole", async () => {
  for (const uid of uids.slice(0, 100)) await inbox.read(uid, 0, 1 << 20);
});

Deno.bench("fetch envelope and structure of 100", async () => {
  const first = 1000 + realRandom.below(10_000);
  await inbox.fetch(uids.slice(first, first + 100), { envelope: true, structure: true });
});

Deno.bench("search the text of 1,000", async () => {
  await inbox.search({
    kind: "and",
    keys: [{ kind: "uids", ranges: [[1, 1000]] }, { kind: "body", text: "not to be found" }],
  });
});
