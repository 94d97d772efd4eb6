/** The views of master.cf: postconf -M, -F and -P. */

import type { MasterCf, MasterService } from "../../config/postfix/master_cf.ts";
import { fieldNames } from "../../config/postfix/master_cf.ts";

export interface MasterRow {
  /** `smtp/inet`, `smtp/inet/chroot`. */
  readonly name: string;
  readonly value: string;
}

/** Columns of a service's fields (postconf -M). */
const columns = [0, 11, 17, 25, 33, 41, 49, 57];

export interface MasterOptions {
  /** Long lines are folded (postconf -f). */
  readonly folded: boolean;
  /** What becomes of the value of a `-o`. */
  readonly valueOf: (value: string, service: string) => string;
}

/** The services, one line each. */
export function serviceRows(masterCf: MasterCf, options: MasterOptions): readonly MasterRow[] {
  return masterCf.entries.map((service) => ({
    name: nameOf(service),
    value: serviceLine(service, options),
  }));
}

/** A folded line goes so far (postconf -f). */
const maxColumns = 78;

/** A service as one line, or folded. */
export function serviceLine(service: MasterService, options: MasterOptions): string {
  const { name, type, fields, command } = service;
  let line = "";
  for (const [index, field] of [name, type, ...fields, command].entries()) {
    line = index === 0 ? field : `${line} `.padEnd(columns[index]!) + field;
  }
  const lines = [line];
  for (const word of argumentWords(service, options.valueOf)) {
    const last = lines.at(-1)!;
    const isLong = last.length + 1 + word.length > maxColumns;
    const isNext = options.folded && (isLong || word.startsWith("-o ") || last.startsWith("    -o "));
    if (isNext) lines.push(`    ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}

/** The arguments; `-o` and what it sets are one. */
function argumentWords(service: MasterService, valueOf: MasterOptions["valueOf"]): readonly string[] {
  const words: string[] = [];
  for (let index = 0; index < service.arguments.length; index++) {
    const word = service.arguments[index]!;
    if (word !== "-o") words.push(word);
    else words.push(`-o ${withValue(service.arguments[++index]!, (value) => valueOf(value, service.name))}`);
  }
  return words;
}

/** `name=value` or `{name=value}` with another value, in braces when it has blanks. */
function withValue(pair: string, valueOf: (value: string) => string): string {
  const [, name = "", value = ""] = /^([^=]*)=([^]*)$/.exec(pair.replace(/^\{([^]*)\}$/, "$1")) ?? [];
  const shown = `${name}=${valueOf(value)}`;
  return /\s/.test(shown) ? `{${shown}}` : shown;
}

/** Each field of each service. */
export function fieldRows(masterCf: MasterCf): readonly MasterRow[] {
  return masterCf.entries.flatMap((service) => {
    const command = [service.command, ...service.arguments].join(" ");
    const values = [service.name, service.type, ...service.fields, command];
    return fieldNames.map((field, index) => ({ name: `${nameOf(service)}/${field}`, value: values[index]! }));
  });
}

/** Each `-o name=value`. */
export function overrideRows(
  masterCf: MasterCf,
  { valueOf }: Pick<MasterOptions, "valueOf">,
): readonly MasterRow[] {
  return masterCf.entries.flatMap((service) =>
    [...service.overrides].sort(([left], [right]) => left < right ? -1 : 1)
      .map(([name, value]) => ({
        name: `${nameOf(service)}/${name}`,
        value: valueOf(value, service.name),
      }))
  );
}

function nameOf({ name, type }: MasterService): string {
  return `${name}/${type}`;
}

/** Whether a request, `smtp`, `smtp/inet`, `*` `/chroot`, asks for a row. */
export function isRequested(request: string, row: MasterRow): boolean {
  const asked = splitName(request);
  const parts = splitName(row.name);
  return asked.every((part, index) => part === "*" || part === parts[index]);
}

/** A service's name may hold colons and dots, but no `/` except in paths, which master.cf's names are not. */
function splitName(name: string): readonly string[] {
  return name.split("/");
}
