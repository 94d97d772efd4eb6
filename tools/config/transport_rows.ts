/** What a section `[transport.NAME]` can have beside limits: a program (pipe(8)), or an SMTP client of its own. */

import { choice, octets, path, text } from "./kinds.ts";
import type { Parameter, RawValue, Read } from "./parameter.ts";
import { parameter } from "./parameter.ts";
import { count, seconds } from "./postfix_rows.ts";
import { transportRows } from "./schema/transports.ts";

const origin = "postconf(5)";

/** Words as they are: what is in an array is not cut. */
function argumentsOf(raw: RawValue): Read<readonly string[]> {
  if (typeof raw === "string") return { value: raw.split(/[ \t]+/).filter((word) => word !== "") };
  if (typeof raw === "object" && raw.every((item) => typeof item === "string")) return { value: raw };
  return { problem: `expected program and arguments such as ["/usr/bin/program", "\${recipient}"]` };
}

export const transportSectionRows = {
  kind: choice(["pipe", "smtp", "lmtp"], {
    default: "pipe",
    doc: "pipe: a program gets the mail; smtp, lmtp: a host does, by settings of its own.",
    origin: "mailsrv",
  }),
  command: parameter<readonly string[]>({
    default: [],
    isRaw: true,
    doc: "The program and its arguments, with ${recipient}, ${sender}, ${user} and others of pipe(8).",
    origin,
  }, { kind: "list", form: `list such as ["/usr/bin/program", "\${recipient}"]`, read: argumentsOf }),
  user: text({
    default: "",
    isRaw: true,
    doc: "user or user:group in whose name the program runs; never root's.",
    origin,
  }),
  flags: text({ default: "", isRaw: true, doc: "Flags of pipe(8): B D F O R X h q u . >.", origin }),
  directory: path({ default: "", doc: "Where the program is started. Empty: /.", origin }),
  eol: parameter<string>({
    default: "\n",
    isRaw: true,
    doc: "The end of each line that the program gets.",
    origin,
  }, {
    kind: "text",
    form: "text",
    read: (raw) =>
      typeof raw === "string" && raw !== "" ? { value: raw } : { problem: "expected text in quotes" },
  }),
  null_sender: text({
    default: "MAILER-DAEMON",
    isRaw: true,
    doc: "What ${sender} is when there is none.",
    origin,
  }),
  size: octets({ default: 0, doc: "Longer messages are returned. 0: none is.", origin }),
  time_limit: seconds("$command_time_limit", "How long the program may take.", "1s"),
  process_limit: count(100, "How many deliveries of the transport are under way at a time. 0: any number."),
  ...transportRows,
} as const satisfies Readonly<Record<string, Parameter<unknown>>>;

export type TransportSectionName = keyof typeof transportSectionRows;

export function isTransportSectionName(name: string): name is TransportSectionName {
  return Object.hasOwn(transportSectionRows, name);
}
