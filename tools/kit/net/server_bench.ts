/** What a session costs: round trips, pipelined commands, handshakes. Run by `deno bench -A tools/kit/net`. */

import { realClock } from "../base/clock.ts";
import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { serveToy, ToyClient } from "./toy_server.ts";

const now = { nowMs: realClock.now(), random: realRandom };
const authority = await createAuthority({ name: "Bench authority", ...now });
const certificate = await issueCertificate(authority, { names: ["localhost"], ...now });
const toy = serveToy({ limits: { connectionsPerAddress: 0 } });
toy.server.setCertificate(certificate.certPem, certificate.keyPem);

const plain = await ToyClient.connect(toy.port);
await plain.hear("hello\r\n");
const secured = await ToyClient.connect(toy.port);
await secured.startTls(authority.certPem);

const clients = [["plain", plain], ["TLS", secured]] as const;

for (const [name, client] of clients) {
  Deno.bench(`one command and its reply, ${name}`, { group: "round trip" }, async () => {
    await client.say("noop\r\n");
    await client.hear("noop\r\n");
  });
  Deno.bench(`a question and its answer, ${name}`, { group: "question" }, async () => {
    await client.say("ask x\r\n");
    await client.hear("X\r\n");
  });
  Deno.bench(`100 pipelined commands, ${name}`, { group: "pipelining" }, async () => {
    await client.say(`${"noop\r\n".repeat(99)}last\r\n`);
    await client.hear("said last\r\n");
  });
}

Deno.bench("connect, greeting, quit", { group: "session" }, async () => {
  const client = await ToyClient.connect(toy.port);
  await client.say("quit\r\n");
  await client.hearAll();
  client.close();
});
