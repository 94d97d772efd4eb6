/** The names and domains of this server: full names, and no domain in two classes. Pure. */

import { isValidDomain } from "../../kit/mail/domain.ts";

import type { Settings } from "../../config/schema.ts";

import type { Level } from "./finding.ts";

export interface NamedFinding {
  readonly level: Level;
  /** The setting that it is about. */
  readonly name: keyof Settings;
  readonly text: string;
}

const classes = [
  "mydestination",
  "virtual_alias_domains",
  "virtual_mailbox_domains",
  "relay_domains",
] as const;

export function checkNames(settings: Settings): readonly NamedFinding[] {
  return [...checkHost(settings), ...checkDestinations(settings), ...checkClasses(settings)];
}

function* checkHost({ myhostname, myorigin }: Settings): Generator<NamedFinding> {
  const host = myhostname.toLowerCase();
  if (!host.includes(".") || /\.(?:localdomain|local|lan|internal)$/.test(host)) {
    yield {
      level: "warning",
      name: "myhostname",
      text:
        `myhostname: ${myhostname} is no full name of the Internet: others refuse mail of a server that calls itself so`,
    };
  }
  if (!myorigin.includes(".")) {
    yield {
      level: "warning",
      name: "myorigin",
      text: `myorigin: ${myorigin} is no full domain: addresses become user@${myorigin}`,
    };
  }
}

function* checkDestinations({ mydestination, myhostname }: Settings): Generator<NamedFinding> {
  for (const item of mydestination) {
    if (item.startsWith(".")) {
      yield {
        level: "warning",
        name: "mydestination",
        text:
          `mydestination: "${item}" matches nothing: names in this list match exactly, never the hosts below`,
      };
    } else if (isValidDomain(item) && !item.includes(".") && item !== "localhost" && item !== myhostname) {
      yield {
        level: "warning",
        name: "mydestination",
        text: `mydestination: "${item}" is no full domain: nobody else can send mail there`,
      };
    }
  }
}

/** ADDRESS_CLASS_README: a domain is of one class. */
function* checkClasses(settings: Settings): Generator<NamedFinding> {
  const first = new Map<string, (typeof classes)[number]>();
  for (const name of classes) {
    for (const item of settings[name]) {
      if (!isValidDomain(item)) continue;
      const domain = item.toLowerCase();
      const other = first.get(domain);
      if (other !== undefined && other !== name) {
        yield {
          level: "warning",
          name,
          text: `${name}: do not list domain ${item} in BOTH ${other} and ${name}`,
        };
      } else first.set(domain, name);
    }
  }
}
