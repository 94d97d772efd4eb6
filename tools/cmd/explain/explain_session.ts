/** What a session comes to, stage by stage, up to the one that refuses: the very decisions that the server makes. */

import type { TlsInfo } from "../../kit/wire/engine.ts";

import type { Hosts } from "../../../mta/dns/hosts.ts";
import { decide } from "../../../mta/policy/decide.ts";
import { findClientName } from "../../../mta/policy/client_name.ts";
import type { ClientName, PolicyFacts, Stage } from "../../../mta/policy/facts.ts";
import type { PolicySettings } from "../../../mta/policy/settings.ts";
import type { Decision, MessageActions } from "../../../mta/policy/verdict.ts";
import { mergeActions } from "../../../mta/reception/kept_session.ts";
import { type PolicyWorld, runEvaluation } from "../../../mta/reception/run_evaluation.ts";
import type { SmtpRole } from "../../../mta/smtp/question.ts";

import type { ExplainedClient, ExplainedStage } from "./explanation.ts";
import type { Sentence } from "./sentence.ts";

export interface SessionWorld {
  readonly policy: PolicySettings;
  readonly world: PolicyWorld;
  readonly role: SmtpRole;
  readonly hosts: Hosts;
  /** `smtpd_peername_lookup` */
  readonly looksUpNames: boolean;
  /** Where the client has connected to. */
  readonly ownAddress: string;
}

export interface ExplainedSession {
  readonly client: ExplainedClient;
  readonly stages: readonly ExplainedStage[];
  readonly notes: readonly string[];
}

/** In the order of a session, with what the client hears when nothing refuses. */
const stageReplies: readonly (readonly [Stage, string])[] = [
  ["CONNECT", "220"],
  ["HELO", "250"],
  ["MAIL", "250 2.1.0 Ok"],
  ["RCPT", "250 2.1.5 Ok"],
  ["DATA", "354 End data with <CR><LF>.<CR><LF>"],
  ["END-OF-MESSAGE", "250 2.0.0 Ok: queued"],
];

/** As a client of these days would have it. */
const someTls: TlsInfo = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };

/** `sentence` names a client. */
export async function explainSession(
  sentence: Sentence & { readonly client: NonNullable<Sentence["client"]> },
  given: SessionWorld,
): Promise<ExplainedSession> {
  const { name, warning } = await nameOf(sentence.client, given);
  const { user, tls, service, helo } = sentence;
  const client = { ...name, address: sentence.client.address, helo, user, tls, service };
  const stages = await runStages(sentence, { ...name, address: client.address, port: 1024 }, given);
  return { client, stages, notes: warning === undefined ? [] : [warning] };
}

async function runStages(
  sentence: Sentence,
  client: PolicyFacts["client"],
  { policy, world, role, ownAddress }: SessionWorld,
): Promise<readonly ExplainedStage[]> {
  const { helo, user, tls, sender, recipient } = sentence;
  const session: PolicyFacts = {
    role,
    client,
    server: { address: ownAddress, port: role === "submission" ? 587 : 25 },
    helo: undefined,
    protocol: role === "lmtp" ? "LMTP" : "ESMTP",
    tls: sentence.service === "submissions" ? someTls : undefined,
    login: undefined,
    sender: undefined,
    recipient: undefined,
    recipientCount: 0,
    size: undefined,
    queueId: undefined,
    instance: "explain",
    pipelined: false,
    etrnDomain: undefined,
  };
  // After STARTTLS comes another EHLO, and only then AUTH.
  const greeted = { helo, tls: session.tls ?? (tls || user !== undefined ? someTls : undefined) };
  const known: Partial<PolicyFacts> = {
    ...greeted,
    login: user === undefined ? undefined : { user, mechanism: "PLAIN" },
    sender,
  };
  const knownAt: Readonly<Partial<Record<Stage, Partial<PolicyFacts>>>> = {
    HELO: greeted,
    MAIL: known,
    RCPT: { ...known, recipient },
    DATA: { ...known, recipient, recipientCount: 1 },
    "END-OF-MESSAGE": { ...known, recipient, recipientCount: 1, size: 1000 },
  };
  const stages: ExplainedStage[] = [];
  let pending: PolicyFacts["pending"];
  let actions: MessageActions = {};
  for (const [stage, good] of stageReplies) {
    if (stage === "HELO" && helo === undefined) continue;
    const facts = { ...session, ...knownAt[stage], pending, discarded: actions.discard };
    const decision = await runEvaluation(decide(stage, facts, policy), world);
    // What was left by CONNECT and HELO holds for each of the later ones.
    if (stage === "CONNECT" || stage === "HELO" || stage === "MAIL") pending = decision.pending ?? pending;
    actions = mergeActions(actions, decision.actions);
    stages.push({ stage, reply: replyOf(decision, good), decision });
    if (decision.verdict.kind !== "permit") break;
  }
  return stages;
}

function replyOf({ verdict }: Decision, good: string): string {
  switch (verdict.kind) {
    case "permit":
      return good;
    case "reject":
    case "defer": {
      const { code, status, text } = verdict.refusal;
      return `${code} ${status} ${text}`;
    }
    case "hangup":
      return "(the connection is closed without a reply)";
  }
}

async function nameOf(
  client: NonNullable<Sentence["client"]>,
  { world, hosts, looksUpNames }: SessionWorld,
): Promise<{ readonly name: ClientName; readonly warning?: string | undefined }> {
  const { name, address } = client;
  if (name !== undefined && name !== "unknown") {
    return { name: { name, nameStatus: "ok", reverseName: name, reverseStatus: "ok" } };
  }
  const { warning, ...found } = await runEvaluation(
    findClientName(address, { isLookedUp: looksUpNames && name === undefined, hosts }),
    world,
  );
  return { name: found, warning };
}
