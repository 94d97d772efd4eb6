/** master.cf's services as settings: which listeners there are, what `-o` gives each of them, and what is left over. */

import type { ConfigNotice } from "../load.ts";
import type { GivenSetting } from "../read_statements.ts";
import { namedTransports } from "../schema/transports.ts";
import { serviceSettingNames } from "../read_statements.ts";
import type { ListenerService, ServiceName, SettingName } from "../schema.ts";
import { isSettingName } from "../schema.ts";
import type { MasterService } from "./master_cf.ts";
import { isLoginOnly, readNames } from "./meaning.ts";
import { isInstallationName } from "./parameters.ts";
import type { TransportService } from "./transport_services.ts";
import { readTransportService } from "./transport_services.ts";

/** A `-o` of a parameter that this server does not have. */
export interface LeftOverride {
  readonly name: string;
  readonly value: string;
  readonly service: MasterService;
}

export interface ReadServices {
  readonly listeners: ReadonlyMap<SettingName, GivenSetting>;
  readonly sections: ReadonlyMap<ServiceName, ReadonlyMap<string, GivenSetting>>;
  readonly transports: ReadonlyMap<string, TransportService>;
  readonly left: readonly LeftOverride[];
  readonly notices: readonly ConfigNotice[];
}

type ListenerName = Exclude<ListenerService, "lmtp">;

/** The names of services(5) that mail is served on. */
const ports: Readonly<Record<string, number>> = {
  smtp: 25,
  mail: 25,
  smtps: 465,
  ssmtp: 465,
  submissions: 465,
  urd: 465,
  submission: 587,
  lmtp: 24,
};

/** Parts of Postfix whose work this server does, or has no need for. */
const ownPrograms = new Set([
  ...[
    "anvil",
    "bounce",
    "cleanup",
    "discard",
    "dnsblog",
    "error",
    "flush",
    "lmtp",
    "local",
    "oqmgr",
    "pickup",
  ],
  ...["postlogd", "postscreen", "proxymap", "qmgr", "scache", "showq", "smtp", "smtpd", "tlsmgr", "tlsproxy"],
  ...["trivial-rewrite", "verify", "virtual"],
]);

export interface ServicesOptions {
  /** The path of master.cf. */
  readonly file: string;
  /** A parameter of main.cf as it stands there. */
  readonly mainCf: (name: string) => GivenSetting | undefined;
  /** main.cf's smtpd_tls_wrappermode. */
  readonly wrapperMode: boolean;
  /** Whether main.cf or a table that it names has this word. */
  readonly isMentioned: (word: string) => boolean;
}

export function readServices(services: readonly MasterService[], options: ServicesOptions): ReadServices {
  const reader = new ServicesReader(services, options);
  for (const service of services) reader.read(service);
  return reader;
}

class ServicesReader implements ReadServices {
  readonly listeners = new Map<SettingName, GivenSetting>();
  readonly sections = new Map<ServiceName, Map<string, GivenSetting>>();
  readonly transports = new Map<string, TransportService>();
  readonly left: LeftOverride[] = [];
  readonly notices: ConfigNotice[] = [];
  readonly #first = new Map<ListenerName, MasterService>();
  readonly #options: ServicesOptions;
  /** What postscreen hands its clients to. */
  readonly #behindPostscreen: MasterService | undefined;

  constructor(services: readonly MasterService[], options: ServicesOptions) {
    this.#options = options;
    this.#behindPostscreen = services.find(({ type, command }) => type === "pass" && command === "smtpd");
  }

  read(service: MasterService): void {
    const { type, command } = service;
    if (type === "inet" && command === "smtpd") this.#readListener(service, service);
    else if (type === "inet" && command === "postscreen") {
      this.#readListener(service, this.#behindPostscreen ?? service);
      this.#tell(service, "unsupported", "postscreen is not here; clients go to the SMTP server at once");
    } else if (type === "inet") {
      this.#tell(service, "unsupported", `${command} is not here; it is not opened`);
    } else if (command === "pickup") this.#readOverrides(service, "pickup");
    else if (isTransport(service)) this.#readTransport(service);
    else if (!ownPrograms.has(command)) this.#readProgram(service);
    else if (type !== "pass") this.#keepOverrides(service, service.overrides);
  }

  #tell(service: MasterService, kind: ConfigNotice["kind"], text: string): void {
    const { name, type, line } = service;
    this.notices.push({ kind, file: this.#options.file, line, text: `${name}/${type}: ${text}` });
  }

  #readTransport(service: MasterService): void {
    const { file, mainCf } = this.#options;
    const tell = (of: MasterService, kind: ConfigNotice["kind"], text: string) => this.#tell(of, kind, text);
    const transport = readTransportService(service, { file, mainCf, tell });
    this.transports.set(service.name, transport);
    const others = [...service.overrides].filter(([name]) => !transport.overrides.includes(name));
    this.#keepOverrides(service, new Map(others));
  }

  #readProgram(service: MasterService): void {
    const isUsed = this.#options.isMentioned(service.name);
    const rest = isUsed ? "" : ", and nothing in main.cf names it";
    this.#tell(service, isUsed ? "unsupported" : "unused", `${service.command} is not here${rest}`);
  }

  /** `own` is the service whose `-o` count. */
  #readListener(service: MasterService, own: MasterService): void {
    const endpoint = parseEndpoint(service.name);
    if (endpoint === undefined) {
      this.#tell(service, "unsupported", "a port of this name is not known here; write its number");
      return;
    }
    const listener = this.#listenerOf(own, endpoint.port);
    const first = this.#first.get(listener);
    if (first === undefined) {
      this.#first.set(listener, own);
      this.#readOverrides(own, listener);
    } else if (overridesText(first) !== overridesText(own)) {
      const text =
        `its -o differ from those of ${first.name} in line ${first.line}, and there is one kind of ` +
        `${listener} service here; it is not opened`;
      this.#tell(service, "unsupported", text);
      return;
    }
    const name = `listen_${listener}` as const;
    const earlier = this.listeners.get(name);
    const raw = [...(earlier?.raw as readonly string[] | undefined ?? []), endpoint.text];
    const { line = service.line } = earlier ?? {};
    this.listeners.set(name, { raw, line, file: this.#options.file });
  }

  #listenerOf({ overrides }: MasterService, port: number): ListenerName {
    const wrapped = overrides.get("smtpd_tls_wrappermode")?.toLowerCase() ??
      (this.#options.wrapperMode ? "yes" : "no");
    if (wrapped === "yes") return "submissions";
    // What is filtered elsewhere comes back here.
    if (overrides.get("content_filter") === "") return "filtered";
    return port === ports.submission || isLoginOnly(overrides) ? "submission" : "smtp";
  }

  #readOverrides(service: MasterService, name: ServiceName): void {
    const section = new Map<string, GivenSetting>();
    const { file } = this.#options;
    const left = new Map<string, string>();
    for (const [parameter, written] of service.overrides) {
      // Its service's name is what master.cf is read with (master(5)).
      const value = written.replace(
        /\$(?:\{service_name\}|\(service_name\)|service_name\b)/g,
        () => service.name,
      );
      if (serviceSettingNames.some((other) => other === parameter)) {
        section.set(parameter, { raw: value, line: service.line, file });
      } else left.set(parameter, value);
    }
    this.sections.set(name, section);
    this.#keepOverrides(service, left);
  }

  #keepOverrides(service: MasterService, overrides: ReadonlyMap<string, string>): void {
    for (const [name, value] of overrides) {
      if (readNames.has(name)) continue;
      if (isSettingName(name)) {
        this.#tell(service, "unsupported", `-o ${name}=${value}: ${name} is one for all services here`);
      } else if (!isInstallationName(name)) {
        this.left.push({ name, value, service });
      }
    }
  }
}

/** What takes mail out of the queue under a name that can be set: a program, or a client. */
function isTransport({ type, name, command }: MasterService): boolean {
  if (type !== "unix") return false;
  return command === "pipe" || (command === "smtp" || command === "lmtp") &&
      (name === command || name === "relay" || !namedTransports.some((other) => other === name));
}

/** For comparison of what two services do. */
function overridesText({ overrides }: MasterService): string {
  const rows = [...overrides].filter(([name]) => name === "smtpd_tls_wrappermode" || !readNames.has(name));
  return JSON.stringify(rows.sort());
}

/** `smtp`, `587`, `127.0.0.1:10025`, `[::1]:smtp` as `address:port` or `port`. */
function parseEndpoint(name: string): { readonly text: string; readonly port: number } | undefined {
  const [, host, portName = ""] = /^(?:(\[[^\]]*\]|[^:]*):)?([^:]+)$/.exec(name) ?? [];
  const port = /^\d{1,5}$/.test(portName)
    ? Number(portName)
    : Object.hasOwn(ports, portName)
    ? ports[portName]
    : undefined;
  if (port === undefined || port > 65535) return undefined;
  return { text: host === undefined || host === "" ? String(port) : `${host}:${port}`, port };
}
