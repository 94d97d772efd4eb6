/** `TLS-Required: No` in a message: its sender would rather have it read by others than not arrive (RFC 8689 §5). */

import { LF, utf8Text } from "../../tools/kit/base/bytes.ts";

/** What a header may have before the field; more is not looked at. */
const maxHeaderOctets = 256 * 1024;
/** A longer line is none of these. */
const maxLineOctets = 200;

export async function forgoesTls(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<boolean> {
  const fields: string[] = [];
  let line: number[] = [];
  let octets = 0;
  const endLine = () => {
    if (isTee(line[0])) fields.push(utf8Text(Uint8Array.from(line)));
    line = [];
  };
  reading: for await (const piece of content) {
    for (const octet of piece) {
      if (++octets > maxHeaderOctets) break reading;
      if (octet !== LF) {
        // Only lines that might be the field are gathered.
        if (line.length === 0 || (line.length < maxLineOctets && isTee(line[0]))) line.push(octet);
        continue;
      }
      if (line.length === 0) break reading;
      endLine();
    }
  }
  endLine();
  const own = fields.filter((field) => /^tls-required[ \t]*:/i.test(field));
  // One field, and one word (RFC 8689 §3).
  return own.length === 1 && /:[ \t]*no[ \t]*$/i.test(own[0]!);
}

function isTee(octet: number | undefined): boolean {
  return octet === 0x74 || octet === 0x54;
}
