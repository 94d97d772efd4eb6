/** The terminal: asking for a secret without showing it. */

import { LF, utf8Bytes, utf8Text } from "../base/bytes.ts";

const enter = 13;
const backspace = 127;
const controlC = 3;

/** Shows `question` and reads a line that is not shown. Ctrl-C ends the program with 130, as a shell expects. */
export function promptSecret(question: string): string {
  Deno.stderr.writeSync(utf8Bytes(question));
  Deno.stdin.setRaw(true);
  const typed: number[] = [];
  try {
    const one = new Uint8Array(1);
    while (Deno.stdin.readSync(one) === 1) {
      const octet = one[0]!;
      if (octet === enter || octet === LF) break;
      if (octet === controlC) {
        Deno.stdin.setRaw(false);
        Deno.exit(130);
      }
      if (octet === backspace) typed.pop();
      else typed.push(octet);
    }
  } finally {
    Deno.stdin.setRaw(false);
    Deno.stderr.writeSync(utf8Bytes("\n"));
  }
  return utf8Text(Uint8Array.from(typed));
}
