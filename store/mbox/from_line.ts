/**
 * The line that begins each message of an mbox: `From SENDER DATE`, the date as ctime(3) writes it, with or without
 * seconds and time zone, the zone before or after the year.
 *
 * A line counts only with a date that can be read; so a sentence that begins with "From " is no separator.
 */

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A separator is at most so long. */
export const maxFromLineOctets = 1024;

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

/** `From SENDER  Thu Jan  1 00:00:00 2026` in local time, without a line end. */
export function formatFromLine(sender: string, receivedMs: number): string {
  const date = new Date(receivedMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  const day = String(date.getDate()).padStart(2);
  return `From ${sender}  ${weekdays[date.getDay()]} ${
    months[date.getMonth()]
  } ${day} ${time} ${date.getFullYear()}`;
}

function zoneMinutes(zoneText: string | undefined): number | undefined {
  if (zoneText === undefined) return undefined;
  const found = /^([+-])(\d\d)(\d\d)$/.exec(zoneText);
  if (found === null) return /^(?:UTC?|GMT|Z)$/.test(zoneText) ? 0 : undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === "-" ? -minutes : minutes;
}
