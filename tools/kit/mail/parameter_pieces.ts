/**
 * Parameters that were cut in pieces or percent-encoded (RFC 2231 §3, §4), put together into one `charset'language'text`.
 *
 * | name      | value                                                                          |
 * |-----------|--------------------------------------------------------------------------------|
 * | `a`       | as it stands                                                                   |
 * | `a*`      | extended: `charset'language'`, then text with `%41` for octets                 |
 * | `a*0`     | the first piece; then `a*1` and so on, in any order                            |
 * | `a*0*`    | an extended piece; the charset stands in the first one only                    |
 */

/** Name as written, and value without quotes; names compare without regard to case and may come twice. */
export type MimeParameters = readonly (readonly [name: string, value: string])[];

interface Piece {
  readonly value: string;
  readonly isExtended: boolean;
}

/** The pieces of one parameter. */
interface Whole {
  /** As the first piece spells it. */
  name: string;
  readonly pieces: Map<number, Piece>;
  lastIndex: number;
}

/**
 * Each parameter in pieces becomes one where its first piece stood: `a` if all pieces are plain, else `a*`. Where one
 * is missing nobody knows the text: such pieces stay as they are. Of two pieces with one number the first counts.
 */
export function joinPieces(parameters: MimeParameters): MimeParameters {
  const wholes = new Map<string, Whole>();
  for (const [written, value] of parameters) {
    const place = placeOf(written);
    if (place === undefined) continue;
    const key = place.name.toLowerCase();
    const whole = wholes.get(key) ?? { name: place.name, pieces: new Map<number, Piece>(), lastIndex: 0 };
    wholes.set(key, whole);
    if (whole.pieces.has(place.index)) continue;
    whole.pieces.set(place.index, { value, isExtended: place.isExtended });
    whole.lastIndex = Math.max(whole.lastIndex, place.index);
    if (place.index === 0) whole.name = place.name;
  }
  if (wholes.size === 0) return parameters;
  const seen = new Set<string>();
  return parameters.flatMap((parameter) => {
    const place = placeOf(parameter[0]);
    const key = place?.name.toLowerCase() ?? "";
    const whole = wholes.get(key);
    if (place === undefined || whole === undefined || !isComplete(whole)) return [parameter];
    if (place.index !== 0 || seen.has(key)) return [];
    seen.add(key);
    return [joined(whole)];
  });
}

/** Octets as extended text: all but attribute-char (RFC 2231 §7) as `%41`. */
function encodePercent(octets: string): string {
  return octets.replace(
    /[^A-Za-z0-9!#$&+.^_`{|}~-]/g,
    (octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function placeOf(written: string) {
  // Numbers have no leading zero (RFC 2231 §7); no field has room for more digits.
  const match = /^([^*]+)\*(0|[1-9][0-9]{0,4})(\*?)$/.exec(written);
  if (match === null) return undefined;
  const [, name = "", digits = "", star = ""] = match;
  return { name, index: Number(digits), isExtended: star !== "" };
}

function isComplete({ pieces, lastIndex }: Whole): boolean {
  return pieces.size === lastIndex + 1;
}

function joined({ name, pieces }: Whole): readonly [string, string] {
  const inOrder = Array.from({ length: pieces.size }, (_, index) => pieces.get(index)!);
  if (!inOrder.some((piece) => piece.isExtended)) return [name, inOrder.map((piece) => piece.value).join("")];
  const text = inOrder.map((piece) => piece.isExtended ? piece.value : encodePercent(piece.value)).join("");
  return [`${name}*`, inOrder[0]!.isExtended ? text : `''${text}`];
}
