/** Commands of local(8): what is run, with which environment, and what its end means. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { utf8Text } from "../../tools/kit/base/bytes.ts";
import type { CommandEnd } from "../../tools/kit/os/run_command.ts";

import type { DeliveryOutcome, QueuedMessage, QueuedRecipient } from "../../store/spool/spool.ts";

import { recipientValues } from "../address/local_macros.ts";
import type { LocalRecipient } from "../address/recipient.ts";
import type { Actor } from "./actors.ts";
import { delivered, undelivered } from "./delivery.ts";

/**
 * Program and arguments. A shell is started only for what a shell must read: other characters than these, or a program
 * without a path, which may be a built-in.
 *
 *     commandWords("/usr/bin/procmail -a x", "")  ->  ["/usr/bin/procmail", "-a", "x"]
 *     commandWords("exec prog > /x", "")          ->  ["/bin/sh", "-c", "exec prog > /x"]
 */
export function commandWords(command: string, shell: string): readonly string[] {
  const words = split(command);
  if (shell !== "") return [...split(shell), command];
  const isPlain = /^[\w!@%=+:,./ \t-]*$/.test(command) && words[0]?.includes("/") === true;
  return isPlain ? words : ["/bin/sh", "-c", command];
}

function split(text: string): readonly string[] {
  return text.split(/[ \t]+/).filter((word) => word !== "");
}

export interface CommandFacts {
  readonly message: QueuedMessage;
  readonly recipient: QueuedRecipient;
  readonly local: LocalRecipient;
  readonly address: string;
  readonly sender: string;
  readonly actor: Actor;
  /** command_expansion_filter */
  readonly filter: string;
}

/** Values of the client by the names that the queue file has them under. */
const clientNames: readonly (readonly [variable: string, attribute: string])[] = [
  ["CLIENT_ADDRESS", "client_address"],
  ["CLIENT_HELO", "helo_name"],
  ["CLIENT_HOSTNAME", "client_name"],
  ["CLIENT_PROTOCOL", "protocol_name"],
  ["SASL_METHOD", "sasl_method"],
  ["SASL_SENDER", "sasl_sender"],
  ["SASL_USERNAME", "sasl_username"],
];

/** postfix-semantics §9; characters outside the filter become `_`. */
export function commandEnvironment(facts: CommandFacts): Readonly<Record<string, string>> {
  const { message, recipient, local, address, sender, actor, filter } = facts;
  const { attributes, envelopeId } = message.envelope;
  const values = recipientValues(local, address);
  const clean = (text: string) => Array.from(text, (char) => filter.includes(char) ? char : "_").join("");
  const environment: Record<string, string> = { PATH: "/usr/bin:/bin" };
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== "") environment[name] = clean(value);
  };
  add("HOME", actor.home);
  add("SHELL", actor.shell);
  add("LOGNAME", values.user);
  add("USER", values.user);
  add("EXTENSION", values.extension);
  add("DOMAIN", values.domain);
  add("LOCAL", values.local);
  add("RECIPIENT", address);
  add("ORIGINAL_RECIPIENT", recipient.original);
  add("ENVID", envelopeId);
  environment.SENDER = clean(sender);
  for (const [variable, attribute] of clientNames) add(variable, attributes[attribute]);
  return environment;
}

/** sysexits(3) as Postfix takes them. */
const exits: Readonly<Record<number, readonly [status: string, text: string]>> = {
  64: ["5.3.0", "command line usage error"],
  65: ["5.6.0", "data format error"],
  66: ["5.3.0", "cannot open input"],
  67: ["5.1.1", "user unknown"],
  68: ["5.1.2", "host name unknown"],
  69: ["5.3.0", "service unavailable"],
  70: ["5.3.0", "internal software error"],
  71: ["4.3.0", "system resource problem"],
  72: ["5.3.0", "critical OS file missing"],
  73: ["5.2.0", "can't create user output file"],
  74: ["5.3.0", "input/output error"],
  75: ["4.3.0", "temporary failure"],
  76: ["5.5.0", "remote error in protocol"],
  77: ["5.7.0", "permission denied"],
  78: ["5.3.5", "local configuration error"],
};

/** Of what a command says, this much is told. */
export const maxOutputOctets = 1000;

/** A status that the output begins with counts more than the exit status. */
export function commandOutcome(end: CommandEnd, command: string): DeliveryOutcome {
  if (end.kind === "notStarted") return undelivered("4.3.0", `cannot run "${command}": ${end.text}`);
  const output = oneLine(end.output);
  const said = output === "" ? "" : `. Command output: ${output}`;
  if (end.kind === "timeout") return undelivered("5.3.0", `Command time limit exceeded: "${command}"${said}`);
  if (end.kind === "killed") {
    return undelivered("4.3.0", `Command died with signal ${end.signal}: "${command}"${said}`);
  }
  if (end.code === 0) return delivered(`delivered to command: ${command}`);
  const own = /^([45]\.\d{1,3}\.\d{1,3})(?:\s+(.*))?$/.exec(output);
  const known = exits[end.code];
  if (own !== null) {
    return undelivered(own[1]!, own[2] ?? known?.[1] ?? `Command died with status ${end.code}`);
  }
  return known === undefined
    ? undelivered("5.3.0", `Command died with status ${end.code}: "${command}"${said}`)
    : undelivered(known[0], `${known[1]}${said}`);
}

/** What a command said, in one line. */
export function oneLine(output: Bytes): string {
  // deno-lint-ignore no-control-regex
  return utf8Text(output).trim().replace(/\s*\n\s*/g, " ").replace(/[\x00-\x1f\x7f]/g, "?");
}
