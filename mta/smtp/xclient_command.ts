/**
 * XCLIENT (Postfix XCLIENT_README): a relay that is trusted to (smtpd_authorized_xclient_hosts) tells which client it speaks
 * for; the session begins anew as that client's. Also how one tries what a rule would say to somebody else.
 */

import { isValidDomain } from "../../tools/kit/mail/domain.ts";
import { parseIp } from "../../tools/kit/mail/ip.ts";

import { nameClient, refusalOf, refuse } from "./answer.ts";
import { type Command, words } from "./command.ts";
import type { CommandRow, Proceed, SessionView } from "./command_row.ts";
import type { ClientAttributes } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { decodeXtext } from "./xtext.ts";

const unauthorized = reply(550, "5.7.0", "Error: insufficient authorization");
const inTransaction = reply(503, "5.5.1", "Error: MAIL transaction in progress");
const syntax = reply(501, "5.5.4", "Syntax: XCLIENT attribute=value...");

export const xclientCommand: CommandRow = {
  verb: "XCLIENT",
  rfc: "Postfix XCLIENT_README",
  roles: ["smtp", "submission"],
  beforeTls: true,
  hidden: true,
  last: true,
  check: checkXclient,
};

/** What is to be changed, or what is wrong with the value. */
type Reading = ClientAttributes | string;

const unavailable = "[UNAVAILABLE]";
const temporarily = "[TEMPUNAVAIL]";

/** Readers by attribute; `undefined` in what they give leaves that attribute unknown. */
const readers: Readonly<Record<string, (value: string) => Reading>> = {
  NAME: (value) => readName(value, (name, temporary) => ({ name, nameTemporary: temporary })),
  ADDR: (value) => {
    const address = plainAddress(value);
    return address === undefined ? `Bad ADDR syntax: ${value}` : { address };
  },
  PORT: (value) => readPort(value, (port) => ({ port })),
  PROTO: (value) => {
    const protocol = value.toUpperCase();
    return protocol === "SMTP" || protocol === "ESMTP" ? { protocol } : `Bad PROTO syntax: ${value}`;
  },
  HELO: (value) => ({ helo: value === unavailable ? "" : value }),
  REVERSE_NAME: (value) =>
    readName(value, (reverseName, temporary) => ({ reverseName, reverseTemporary: temporary })),
  LOGIN: (value) => ({ login: value === unavailable ? "" : value }),
  DESTADDR: (value) => {
    const localAddress = plainAddress(value);
    return localAddress === undefined ? `Bad DESTADDR syntax: ${value}` : { localAddress };
  },
  DESTPORT: (value) => readPort(value, (localPort) => ({ localPort })),
};

/** As EHLO names them. */
export const xclientNames: readonly string[] = Object.keys(readers);

function checkXclient(session: SessionView, command: Command): Reply | Proceed {
  if (!session.mayXclient) return unauthorized;
  if (session.mail.kind !== "none") return inTransaction;
  const items = words(command.argument);
  if (items.length === 0) return syntax;
  let attributes: ClientAttributes = {};
  for (const item of items) {
    const [, name, encoded] = /^([^=]+)=(.+)$/.exec(item) ?? [];
    if (name === undefined || encoded === undefined) return syntax;
    const reader = Object.hasOwn(readers, name.toUpperCase()) ? readers[name.toUpperCase()] : undefined;
    if (reader === undefined) return reply(501, "5.5.4", `Bad XCLIENT attribute name: ${name}`);
    const value = decodeXtext(encoded);
    if (value === undefined) return reply(501, "5.5.4", `Bad XCLIENT attribute value: ${encoded}`);
    const reading = reader(value);
    if (typeof reading === "string") return reply(501, "5.5.4", reading);
    attributes = { ...attributes, ...reading };
  }
  return (session) => become(session, attributes);
}

function become(session: Session, attributes: ClientAttributes): void {
  const { client } = session;
  session.resetMail();
  session.learn({
    client: {
      ...client,
      address: attributes.address ?? client.address,
      port: attributes.port ?? client.port,
      localAddress: attributes.localAddress ?? client.localAddress,
      localPort: attributes.localPort ?? client.localPort,
    },
    helo: attributes.helo === "" ? undefined : attributes.helo ?? session.helo,
    protocol: attributes.protocol ?? session.protocol,
    login: attributes.login === undefined
      ? session.login
      : attributes.login === ""
      ? undefined
      : { user: attributes.login, mechanism: "xclient" },
  });
  session.ask({ kind: "xclient", facts: session.facts, attributes }, (answer) => {
    nameClient(session, answer);
    const refusal = refusalOf(session, answer, { where: "CONNECT" });
    if (refusal === undefined) return session.finish(reply(220, undefined, session.settings.banner));
    if (refusal !== "hangup") session.denied = refusal;
    refuse(session, refusal);
  });
}

function readName(
  value: string,
  then: (name: string, temporary: true | undefined) => ClientAttributes,
): Reading {
  if (value === unavailable) return then("unknown", undefined);
  if (value === temporarily) return then("unknown", true);
  return isValidDomain(value) ? then(value, undefined) : `Bad hostname syntax: ${value}`;
}

function readPort(value: string, then: (port: number) => ClientAttributes): Reading {
  if (value === unavailable) return then(0);
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535
    ? then(Number(value))
    : `Bad port syntax: ${value}`;
}

/** `192.0.2.1`, or `IPV6:2001:db8::1`. */
function plainAddress(value: string): string | undefined {
  if (value === unavailable) return "";
  const address = value.replace(/^IPV6:/i, "");
  return parseIp(address) === undefined ? undefined : address.toLowerCase();
}
