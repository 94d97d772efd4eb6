/** PEM: base64 between BEGIN and END lines (RFC 7468). */

import { type Bytes, latin1Bytes, latin1Text } from "../base/bytes.ts";

const lineCharacters = 64;

/** `label` is `CERTIFICATE`, `PRIVATE KEY`, ... */
export function formatPem(label: string, bytes: Uint8Array): string {
  const base64 = btoa(latin1Text(bytes));
  const lines = base64.match(new RegExp(`.{1,${lineCharacters}}`, "g")) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** All blocks with this label, in order; what stands between them is no matter (RFC 7468 §2). */
export function parsePem(pem: string, label: string): readonly Bytes[] {
  const blocks: Bytes[] = [];
  const pattern = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, "g");
  for (const [, base64 = ""] of pem.matchAll(pattern)) {
    blocks.push(latin1Bytes(atob(base64.replace(/\s/g, ""))));
  }
  return blocks;
}
