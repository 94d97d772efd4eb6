/**
 * The line that begins each message of an mbox: `From SENDER DATE`, the date as ctime(3) writes it, with or without
 * seconds and time zone, the zone before or after the year.
 *
 * A line counts only with a date that can be read; so a sentence that begins with "From " is no separator.
 */

import { CR, latin1Text, LF } from "../../tools/kit/base/bytes.ts";
import { formatCtime } from "../../tools/kit/mail/date.ts";

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A separator is at most so long. */
export const maxFromLineOctets = 1024;
/** In UTF-16 units, of at most three octets each. */
const maxSenderLength = 300;

const fromOctets = [70, 114, 111, 109, 32];

const zone = "(?:[+-]\\d{4}|[A-Z]{1,5})";
const fromLine = new RegExp(
  `^From (?:.*? )?\\s*(?:${weekdays.join("|")}),? +(${months.join("|")}) +(\\d{1,2}) +` +
    `(\\d{1,2}):(\\d\\d)(?::(\\d\\d))?(?: +(${zone}))? +(\\d{4})(?: +(${zone}))?(?: .*)?$`,
);

/** When the message came, milliseconds since 1970, or `undefined` when the line is no separator. `line` has no line end. */
export function parseFromLine(line: string): number | undefined {
  if (!line.startsWith("From ")) return undefined;
  const found = fromLine.exec(line);
  if (found === null) return undefined;
  const [, month, day, hour, minute, second, zoneBefore, year, zoneAfter] = found;
  const fields = [
    Number(year),
    months.indexOf(month!),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  ] as const;
  if (fields[2] < 1 || fields[2] > 31 || fields[3] > 23 || fields[4] > 59 || fields[5] > 60) return undefined;
  const offset = zoneMinutes(zoneBefore ?? zoneAfter);
  // Without a zone the time is local: so ctime(3) writes it.
  return offset === undefined ? new Date(...fields).getTime() : Date.UTC(...fields) - offset * 60_000;
}

/** When the message came whose separator begins at `at`; `undefined` when none begins there, or its line end is missing. */
export function separatorAt(bytes: Uint8Array, at: number): number | undefined {
  if (!startsWithFrom(bytes, at)) return undefined;
  const line = bytes.subarray(at, at + maxFromLineOctets);
  const lineEnd = line.indexOf(LF);
  if (lineEnd < 0) return undefined;
  return parseFromLine(latin1Text(line.subarray(0, line[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd)));
}

/** As far as there are octets. */
export function mayStartWithFrom(bytes: Uint8Array, at: number): boolean {
  return fromOctets.every((octet, index) => at + index >= bytes.length || bytes[at + index] === octet);
}

function startsWithFrom(bytes: Uint8Array, at: number): boolean {
  return at + fromOctets.length <= bytes.length && mayStartWithFrom(bytes, at);
}

/**
 * `From SENDER  Thu Jan  1 00:00:00 2026` in local time, without a line end. The null sender is MAILER-DAEMON, as in
 * Postfix; a sender too long for a separator is cut.
 */
export function formatFromLine(sender: string, receivedMs: number): string {
  // deno-lint-ignore no-control-regex
  const name = sender.slice(0, maxSenderLength).replace(/[\x00-\x1f\x7f]/g, "?");
  return `From ${name === "" ? "MAILER-DAEMON" : name}  ${formatCtime(receivedMs)}`;
}

function zoneMinutes(zoneText: string | undefined): number | undefined {
  if (zoneText === undefined) return undefined;
  const found = /^([+-])(\d\d)(\d\d)$/.exec(zoneText);
  if (found === null) return /^(?:UTC?|GMT|Z)$/.test(zoneText) ? 0 : undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === "-" ? -minutes : minutes;
}
