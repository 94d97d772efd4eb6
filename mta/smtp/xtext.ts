/** xtext of DSN and AUTH parameters (RFC 3461 §4): printable ASCII, `+` and two hexadecimal digits for the rest. */

/** The text that `encoded` stands for, or `undefined` when it is no xtext. */
export function decodeXtext(encoded: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-Fa-f]{2})*$/.test(encoded)) return undefined;
  return encoded.replace(/\+(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** utf-8-addr-xtext and -unitext of an `ORCPT=utf-8;` (RFC 6533 §3): `\x{HEX}`, `+XX`, or UTF-8 as it stands. */
export function decodeUtf8Xtext(encoded: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f=]/.test(encoded.replace(/\\x\{[0-9A-Fa-f]{1,6}\}/g, ""))) return undefined;
  let valid = true;
  const text = encoded.replace(/\\x\{([0-9A-Fa-f]{1,6})\}|\+([0-9A-Fa-f]{2})/g, (_, long, short) => {
    const point = parseInt(long ?? short, 16);
    if (point > 0x10ffff || point === 0) valid = false;
    return valid ? String.fromCodePoint(point) : "";
  });
  return valid ? text : undefined;
}
