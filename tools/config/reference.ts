/** The reference of settings, from the table: for `mailsrv help settings` and for the documents. */

import type { Parameter } from "./parameter.ts";
import type { SettingName } from "./schema.ts";
import { areas, parameters } from "./schema.ts";

/** All settings as text for a terminal, or as Markdown. */
export function settingsReference(
  options: { readonly form: "text" | "markdown" } = { form: "text" },
): string {
  return areas.map(({ title, parameters }) => {
    const rows = Object.entries<Parameter<unknown>>(parameters);
    return options.form === "text" ? textArea(title, rows) : markdownArea(title, rows);
  }).join("\n");
}

/** One setting, as text for a terminal. */
export function settingReference(name: SettingName): string {
  return textRow(name, parameters[name]);
}

type Rows = readonly (readonly [string, Parameter<unknown>])[];

function textArea(title: string, rows: Rows): string {
  return `${title}\n${"-".repeat(title.length)}\n\n${
    rows.map(([name, row]) => textRow(name, row)).join("\n")
  }`;
}

function textRow(name: string, row: Parameter<unknown>): string {
  const facts = [row.form, row.unit === undefined ? undefined : `bare number: ${row.unit}`, row.origin];
  return `${name} = ${defaultOf(row)}\n${wrap(row.doc, 76).map((line) => `    ${line}\n`).join("")}    (${
    facts.filter((fact) => fact !== undefined).join("; ")
  })\n`;
}

function markdownArea(title: string, rows: Rows): string {
  const lines = rows.map(([name, row]) =>
    `| \`${name}\` | ${cell(row.form)} | \`${defaultOf(row).replaceAll("|", "\\|")}\` | ${
      cell(row.doc)
    } (${row.origin}) |\n`
  );
  return `## ${title}\n\n| name | value | default | meaning |\n|---|---|---|---|\n${lines.join("")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

/** As it would be written in the settings file. */
function defaultOf(row: Parameter<unknown>): string {
  if (typeof row.default === "function") return `(${row.defaultText})`;
  if (typeof row.default === "object") {
    return `[${row.default.map((item) => JSON.stringify(item)).join(", ")}]`;
  }
  return JSON.stringify(row.default);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
