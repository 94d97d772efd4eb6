/** Dates of IMAP: `date-time` of INTERNALDATE and APPEND, `date` of SEARCH (RFC 3501 §9). */

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * INTERNALDATE, in UTC: the day takes two columns (RFC 3501 §9 date-day-fixed).
 *
 * ```ts
 * formatDateTime(Date.UTC(2026, 5, 5, 10)); // '" 5-Jun-2026 10:00:00 +0000"'
 * ```
 */
export function formatDateTime(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = String(date.getUTCDate()).padStart(2);
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return `"${day}-${months[date.getUTCMonth()]}-${year} ${time} +0000"`;
}

/** Milliseconds since 1970 of a `date-time`'s text between its quotes, or `undefined` when it is none. */
export function parseDateTime(text: string): number | undefined {
  const match = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const dayMs = toDay(match[1]!.trim(), match[2]!, match[3]!);
  const [hour, minute, second, zoneHour, zoneMinute] = [4, 5, 6, 8, 9].map((group) => Number(match[group]));
  // A leap second is taken as the second after it (RFC 5322 §3.3).
  if (dayMs === undefined || hour! > 23 || minute! > 59 || second! > 60 || zoneMinute! > 59) return undefined;
  const zoneMs = (zoneHour! * 60 + zoneMinute!) * 60_000 * (match[7] === "-" ? -1 : 1);
  return dayMs + ((hour! * 60 + minute!) * 60 + second!) * 1000 - zoneMs;
}

/** The first millisecond of a SEARCH `date` as if in UTC, or `undefined`. */
export function parseDate(text: string): number | undefined {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  return match === null ? undefined : toDay(match[1]!, match[2]!, match[3]!);
}

function toDay(day: string, monthName: string, year: string): number | undefined {
  const month = months.findIndex((name) => name.toLowerCase() === monthName.toLowerCase());
  const date = new Date(0);
  date.setUTCFullYear(Number(year), month, Number(day));
  const exists = month >= 0 && date.getUTCMonth() === month && date.getUTCDate() === Number(day);
  return exists ? date.getTime() : undefined;
}
