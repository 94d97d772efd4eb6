/** Real and broken messages with somebody else's reading of them; they lie beside the project, see `../shared`. */

import { assert, assertEquals } from "@std/assert";

import { CrlfConverter } from "../wire/dot_stuffing.ts";
import { parseAddressList } from "./address_list.ts";
import { parseDateTime } from "./date.ts";
import { decodeEncodedWords } from "./encoded_word.ts";
import { parseEnvelope } from "./envelope.ts";
import { firstValue, type Header, parseHeader } from "./header.ts";
import { type MimePart, parseMime } from "./mime.ts";

const folder = new URL("../../../../shared/data/mail/", import.meta.url);

interface ExpectedDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly tz_before_gmt: boolean;
  readonly tz_hour: number;
  readonly tz_minute: number;
}

interface ExpectedField {
  readonly name: unknown;
  readonly value: {
    readonly Text?: string;
    readonly DateTime?: ExpectedDate;
    readonly Address?: {
      readonly List?: readonly { readonly name: string | null; readonly address: string | null }[];
    };
  };
}

interface Corpus {
  readonly messages: readonly URL[];
  /** For the name of a test, which is printed where output is not: that nothing was tested, and why. */
  readonly note: string;
}

function openCorpus(kind: string): Corpus {
  const path = new URL(`${kind}/`, folder);
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
    return { messages: [], note: ` - NOTHING TESTED: no right to read ${path.pathname}` };
  }
  try {
    const names = Array.from(Deno.readDirSync(path), (entry) => entry.name).filter((name) =>
      name.endsWith(".eml")
    );
    return { messages: names.sort().map((name) => new URL(name, path)), note: "" };
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return { messages: [], note: ` - NOTHING TESTED: there is no ${path.pathname}` };
  }
}

const corpora = { rfc: openCorpus("rfc"), malformed: openCorpus("malformed") };

function checkPart(part: MimePart, start: number, end: number): void {
  assert(start <= part.headerStart && part.headerStart <= part.bodyStart);
  assert(part.bodyStart <= part.bodyEnd && part.bodyEnd <= end);
  for (const child of part.parts) checkPart(child, part.bodyStart, part.bodyEnd);
  if (part.message !== undefined) checkPart(part.message.root, part.bodyStart, part.bodyEnd);
}

for (const [kind, corpus] of Object.entries(corpora)) {
  Deno.test(`parseMime() makes the same tree of LF and CRLF for the corpus ${kind}${corpus.note}`, () => {
    for (const url of corpus.messages) {
      const octets = Deno.readFileSync(url);
      const crlf = new CrlfConverter().push(octets);
      const root = parseMime(octets);
      assertEquals(parseMime(crlf), root, url.pathname);
      assertEquals(root.bodyEnd, crlf.length, url.pathname);
      checkPart(root, 0, crlf.length);
      parseEnvelope(octets);
    }
  });
}

Deno.test(`subjects, dates and addresses are read as the corpus rfc says${corpora.rfc.note}`, () => {
  let checked = 0;
  for (const url of corpora.rfc.messages) {
    const header = parseHeader(Deno.readFileSync(url));
    const expected = JSON.parse(Deno.readTextFileSync(new URL(url.pathname.replace(/\.eml$/, ".json"), url)));
    for (const field of expected.parts[0].headers as readonly ExpectedField[]) {
      if (typeof field.name === "string") {
        checked += checkField(header, field.name, field.value, url.pathname);
      }
    }
  }
  assert(checked > 10 || corpora.rfc.messages.length === 0, `only ${checked} fields were compared`);
});

function checkField(header: Header, name: string, expected: ExpectedField["value"], note: string): number {
  const value = firstValue(header, name) ?? "";
  if (name === "subject" && expected.Text !== undefined) {
    assertEquals(collapse(decodeEncodedWords(value)), collapse(expected.Text), note);
    return 1;
  }
  if (expected.DateTime !== undefined) {
    const date = expected.DateTime;
    const zoneMinutes = (date.tz_before_gmt ? -1 : 1) * (date.tz_hour * 60 + date.tz_minute) || 0;
    const local = Date.UTC(date.year, date.month - 1, date.day, date.hour, date.minute, date.second);
    assertEquals(parseDateTime(value), { timeMs: local - zoneMinutes * 60_000, zoneMinutes }, note);
    return 1;
  }
  const list = expected.Address?.List;
  // The corpus reads a word alone as a name, Dovecot as a mailbox.
  if (list === undefined || list.some((address) => address.address === null)) return 0;
  const addresses = parseAddressList(value).map(({ name, mailbox, host }) => ({
    name: name === undefined ? null : collapse(decodeEncodedWords(name)),
    address: `${mailbox}@${host}`,
  }));
  assertEquals(addresses, list.map((address) => ({ name: address.name, address: address.address! })), note);
  return 1;
}

function collapse(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
