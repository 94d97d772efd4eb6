/**
 * Dates of mail: the Date: field (RFC 5322 §3.3, with the obsolete forms of §4.3 and what mailers really write) and
 * the asctime(3) form of mbox lines and queue listings. IMAP's own forms stand with IMAP.
 *
 * Where no zone is given it is the machine's at that time.
 */

export interface DateTime {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeMs: number;
  /** East of UTC. */
  readonly zoneMinutes: number;
}

const days = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const minuteMs = 60_000;

/** RFC 5322 §4.3; military letters say nothing reliable and count as UTC. */
const zoneHours: Readonly<Record<string, number>> = {
  UT: 0,
  UTC: 0,
  GMT: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
  BST: 1,
  WET: 0,
  WEST: 1,
  CET: 1,
  CEST: 2,
  MET: 1,
  MEST: 2,
  EET: 2,
  EEST: 3,
  MSK: 3,
  JST: 9,
};

/**
 * The time that a Date: field's value tells; `undefined` when it tells none. Weekdays are not checked, comments skipped,
 * two-digit years understood, a missing zone is UTC; day, month and year may also be in asctime(3) order.
 *
 *     parseDateTime("Tue, 7 Apr 2026 10:00:01 +0200")?.timeMs
 */
export function parseDateTime(value: string): DateTime | undefined {
  // A Date: field has no reason to be longer; nested comments are taken out from the inside.
  let text = value.slice(0, 1000);
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/\([^()]*\)/g, " ");
  }
  text = text.replace(/\(.*$/s, " ").trim();
  const match = dateFirst.exec(text);
  if (match !== null) {
    const [, day, month, year, hour, minute, second, zone] = match;
    return dateTime({ day, month, year, hour, minute, second, zone });
  }
  return parseCtime(text);
}

/** `Tue, 7 Apr 2026 10:00:01 +0200`. */
export function formatDateTime(timeMs: number, zoneMinutes: number = localZoneMinutes(timeMs)): string {
  const local = new Date(timeMs + zoneMinutes * minuteMs);
  const sign = zoneMinutes < 0 ? "-" : "+";
  const zone = Math.abs(zoneMinutes);
  return `${days[local.getUTCDay()]}, ${local.getUTCDate()} ${months[local.getUTCMonth()]} ${yearOf(local)} ${
    clockOf(local)
  } ${sign}${two(Math.floor(zone / 60))}${two(zone % 60)}`;
}

/** As asctime(3) writes it: `Tue Apr  7 10:00:01 2026`, 24 columns. */
export function formatCtime(timeMs: number, zoneMinutes: number = localZoneMinutes(timeMs)): string {
  const local = new Date(timeMs + zoneMinutes * minuteMs);
  return `${days[local.getUTCDay()]} ${months[local.getUTCMonth()]} ${
    String(local.getUTCDate()).padStart(2)
  } ${clockOf(local)} ${yearOf(local)}`;
}

/** Reads asctime(3) form, as in mbox separators also without seconds, and with a zone before or after the year. */
export function parseCtime(text: string): DateTime | undefined {
  const match = monthFirst.exec(text);
  if (match === null) return undefined;
  const [, month, day, hour, minute, second, zoneBefore, year, zoneAfter] = match;
  return dateTime({ day, month, year, hour, minute, second, zone: zoneBefore ?? zoneAfter });
}

/** Minutes east of UTC that this machine's clock shows at `timeMs`. */
export function localZoneMinutes(timeMs: number): number {
  return -new Date(timeMs).getTimezoneOffset() || 0;
}

const clock = "(\\d{1,2})\\s*:\\s*(\\d{1,2})(?:\\s*:\\s*(\\d{1,2})(?:[.,]\\d+)?)?";
const zoneForm = "[+-]\\s?\\d{1,2}:?\\d{2}|[A-Za-z]{1,5}(?:[+-]\\d{4})?";
const dateFirst = new RegExp(
  `^(?:[A-Za-z]{2,9}\\.?\\s*,?)?\\s*(\\d{1,2})[\\s-]*([A-Za-z]{3,9})\\.?[\\s,-]*(\\d{2,5})\\s+${clock}\\s*(${zoneForm})?`,
);
const monthFirst = new RegExp(
  `^(?:[A-Za-z]{2,9}\\.?\\s*,?)?\\s*([A-Za-z]{3,9})\\.?\\s+(\\d{1,2}),?\\s+${clock}(?:\\s+(${zoneForm}))?\\s+(\\d{4})` +
    `(?:\\s+(${zoneForm}))?`,
);

type Parts = Readonly<
  Record<"day" | "month" | "year" | "hour" | "minute" | "second" | "zone", string | undefined>
>;

function dateTime(parts: Parts): DateTime | undefined {
  const month = months.indexOf(properCase((parts.month ?? "").slice(0, 3)));
  const day = Number(parts.day);
  const [hour, minute, second] = [Number(parts.hour), Number(parts.minute), Number(parts.second ?? 0)];
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const year = fullYear(parts.year ?? "");
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day || Number.isNaN(date.getTime())) {
    return undefined;
  }
  const zoneMinutes = parseZone(parts.zone ?? "");
  if (zoneMinutes === undefined) return undefined;
  // A leap second is the second after it.
  const seconds = (hour * 60 + minute - zoneMinutes) * 60 + second;
  return { timeMs: date.getTime() + seconds * 1000, zoneMinutes };
}

/** RFC 5322 §4.3: two digits below 50 are of this century, three digits count from 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year + (year < 50 ? 2000 : 1900);
  return text.length === 3 ? year + 1900 : year;
}

function parseZone(text: string): number | undefined {
  const match = /^([A-Za-z]*)\s*(?:([+-])\s?(\d{1,2}):?(\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, name = "", sign, hours, minutes] = match;
  if (sign === undefined) return (zoneHours[name.toUpperCase()] ?? 0) * 60;
  const zone = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || zone > 24 * 60) return undefined;
  return sign === "-" ? -zone || 0 : zone;
}

function properCase(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

function clockOf(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

function yearOf(date: Date): string {
  return String(date.getUTCFullYear()).padStart(4, "0");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
