/**
 * Postfix's main.cf and master.cf as mailsrv.toml: a text that means the same. What is written is found by loading it:
 * whatever then differs from what the files of Postfix come to is added, until nothing differs.
 */

import { utf8Bytes } from "../../kit/base/bytes.ts";

import { formatToml } from "../edit_toml.ts";
import { namesIn } from "../expand.ts";
import type { ListenAddress } from "../listen.ts";
import { formatListen } from "../listen.ts";
import type { LoadedSettings, LoadOptions } from "../load.ts";
import { formatProblem, loadSettings } from "../load.ts";
import type { RawValue } from "../parameter.ts";
import { serviceSettingNames } from "../read_statements.ts";
import type { ServiceName, SettingName } from "../schema.ts";
import { isTransportSectionName, transportSectionRows } from "../transport_rows.ts";
import { areas, isSettingName, parameters, services, settingNames } from "../schema.ts";
import { formatDuration } from "../units.ts";
import type { LoadedPostfix } from "./load_postfix.ts";

type Literals = Map<string, string>;

/** The text of mailsrv.toml, to stand at `options.path`. */
export async function importPostfix(postfix: LoadedPostfix, options: LoadOptions): Promise<string> {
  const top: Literals = new Map();
  const sections = new Map<ServiceName, Literals>(serviceNames.map((service) => [service, new Map()]));
  for (const name of settingNames) {
    if (postfix.sourceOf(name) !== "default") top.set(name, writtenLiteral(postfix, name));
  }
  for (let pass = 0; pass < maxPasses; pass++) {
    const loaded = await loadText(formatSettings(postfix, { top, sections }), options);
    const isSame = addDifferences(postfix, loaded, { top, sections });
    if (isSame) break;
  }
  return formatSettings(postfix, { top, sections });
}

/** Each pass writes what no other difference explains; chains of `$name` are shorter than this. */
const maxPasses = 10;

const serviceNames = Object.keys(services) as readonly ServiceName[];

/** Loads a text as if it stood at `options.path`. */
function loadText(text: string, options: LoadOptions): Promise<LoadedSettings> {
  const { disk, path } = options;
  return loadSettings({
    ...options,
    disk: {
      readFile: (file, maxOctets) =>
        file === path ? Promise.resolve(utf8Bytes(text)) : disk.readFile(file, maxOctets),
      stat: (file) => disk.stat(file),
    },
  });
}

interface Written {
  readonly top: Literals;
  readonly sections: ReadonlyMap<ServiceName, Literals>;
}

/** Writes what differs as it is meant; tells whether nothing did. */
function addDifferences(wanted: LoadedSettings, found: LoadedSettings, written: Written): boolean {
  const differing = settingNames.filter((name) => differs(wanted.settings[name], found.settings[name]));
  const isExplained = (name: SettingName) =>
    namesIn(found.textOf(name, { expanded: false })).some((other) =>
      differing.some((name) => name === other)
    );
  const roots = differing.filter((name) => !isExplained(name));
  for (const name of roots.length > 0 ? roots : differing) {
    written.top.set(name, formatToml(literalValue(name, wanted.settings[name])));
  }
  if (differing.length > 0) return false;
  let isSame = true;
  for (const service of serviceNames) {
    const [meant, got] = [wanted.forService(service), found.forService(service)];
    for (const name of serviceSettingNames.filter((name) => differs(meant[name], got[name]))) {
      written.sections.get(service)!.set(name, formatToml(literalValue(name, meant[name])));
      isSame = false;
    }
  }
  return isSame;
}

function differs(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) !== JSON.stringify(right);
}

/** The value as main.cf has it, with its `$name`, where that can be read from mailsrv.toml too. */
function writtenLiteral(postfix: LoadedPostfix, name: SettingName): string {
  const text = postfix.mainCf.settings.get(name)?.value;
  const isPlain = text !== undefined && !/\$\{|\$\(/.test(text) && namesIn(text).every(isSettingName);
  const { kind } = parameters[name];
  const isText = ["text", "list", "restrictions", "path"].includes(kind);
  return formatToml(isPlain && isText && text !== "" ? text : literalValue(name, postfix.settings[name]));
}

/** A setting's value in the form of the file. */
function literalValue(name: SettingName, value: unknown): RawValue {
  const { kind } = parameters[name];
  if (kind === "listen") return (value as readonly ListenAddress[]).map(formatListen);
  if (kind === "duration") return formatDuration(value as number);
  if (typeof value === "string") return parameters[name].isRaw ? value : plainText(value);
  if (kind === "restrictions") return (value as readonly string[]).map(plainText);
  if (Array.isArray(value)) return value.map((item) => plainItem(String(item)));
  return value as RawValue;
}

function plainText(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** An item that a list's reader takes for one item. */
function plainItem(item: string): string {
  const text = plainText(item);
  return /[\s,]/.test(text) && !/^[a-z]+:\{/.test(text) || /^\{.*\}$/s.test(text) ? `{${text}}` : text;
}

function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}

function formatSettings(postfix: LoadedPostfix, { top, sections }: Written): string {
  const parts = [
    `# Made from ${postfix.path} and the master.cf beside it. "mailsrv help settings" explains every setting.\n`,
  ];
  for (const { title, parameters } of areas) {
    const rows = Object.keys(parameters).filter((name) => top.has(name));
    if (rows.length > 0) {
      parts.push(`# ---- ${title}\n\n${rows.map((name) => `${name} = ${top.get(name)}\n`).join("")}`);
    }
  }
  if (postfix.restrictionClasses.size > 0) {
    const rows = Array.from(
      postfix.restrictionClasses,
      ([name, items]) => `${tomlKey(name)} = ${formatToml(items.map(plainText))}\n`,
    );
    parts.push(`[restriction_classes]\n${rows.join("")}`);
  }
  for (const [service, literals] of sections) {
    const rows = [...literals].map(([name, literal]) => `${name} = ${literal}\n`);
    if (rows.length > 0) parts.push(`[${service}]\n${rows.join("")}`);
  }
  parts.push(...formatTransports(postfix));
  const left = postfix.notices.filter(({ kind }) => kind === "unsupported");
  if (left.length > 0) {
    const rows = left.map((notice) => `# ${formatProblem(notice).replace(/\p{Cc}/gu, " ")}\n`);
    parts.splice(1, 0, `# Not taken over:\n${rows.join("")}`);
  }
  return parts.join("\n");
}

/** Sections [transport.NAME] for what master.cf gives of its own. */
function formatTransports(postfix: LoadedPostfix): readonly string[] {
  return Array.from(postfix.givenTransports, ([name, { values }]) => {
    const rows = Array.from(values, ([key, { raw }]) => {
      const isRaw = !isTransportSectionName(key) || transportSectionRows[key].isRaw;
      const text = typeof raw === "string" && !isRaw ? postfix.expand(raw) : raw;
      return `${key} = ${formatToml(isSettingName(key) ? literalOf(postfix, key, raw) : text)}\n`;
    });
    return rows.length === 0 ? "" : `[transport.${name}]\n${rows.join("")}`;
  }).filter((text) => text !== "");
}

/** A setting of a client, with its `$name` put in. */
function literalOf(postfix: LoadedPostfix, name: SettingName, raw: RawValue): RawValue {
  return typeof raw === "string" && !parameters[name].isRaw ? plainText(postfix.expand(raw)) : raw;
}
