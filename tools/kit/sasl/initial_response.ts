/** The initial response of a SASL exchange, as it stands beside the name of the mechanism. */

import { decodeBase64 } from "../base/base64.ts";
import { type Bytes, noBytes } from "../base/bytes.ts";

/**
 * Its octets; `=` stands for one that is there and empty
 * (RFC 4954 §4, RFC 4959 §3, RFC 5034 §4). `undefined` when it is not base64.
 */
export function decodeInitialResponse(text: string): Bytes | undefined {
  if (text === "=") return noBytes;
  return text === "" ? undefined : decodeBase64(text);
}
