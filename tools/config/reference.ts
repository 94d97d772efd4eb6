/** The reference of settings, from the table: `mailsrv help settings`. */

import type { Parameter } from "./parameter.ts";
import { areas, services } from "./schema.ts";
import { transportSectionRows } from "./transport_rows.ts";

/** All settings, by area, as text for a terminal. */
export function settingsReference(): string {
  return introduction +
    areas.map(({ title, parameters }) => textArea(title, Object.entries(parameters))).join("\n") +
    `\n${textTransports()}`;
}

/** What a section of a transport can have. */
function textTransports(): string {
  const text = textArea("In a section [transport.NAME]", Object.entries(transportSectionRows));
  const [title, line, ...rows] = text.split("\n");
  return [title, line, ...rows.map((row) => row === "" ? "" : `  ${row}`)].join("\n");
}

const introduction =
  `Each stands in the settings file as name = value; $name in a value stands for another setting.
A section [${Object.keys(services).join("], [")}] gives that service other values of smtpd_... settings.
A section [transport.NAME] makes a transport: a program that gets mail, or a client of SMTP or LMTP with settings of its
own; transport_maps, content_filter and others name it. A section [transport.smtp] (relay, lmtp) changes those there are.
A section [restriction_classes] gives lists of restrictions a name: strict = "reject_unknown_client_hostname, ...".
Below: name and default, the meaning, and in brackets the form of the value and whose name it is.

`;

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
