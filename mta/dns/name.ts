/**
 * Domain names between the wire and text (RFC 1035 §3.1, §4.1.4, §5.1).
 *
 * Text is in lower case without the last dot; `.` is the root. Octets that no host name has are written so that they cannot
 * be taken for anything else: `\.` for a dot inside of a label, `\032` for a space.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { toAscii } from "../../tools/kit/mail/domain.ts";

/** RFC 1035 §2.3.4 */
const maxNameOctets = 255;
const maxLabelOctets = 63;

/** On the wire, or `undefined` when `text` is no name that can be asked for. Unicode becomes A-labels. */
export function encodeName(text: string): Bytes | undefined {
  const ascii = toAscii(text);
  if (ascii === undefined || ascii === "") return undefined;
  if (ascii === ".") return new Uint8Array(1);
  const labels = splitLabels(ascii.endsWith(".") && !ascii.endsWith("\\.") ? ascii.slice(0, -1) : ascii);
  if (labels === undefined) return undefined;
  const octets: number[] = [];
  for (const label of labels) {
    if (label.length === 0 || label.length > maxLabelOctets) return undefined;
    octets.push(label.length, ...label);
  }
  octets.push(0);
  return octets.length > maxNameOctets ? undefined : Uint8Array.from(octets);
}

/** The octets of each label; `\.` and `\032` are one octet each. */
function splitLabels(text: string): number[][] | undefined {
  const labels: number[][] = [[]];
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === ".") {
      labels.push([]);
      continue;
    }
    let octet = char.charCodeAt(0);
    if (char === "\\") {
      const decimal = /^[0-9]{3}/.exec(text.slice(index + 1, index + 4))?.[0];
      octet = decimal === undefined ? text.charCodeAt(index + 1) : Number(decimal);
      index += decimal === undefined ? 1 : 3;
    }
    if (!(octet <= 255)) return undefined;
    labels.at(-1)!.push(octet);
  }
  return labels;
}

export interface ReadName {
  readonly name: string;
  /** Where what follows the name begins. */
  readonly end: number;
}

/**
 * The name at `start` of a whole message, compression pointers followed; `undefined` when it is malformed. A pointer must
 * point before all that was read of the name so far, so there is no loop.
 */
export function decodeName(message: Uint8Array, start: number): ReadName | undefined {
  let at = start;
  let lowest = start;
  let end: number | undefined;
  let octets = 1;
  let name = "";
  for (;;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: name === "" ? "." : name, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const low = message[at + 1];
      if (low === undefined) return undefined;
      end ??= at + 2;
      at = (length & 0x3f) << 8 | low;
      if (at >= lowest) return undefined;
      lowest = at;
      continue;
    }
    octets += length + 1;
    if (length > maxLabelOctets || octets > maxNameOctets || at + 1 + length > message.length) {
      return undefined;
    }
    name += `${name === "" ? "" : "."}${labelText(message.subarray(at + 1, at + 1 + length))}`;
    at += length + 1;
  }
}

function labelText(label: Uint8Array): string {
  let text = "";
  for (const octet of label) {
    const char = String.fromCharCode(octet).toLowerCase();
    if (octet <= 32 || octet >= 127) text += `\\${String(octet).padStart(3, "0")}`;
    else text += /[.\\"();@$]/.test(char) ? `\\${char}` : char;
  }
  return text;
}
