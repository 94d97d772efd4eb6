/**
 * Transports: those that are always there, and those of sections `[transport.NAME]` or of master.cf. Each has limits; a
 * program has its command, and an SMTP or LMTP client the settings as it sees them.
 */

import type { PipeSettings } from "../../mta/delivery/pipe_settings.ts";
import { parsePipeFlags, pipeFlags } from "../../mta/delivery/pipe_settings.ts";

import type { Parameter, Place, RawValue, ValueOf } from "./parameter.ts";
import type { GivenSetting, GivenTransport } from "./read_statements.ts";
import type { Resolved } from "./resolve.ts";
import type { Settings } from "./schema.ts";
import { isSettingName, parameters } from "./schema.ts";
import type { TransportRowName } from "./schema/transports.ts";
import { namedTransports, transportRows } from "./schema/transports.ts";
import type { TransportSectionName } from "./transport_rows.ts";
import { isTransportSectionName, transportSectionRows } from "./transport_rows.ts";

export type TransportLimitValues =
  & { readonly [R in TransportRowName]: ValueOf<(typeof transportRows)[R]> }
  & { readonly process_limit: number };

export interface TransportDefinition {
  readonly name: string;
  readonly limits: TransportLimitValues;
  readonly way:
    | { readonly kind: "pipe"; readonly pipe: PipeSettings }
    /** The settings as this client sees them. */
    | { readonly kind: "smtp" | "lmtp"; readonly settings: Settings }
    /** Delivery on this machine: nothing but limits. */
    | { readonly kind: "here" };
}

export interface TransportProblem {
  readonly line: number | undefined;
  readonly file: string | undefined;
  readonly text: string;
}

export interface ReadTransports {
  readonly transports: ReadonlyMap<string, TransportDefinition>;
  readonly problems: readonly TransportProblem[];
}

export interface TransportsOptions {
  readonly base: Resolved;
  readonly place: Place;
  /** All settings with some others in the place of theirs. */
  readonly resolve: (own: ReadonlyMap<string, GivenSetting>) => Resolved;
}

/** The kinds of those that need no section. */
const ownKinds = { local: "here", virtual: "here", smtp: "smtp", relay: "smtp", lmtp: "lmtp" } as const;

const alsoOfClients: readonly string[] = ["disable_mime_output_conversion"];

/** What `[transport.NAME]` can set beside its rows: settings of the client of that kind. */
export function isClientSettingOf(kind: string, name: string): boolean {
  return isSettingName(name) && (name.startsWith(`${kind}_`) || alsoOfClients.includes(name)) &&
    !namedTransports.some((transport) =>
      Object.keys(transportRows).some((row) => name === `${transport}_${row}`)
    );
}

export function readTransports(
  given: ReadonlyMap<string, GivenTransport>,
  options: TransportsOptions,
): ReadTransports {
  const transports = new Map<string, TransportDefinition>();
  const problems: TransportProblem[] = [];
  const none: GivenTransport = { line: undefined, values: new Map() };
  for (const name of new Set([...namedTransports, ...given.keys()])) {
    const reader = new TransportReader(name, given.get(name) ?? none, options);
    const definition = reader.read();
    problems.push(...reader.problems);
    if (definition !== undefined) transports.set(name, definition);
  }
  return { transports, problems };
}

class TransportReader {
  readonly problems: TransportProblem[] = [];
  readonly #name: string;
  readonly #given: GivenTransport;
  readonly #options: TransportsOptions;

  constructor(name: string, given: GivenTransport, options: TransportsOptions) {
    this.#name = name;
    this.#given = given;
    this.#options = options;
  }

  read(): TransportDefinition | undefined {
    const own = namedTransports.find((name) => name === this.#name);
    const kind = own === undefined ? this.#value("kind") : ownKinds[own];
    if (own !== undefined && this.#given.values.has("kind")) {
      this.#problem("kind", "is what it is for this transport");
    }
    this.#refuseOthers(kind);
    const limits = this.#limits();
    const name = this.#name;
    switch (kind) {
      case "pipe":
        return { name, limits, way: { kind, pipe: this.#pipe(limits) } };
      case "smtp":
      case "lmtp":
        return { name, limits, way: { kind, settings: this.#settings(kind) } };
      case "here":
        return { name, limits, way: { kind } };
      default:
        return undefined;
    }
  }

  #limits(): TransportLimitValues {
    const names = [...Object.keys(transportRows), "process_limit"];
    // Each row's value under its name: what the type says.
    return Object.fromEntries(
      names.filter(isTransportSectionName).map((name) => [name, this.#value(name)]),
    ) as TransportLimitValues;
  }

  #pipe(limits: TransportLimitValues): PipeSettings {
    const command = this.#value("command") ?? [];
    const user = this.#value("user") ?? "";
    const { values } = this.#given;
    if (!values.has("command")) this.#problem("command", "is missing: the program that gets the mail");
    if (!values.has("user")) this.#problem("user", "is missing: in whose name the program runs");
    const { flags, unknown } = parsePipeFlags(this.#value("flags") ?? "");
    if (unknown.length > 0) {
      this.#problem("flags", `there is no flag ${unknown.join(", ")}; there are ${pipeFlags.join(" ")}`);
    }
    return {
      command,
      user,
      flags,
      directory: this.#value("directory") ?? "",
      eol: this.#value("eol") ?? "\n",
      nullSender: this.#value("null_sender") ?? "",
      maxOctets: this.#value("size") ?? 0,
      timeLimitMs: this.#value("time_limit") ?? 0,
      recipientLimit: limits.destination_recipient_limit,
    };
  }

  #settings(kind: "smtp" | "lmtp"): Settings {
    const own = new Map([...this.#given.values].filter(([name]) => isClientSettingOf(kind, name)));
    if (own.size === 0) return this.#options.base.settings;
    const resolved = this.#options.resolve(own);
    for (const { name, text } of resolved.problems) {
      if (own.has(name)) this.#problem(name, text, { isWhole: true });
    }
    return resolved.settings;
  }

  /** The value of a row, which is never absent unless what was written cannot be read, or is not to be here. */
  #value<N extends TransportSectionName>(name: N): ValueOf<(typeof transportSectionRows)[N]> | undefined {
    const row: Parameter<unknown> = transportSectionRows[name];
    const given = this.#given.values.get(name);
    const ofName = `${this.#name}_${name}`;
    const raw = given?.raw ?? (isSettingName(ofName) ? this.#written(ofName) : row.default);
    const expanded = typeof raw === "string" && !row.isRaw ? this.#options.base.expand(raw) : raw;
    const read = row.read(expanded as RawValue, this.#options.place);
    // What this row's own `read` makes: what the type says.
    if ("value" in read) return read.value as ValueOf<(typeof transportSectionRows)[N]>;
    this.#problem(name, read.problem);
    const fallback = typeof row.default === "string" ? this.#options.base.expand(row.default) : row.default;
    const again = row.read(fallback as RawValue, this.#options.place);
    return "value" in again ? again.value as ValueOf<(typeof transportSectionRows)[N]> : undefined;
  }

  /** `smtp_destination_recipient_limit` and its like are settings. */
  #written(name: keyof typeof parameters): string {
    return this.#options.base.text(name);
  }

  #refuseOthers(kind: string | undefined): void {
    for (const name of this.#given.values.keys()) {
      const isOfPipe = isTransportSectionName(name) && !Object.hasOwn(transportRows, name) &&
        !["kind", "process_limit"].includes(name);
      if (isOfPipe && kind !== "pipe") this.#problem(name, "is for programs only");
      if (!isTransportSectionName(name) && !isClientSettingOf(kind ?? "", name)) {
        this.#problem(name, `cannot stand in the section of a transport of kind ${kind}`);
      }
    }
  }

  #problem(name: string, text: string, { isWhole = false } = {}): void {
    const { line, file } = this.#given.values.get(name) ?? this.#given;
    const told = isWhole ? text : `${name}: ${text}`;
    this.problems.push({ line, file, text: `[transport.${this.#name}] ${told}` });
  }
}
