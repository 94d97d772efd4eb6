/**
 * Sessions made up over rule sets made up, each put to the server (engine, reception, queue) and to `explain`: replies,
 * decisions and the queued envelope must be the same. MAILSRV_SEEDS sets how many rule sets there are (25 sessions each).
 */

import { assert, assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import type { Users } from "../../store/users/users.ts";

import { noHosts } from "../../mta/dns/hosts.ts";
import { findClientName } from "../../mta/policy/client_name.ts";
import type { ClientName, Stage } from "../../mta/policy/facts.ts";
import type { Decision, MessageActions } from "../../mta/policy/verdict.ts";
import { mergeActions } from "../../mta/reception/kept_session.ts";
import { runEvaluation } from "../../mta/reception/run_evaluation.ts";

import { explainAddresses } from "../../tools/cmd/explain/explain_addresses.ts";
import { type ExplainedSession, explainSession } from "../../tools/cmd/explain/explain_session.ts";
import type { Sentence } from "../../tools/cmd/explain/sentence.ts";
import { Watched } from "../../tools/cmd/explain/watched.ts";

import { type Case, parseClient, type Setting } from "./case.ts";
import { loadCases } from "./load_cases.ts";
import { type Keeper, openKeeper } from "./mailsrv_keeper.ts";
import { MemorySession } from "./memory_session.ts";
import { clients, helos, randomCase, recipients, senders } from "./random_cases.ts";
import { type Zone, zoneOf } from "./zone.ts";

const ruleSets = Number(Deno.env.get("MAILSRV_SEEDS") ?? "400");
const sessionsEach = 25;
const firstSeed = 9_000_000;

const always: readonly Setting[] = [
  ["smtpd_peername_lookup", "yes"],
  ["smtpd_tls_security_level", "may"],
  ["smtpd_hard_error_limit", "1000"],
  ["smtpd_soft_error_limit", "1000"],
];

/** What becomes of addresses on their way into the queue. */
const rewriting: readonly Setting[] = [
  ["always_bcc", "archive"],
  ["sender_bcc_maps", "inline:{{ann@c.example = copies@my.test}, {@example.test = user}}"],
  ["recipient_bcc_maps", "inline:{{user@my.test = other@my.test}, {@relay.test = u@elsewhere.test}}"],
  ["sender_canonical_maps", "inline:{joe@spam.example=honest@example.test}"],
  ["recipient_canonical_maps", "inline:{{box@vmbox.test = user@my.test}, {other@my.test = info@alias.test}}"],
  ["masquerade_domains", "example.test my.test"],
  ["access_table_dotted_keys", "yes"],
  [
    "smtpd_end_of_data_restrictions",
    "check_sender_access hash:{senders}, check_client_access hash:{clients}",
  ],
  ["smtpd_data_restrictions", "check_recipient_access hash:{recipients}, reject_multi_recipient_bounce"],
];

const users: Users = {
  find: () => Promise.resolve(undefined),
  verify: (name) => Promise.resolve({ kind: "accepted", user: { name, home: `/home/${name}` } }),
  scramKeys: () => Promise.resolve(undefined),
  list: () => Promise.resolve([]),
};

interface Judged {
  readonly stage: Stage;
  readonly decision: Decision;
}

/** A rule set that is served, and what the server decides. */
interface Server {
  readonly keeper: Keeper;
  readonly decisions: Judged[];
  /** The name that the client of the next session has, where it is not looked up. */
  givenName: string | undefined;
}

async function openServer(one: Case, zone: Zone): Promise<Server> {
  const server: { keeper?: Keeper; decisions: Judged[]; givenName: string | undefined } = {
    decisions: [],
    givenName: undefined,
  };
  const peerName = async (address: string): Promise<ClientName> => {
    const name = server.givenName;
    if (name !== undefined) return { name, nameStatus: "ok", reverseName: name, reverseStatus: "ok" };
    const steps = findClientName(address, { isLookedUp: true, hosts: noHosts });
    const { warning: _, ...found } = await runEvaluation(steps, server.keeper!.world);
    return found;
  };
  const keeper = await openKeeper(one, zone, {
    peerName,
    users,
    hasCertificate: true,
    onDecision: (stage, _, decision) => server.decisions.push({ stage, decision }),
  });
  server.keeper = keeper;
  return Object.assign(server, { keeper });
}

interface Heard {
  /** By stage; a stage that the session has not come to is not there. */
  readonly replies: ReadonlyMap<Stage, string>;
  readonly queued: string | undefined;
}

async function serveSession({ keeper }: Server, sentence: Sentence): Promise<Heard> {
  const { client, helo, user, tls, sender, recipient } = sentence;
  const session = new MemorySession(keeper, { address: client!.address, port: 1024 });
  const replies = new Map<Stage, string>();
  const say = async (stage: Stage | undefined, command: string): Promise<boolean> => {
    const reply = await session.say(command);
    if (stage !== undefined) replies.set(stage, reply);
    return /^[23]/.test(reply);
  };
  replies.set("CONNECT", await session.open());
  const steps: readonly (() => Promise<boolean>)[] = [
    () => Promise.resolve(replies.get("CONNECT")!.startsWith("220")),
    ...(helo === undefined ? [] : [() => say("HELO", `EHLO ${helo}`)]),
    ...(tls || user !== undefined ? [() => say(undefined, "STARTTLS")] : []),
    ...(helo !== undefined && (tls || user !== undefined) ? [() => say("HELO", `EHLO ${helo}`)] : []),
    ...(user === undefined ? [] : [() => say(undefined, `AUTH PLAIN ${btoa(`\0${user}\0pw`)}`)]),
    () => say("MAIL", `MAIL FROM:<${sender}>`),
    () => say("RCPT", `RCPT TO:<${recipient}>`),
    () => say("DATA", "DATA"),
    () => say("END-OF-MESSAGE", "Subject: x\r\n\r\nbody\r\n."),
  ];
  for (const step of steps) if (!await step()) break;
  await session.close();
  const queued = /^250 2\.0\.0 Ok: queued as (\S+)$/.exec(replies.get("END-OF-MESSAGE") ?? "")?.[1];
  return { replies, queued };
}

function randomSentence(random: SeededRandom): Sentence {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const { name, address, login } = parseClient(pick(clients));
  const user = login ?? pick([undefined, undefined, undefined, "joe", "ann"]);
  return {
    sender: pick(senders).replace("<>", ""),
    recipient: pick(recipients),
    client: { address, name: pick([undefined, name]) },
    helo: user === undefined ? pick([...helos, undefined]) : pick(helos),
    user,
    tls: random.below(3) === 0,
    service: "smtp",
  };
}

/** Refusals stand in the session's first stage that hears them; `closed` is a connection that ended without a word. */
function expectSameReplies(explained: ExplainedSession, { replies }: Heard): void {
  for (const { stage, reply, decision: { verdict } } of explained.stages) {
    const heard = replies.get(stage) ?? "(nothing)";
    if (verdict.kind === "permit") assertEquals(heard.slice(0, 3), reply.slice(0, 3), stage);
    else assertEquals(heard, verdict.kind === "hangup" ? "closed" : reply, stage);
  }
}

/** What the server has not judged must have nothing to say. */
function expectSameDecisions({ stages }: ExplainedSession, judged: readonly Judged[]): void {
  const byStage = new Map(judged.map(({ stage, decision }) => [stage, decision]));
  let before: MessageActions = mergeActions({}, {});
  for (const { stage, decision } of stages) {
    const after = mergeActions(before, decision.actions);
    const served = byStage.get(stage);
    if (served === undefined) {
      const outcomes = decision.trail.filter(({ outcome }) => outcome !== undefined);
      assertEquals([decision.verdict.kind, after, outcomes], ["permit", before, []], stage);
    } else if (JSON.stringify(decision) !== JSON.stringify(served)) assertEquals(decision, served, stage);
    before = after;
  }
}

async function expectSameEnvelope(
  explained: ExplainedSession,
  id: string,
  { keeper, sentence }: { readonly keeper: Keeper; readonly sentence: Sentence },
): Promise<void> {
  const actions = explained.stages.reduce<MessageActions>(
    (merged, { decision }) => mergeActions(merged, decision.actions),
    {},
  );
  const { tables } = keeper.world;
  const told = await explainAddresses(sentence, {
    settings: keeper.cleanup,
    ask: new Watched({ tables, users, lists: noLists }),
    actions,
  });
  const message = await keeper.spool.find(id);
  if (actions.discard === true) return assertEquals(message, undefined);
  assert(message !== undefined);
  const { sender, recipients, filter } = message.envelope;
  assertEquals(
    [sender, eachOnce(recipients), filter, message.queue === "hold"],
    [told.sender, told.recipients, actions.filter, actions.hold === true],
  );
}

/** The same address may be there for several original ones. */
function eachOnce(recipients: readonly { readonly address: string }[]): readonly string[] {
  return [...new Map(recipients.map(({ address }) => [address.toLowerCase(), address])).values()];
}

const noFiles = () => Promise.reject(new Error("nobody reads files"));
const noLists = { forward: noFiles, include: noFiles };

Deno.test(`explain says what the server does, in ${ruleSets * sessionsEach} sessions (from seed ${firstSeed})`, async () => {
  const { cases, dns } = await loadCases();
  const base = cases.find(({ file }) => file === "relay.txt")!;
  const zone = zoneOf(dns);
  const seen = new Map<string, number>();
  for (let index = 0; index < ruleSets; index++) {
    const seed = firstSeed + index;
    const random = new SeededRandom(seed);
    const drawn = randomCase(base, random, seed);
    const more = rewriting.filter(() => random.below(4) === 0);
    const one = { ...drawn, settings: [...drawn.settings, ...always, ...more] };
    const server = await openServer(one, zone);
    for (let count = 0; count < sessionsEach; count++) {
      const sentence = randomSentence(random);
      server.decisions.length = 0;
      const { name, address } = sentence.client!;
      server.givenName = name === "unknown" ? undefined : name;
      try {
        const heard = await serveSession(server, sentence);
        const explained = await explainSession({ ...sentence, client: { name, address } }, {
          policy: server.keeper.policy,
          world: server.keeper.world,
          role: "smtp",
          hosts: noHosts,
          looksUpNames: true,
          ownAddress: "127.0.0.1",
        });
        expectSameReplies(explained, heard);
        expectSameDecisions(explained, server.decisions);
        if (heard.queued !== undefined) {
          await expectSameEnvelope(explained, heard.queued, { keeper: server.keeper, sentence });
        }
        const last = explained.stages.at(-1)!;
        const kind = `${last.stage} ${last.decision.verdict.kind}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      } catch (thrown) {
        const settings = one.settings.map(([name, value]) => `\n  ${name} = ${value}`).join("");
        throw new Error(`seed ${seed}, session ${count}: ${JSON.stringify(sentence)}${settings}`, {
          cause: thrown,
        });
      }
    }
  }
  // Or else the drawing has become lame.
  const least = Math.floor(ruleSets / 20);
  for (const kind of ["RCPT reject", "RCPT defer", "END-OF-MESSAGE permit"]) {
    assert((seen.get(kind) ?? 0) >= least, `${kind}: ${seen.get(kind)}`);
  }
});
