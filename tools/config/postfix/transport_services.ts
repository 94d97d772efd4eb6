/** Services of master.cf that take mail out of the queue: pipe(8), and smtp(8) and lmtp(8) under names of their own. */

import type { ConfigNotice } from "../load.ts";
import type { GivenSetting, GivenTransport } from "../read_statements.ts";
import { namedTransports, transportRows } from "../schema/transports.ts";
import { isClientSettingOf } from "../transports.ts";
import type { MasterService } from "./master_cf.ts";

export interface TransportServicesOptions {
  /** The path of master.cf. */
  readonly file: string;
  /** A parameter of main.cf as it stands there. */
  readonly mainCf: (name: string) => GivenSetting | undefined;
  readonly tell: (service: MasterService, kind: ConfigNotice["kind"], text: string) => void;
}

export interface TransportService extends GivenTransport {
  /** Parameters of main.cf that are this transport's. */
  readonly ownNames: readonly string[];
  /** `-o` that have a meaning here. */
  readonly overrides: readonly string[];
}

/** What a service that is a transport comes to. */
export function readTransportService(
  service: MasterService,
  options: TransportServicesOptions,
): TransportService {
  const { file } = options;
  const { name, line, command } = service;
  const values = new Map<string, GivenSetting>();
  const set = (key: string, raw: GivenSetting["raw"]) => values.set(key, { raw, line, file });
  const isNamed = namedTransports.some((other) => other === name);
  if (!isNamed) set("kind", command);
  const limit = service.fields[4] ?? "-";
  if (/^\d+$/.test(limit)) set("process_limit", limit);
  if (command === "pipe") readAttributes(service, set, options.tell);
  const overrides = [...service.overrides].filter(([key]) => isClientSettingOf(command, key));
  for (const [key, value] of overrides) set(key, value.replaceAll(serviceName, () => name));
  if (service.overrides.get("disable_dns_lookups") === "yes") set(`${command}_dns_support_level`, "disabled");
  const ownNames: string[] = [];
  for (const row of isNamed ? [] : [...Object.keys(transportRows), "time_limit"]) {
    const given = options.mainCf(`${name}_${row}`);
    if (given === undefined || row === "time_limit" && command !== "pipe") continue;
    ownNames.push(`${name}_${row}`);
    values.set(row, given);
  }
  return {
    line,
    file,
    values,
    ownNames,
    overrides: ["disable_dns_lookups", ...overrides.map(([key]) => key)],
  };
}

const serviceName = /\$(?:\{service_name\}|\(service_name\)|service_name\b)/g;

/** Attributes of pipe(8) by the keys of `[transport.NAME]`. */
const keys: Readonly<Record<string, string>> = {
  directory: "directory",
  eol: "eol",
  flags: "flags",
  null_sender: "null_sender",
  size: "size",
  user: "user",
};

function readAttributes(
  service: MasterService,
  set: (key: string, raw: GivenSetting["raw"]) => void,
  tell: TransportServicesOptions["tell"],
): void {
  const args = withoutOptions(service.arguments);
  // Postfix starts without them, and mail for the transport waits.
  set("command", []);
  set("user", "");
  const seen = new Set<string>();
  for (let at = 0; at < args.length; at++) {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(plainArgument(args[at]!)) ?? [];
    if (name === "argv") {
      set("command", [value, ...args.slice(at + 1).map(plainArgument)]);
      if (!seen.has("user")) {
        tell(service, "warning", "missing user= command-line attribute: mail for it waits");
      }
      return;
    }
    seen.add(name);
    if (Object.hasOwn(keys, name)) {
      set(keys[name]!, name === "eol" ? unescape(value) : name === "flags" ? knownFlags(value) : value);
    } else tell(service, "unsupported", `${args[at]} is not supported: the program runs without it`);
  }
  tell(service, "warning", "missing argv= command-line attribute: mail for it waits");
}

/** Other letters are nothing to Postfix either. */
function knownFlags(letters: string): string {
  return letters.replace(/[^BDFORXhqu.>]/g, "");
}

/** Without `-o name=value` and `-v`. */
function withoutOptions(args: readonly string[]): readonly string[] {
  const argv = args.findIndex((arg) => plainArgument(arg).startsWith("argv="));
  return args.filter((arg, index) =>
    argv >= 0 && index >= argv || arg !== "-o" && args[index - 1] !== "-o" && !/^-v+$/.test(arg)
  );
}

/** `{ text with blanks }` without its braces (master(5)). */
function plainArgument(arg: string): string {
  return /^\{\s*(.*?)\s*\}$/s.exec(arg)?.[1] ?? arg;
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** `\r\n` and its like, and `\ooo`. */
function unescape(text: string): string {
  return text.replace(
    /\\([0-7]{1,3}|.)/gs,
    (_, code: string) => /^[0-7]/.test(code) ? String.fromCharCode(parseInt(code, 8)) : escapes[code] ?? code,
  );
}
