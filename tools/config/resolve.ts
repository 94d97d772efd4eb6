/** From what the file gives to the values of all settings: defaults, `$name`, types. Pure. */

import { expand } from "./expand.ts";
import type { ListFiles, SourcedItem } from "./list_files.ts";
import { fillFromFiles } from "./list_files.ts";
import { splitList } from "./list.ts";
import type { ListenAddress } from "./listen.ts";
import { formatListen } from "./listen.ts";
import { nearest } from "./nearest.ts";
import { listenAddresses } from "./own_networks.ts";
import type { Facts, OtherSettings, Parameter, Place, RawValue } from "./parameter.ts";
import { rawText } from "./parameter.ts";
import type { GivenSetting } from "./read_statements.ts";
import type { SettingName, Settings } from "./schema.ts";
import { isSettingName, parameters, settingNames } from "./schema.ts";
import { placeRestrictionTables, placeTables } from "./table_specs.ts";

export interface NamedProblem {
  readonly name: SettingName;
  readonly line: number | undefined;
  readonly file: string | undefined;
  readonly text: string;
}

export interface Resolved {
  readonly settings: Settings;
  readonly problems: readonly NamedProblem[];
  /** Settings that have their default because what was written cannot be read. */
  readonly defaulted: ReadonlySet<SettingName>;
  /** The text of a setting's value: `$name` expanded, file names absolute. */
  text(name: SettingName): string;
  /** Its text before expansion. */
  written(name: SettingName): string;
  /** A text with its `$name` put in. */
  expand(text: string): string;
  /** Items of lists that stand in files of their own. */
  readonly items: ReadonlyMap<SettingName, readonly SourcedItem[]>;
  /** Files that lists name and that are not among those given. */
  readonly wantedFiles: ReadonlySet<string>;
  /** The lists of smtpd_restriction_classes, by name. */
  readonly restrictionClasses: ReadonlyMap<string, readonly string[]>;
}

export interface ResolveOptions {
  readonly facts: Facts;
  /** Absolute path of the directory of the settings file. */
  readonly directory: string;
  /** First lines of files that settings like myorigin name. */
  readonly firstLines: ReadonlyMap<string, string>;
  /** The contents of files that lists name. */
  readonly listFiles: ListFiles;
  /** How the lists of smtpd_restriction_classes are written. */
  readonly classes: ReadonlyMap<string, GivenSetting>;
  /** What `$name` stands for where the name is no setting, before its own expansion. Absent: there are no such names. */
  readonly otherText?: ((name: string) => string) | undefined;
}

/** Gives every setting its value. */
export function resolveSettings(given: ReadonlyMap<string, GivenSetting>, options: ResolveOptions): Resolved {
  const resolver = new Resolver(given, options);
  const values: Record<string, unknown> = {};
  const place = resolver.place();
  for (const name of settingNames) values[name] = resolver.value(name, place);
  const restrictionClasses = resolver.restrictionClasses(place);
  return {
    // One value for each row of the table, made by that row's own `read`: what the type says.
    settings: Object.freeze(values) as Settings,
    problems: resolver.rootProblems(),
    defaulted: resolver.defaulted,
    text: (name) => valueText(parameters[name].kind, values[name]) ?? rawText(resolver.expanded(name)),
    written: (name) => rawText(resolver.written(name)),
    expand: (text) => resolver.expandText(text),
    items: resolver.items,
    wantedFiles: resolver.wantedFiles,
    restrictionClasses,
  };
}

/** The text of a value that may differ from what was written: names of files are absolute, ports have addresses. */
function valueText(kind: string, value: unknown): string | undefined {
  if (kind === "listen") return (value as readonly ListenAddress[]).map(formatListen).join(", ");
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : undefined;
}

function placing(kind: string): typeof placeTables {
  return kind === "restrictions" ? placeRestrictionTables : placeTables;
}

interface ProblemOptions {
  readonly of?: "written" | "value";
  readonly at?: { readonly line?: number | undefined; readonly file?: string | undefined } | undefined;
}

class Resolver {
  readonly defaulted = new Set<SettingName>();
  readonly items = new Map<SettingName, readonly SourcedItem[]>();
  readonly wantedFiles = new Set<string>();
  /** Of how a setting is written, and of what its value then is. */
  readonly #problems: { readonly written: NamedProblem[]; readonly value: NamedProblem[] } = {
    written: [],
    value: [],
  };
  /** The settings that each setting refers to. */
  readonly #references = new Map<SettingName, Set<SettingName>>();
  readonly #given: ReadonlyMap<string, GivenSetting>;
  readonly #options: ResolveOptions;
  readonly #expanded = new Map<SettingName, RawValue>();
  /** Names whose expansion is under way: one that comes up again refers to itself. */
  readonly #open: string[] = [];
  readonly #others: OtherSettings = {
    text: (name) => this.#lookup(name) ?? "",
    isSet: (name) => this.#given.has(name),
  };

  constructor(given: ReadonlyMap<string, GivenSetting>, options: ResolveOptions) {
    this.#given = given;
    this.#options = options;
  }

  /** Problems of values that only pass on another setting's problem are left out: it is told once, where it is. */
  rootProblems(): readonly NamedProblem[] {
    const faulty = new Set([...this.#problems.written, ...this.#problems.value].map(({ name }) => name));
    const isRoot = ({ name }: NamedProblem) => !this.#reachable(name).some((other) => faulty.has(other));
    return [...this.#problems.written, ...this.#problems.value.filter(isRoot)];
  }

  /** All settings that `name` refers to, directly or through others. */
  #reachable(name: SettingName): readonly SettingName[] {
    const found = new Set<SettingName>();
    const visit = (from: SettingName) => {
      for (const to of this.#references.get(from) ?? []) {
        if (found.has(to)) continue;
        found.add(to);
        visit(to);
      }
    };
    visit(name);
    return [...found];
  }

  place(): Place {
    const interfaces = splitList(rawText(this.expanded("inet_interfaces"))) ?? [];
    return {
      directory: this.#options.directory,
      addresses: listenAddresses(interfaces, this.#options.facts.interfaces),
    };
  }

  /** The value as written, or the default. */
  written(name: SettingName): RawValue {
    return this.#given.get(name)?.raw ?? this.#default(name);
  }

  #default(name: SettingName): RawValue {
    const row = parameters[name];
    return typeof row.default === "function" ? row.default(this.#options.facts, this.#others) : row.default;
  }

  expanded(name: SettingName): RawValue {
    const known = this.#expanded.get(name);
    if (known !== undefined) return known;
    if (this.#isCircle(name, name)) return "";
    this.#open.push(name);
    const expanded = this.#fromFile(name, this.#expand(name, this.written(name)));
    this.#open.pop();
    this.#expanded.set(name, expanded);
    return expanded;
  }

  /** Whether `name` came up while it was expanded. The problem is told of a setting among those of the circle. */
  #isCircle(name: string, fallback: SettingName): boolean {
    if (!this.#open.includes(name)) return false;
    const circle = this.#open.slice(this.#open.indexOf(name));
    const path = [...circle, name].map((open) => `$${open}`).join(" -> ");
    const settings = circle.filter(isSettingName);
    this.#problem(settings.find((open) => this.#given.has(open)) ?? fallback, `refers to itself (${path})`);
    return true;
  }

  #expand(name: SettingName, raw: RawValue): RawValue {
    if (typeof raw === "object") return raw.map((item) => this.#expand(name, item));
    if (typeof raw !== "string" || parameters[name].isRaw) return raw;
    const expansion = expand(raw, (other) => this.#lookup(other));
    for (const unknown of expansion.unknown) {
      const near = nearest(unknown, settingNames);
      const help = near === undefined ? "; write $$ for a plain $" : ` (did you mean "$${near}"?)`;
      this.#problem(name, `unknown setting "$${unknown}"${help}`);
    }
    if (expansion.problem !== undefined) this.#problem(name, expansion.problem);
    return expansion.text;
  }

  #lookup(name: string): string | undefined {
    if (!isSettingName(name)) return this.#lookupOther(name);
    const from = this.#open.findLast(isSettingName);
    if (from !== undefined) {
      const references = this.#references.get(from) ?? new Set();
      this.#references.set(from, references.add(name));
    }
    return rawText(this.expanded(name));
  }

  #lookupOther(name: string): string | undefined {
    const text = this.#options.otherText?.(name);
    if (text === undefined) return undefined;
    const around = this.#open.filter(isSettingName);
    const asking = around.findLast((open) => this.#given.get(open)?.line !== undefined) ?? around[0];
    if (this.#isCircle(name, asking ?? "myhostname")) return "";
    this.#open.push(name);
    const expansion = expand(text, (other) => this.#lookup(other));
    this.#open.pop();
    return expansion.text;
  }

  expandText(text: string): string {
    return expand(text, (other) => this.#lookup(other)).text;
  }

  #fromFile(name: SettingName, raw: RawValue): RawValue {
    if (!parameters[name].fromFile || typeof raw !== "string" || !raw.startsWith("/")) return raw;
    const line = this.#options.firstLines.get(raw);
    if (line !== undefined && line !== "") return line;
    this.#problem(name, line === "" ? `the first line of ${raw} is empty` : `cannot read ${raw}`);
    return this.#options.facts.hostname;
  }

  /** The typed value; after a problem, that of the default. */
  value(name: SettingName, place: Place): unknown {
    const row: Parameter<unknown> = parameters[name];
    const read = row.read(this.expanded(name), place);
    if ("problem" in read) {
      this.#problem(name, read.problem, { of: "value" });
      this.defaulted.add(name);
      const fallback = row.read(this.#expand(name, this.#default(name)), place);
      return "value" in fallback ? fallback.value : undefined;
    }
    if (!row.holdsTables) return read.value;
    const items = row.readsFiles
      ? this.#filled(name, read.value as readonly string[], place)
      : read.value as readonly string[];
    const placed = placing(row.kind)(items, place.directory);
    for (const problem of placed.problems) this.#problem(name, problem, { of: "value" });
    return placed.items;
  }

  /** The list with the items of files that it names. */
  #filled(name: SettingName, written: readonly string[], place: Place): readonly string[] {
    if (!written.some((item) => /^!*\//.test(item))) return written;
    const { items, wanted, problems } = fillFromFiles(written, this.#options.listFiles);
    for (const path of wanted) this.wantedFiles.add(path);
    for (const { text, at } of problems) this.#problem(name, text, { of: "value", at });
    const row: Parameter<unknown> = parameters[name];
    const good = items.filter((item) => {
      const read = row.read([item.text], place);
      if ("problem" in read) this.#problem(name, read.problem, { of: "value", at: item });
      return "value" in read;
    });
    const texts = placeTables(good.map(({ text }) => text), place.directory).items;
    this.items.set(name, good.map((item, index) => ({ ...item, text: texts[index]! })));
    return texts;
  }

  /** The lists that smtpd_restriction_classes names. */
  restrictionClasses(place: Place): ReadonlyMap<string, readonly string[]> {
    const name: SettingName = "smtpd_restriction_classes";
    const row: Parameter<unknown> = parameters.smtpd_client_restrictions;
    const classes = new Map<string, readonly string[]>();
    for (const className of splitList(rawText(this.expanded(name))) ?? []) {
      const given = this.#options.classes.get(className);
      if (given === undefined) {
        this.#problem(name, `there is no list of restrictions "${className}"`);
        continue;
      }
      const read = row.read(this.#expand(name, given.raw), place);
      const placed = "problem" in read
        ? { items: [], problems: [read.problem] }
        : placeRestrictionTables(read.value as readonly string[], place.directory);
      for (const text of placed.problems) this.#problem(name, `${className}: ${text}`, { at: given });
      classes.set(className, placed.items);
    }
    return classes;
  }

  /** `at`: where it stands, when that is not where the setting is given. */
  #problem(name: SettingName, text: string, { of = "written", at }: ProblemOptions = {}): void {
    const given = this.#given.get(name);
    const { line, file } = at?.line === undefined ? { line: given?.line, file: given?.file } : at;
    this.#problems[of].push({ name, line, file, text: `${name}: ${text}` });
  }
}
