/** What the server's first TLS message says in clear: protocol version and cipher suite (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3). */

import type { TlsInfo } from "../wire/engine.ts";

/** Names as OpenSSL writes them, and key lengths (RFC 8446 §B.4, RFC 5289, RFC 7905). */
const ciphers: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  0x1301: ["TLS_AES_128_GCM_SHA256", 128],
  0x1302: ["TLS_AES_256_GCM_SHA384", 256],
  0x1303: ["TLS_CHACHA20_POLY1305_SHA256", 256],
  0xc02b: ["ECDHE-ECDSA-AES128-GCM-SHA256", 128],
  0xc02c: ["ECDHE-ECDSA-AES256-GCM-SHA384", 256],
  0xc02f: ["ECDHE-RSA-AES128-GCM-SHA256", 128],
  0xc030: ["ECDHE-RSA-AES256-GCM-SHA384", 256],
  0xcca8: ["ECDHE-RSA-CHACHA20-POLY1305", 256],
  0xcca9: ["ECDHE-ECDSA-CHACHA20-POLY1305", 256],
};

const versions: Readonly<Record<number, string>> = {
  0x0301: "TLSv1",
  0x0302: "TLSv1.1",
  0x0303: "TLSv1.2",
  0x0304: "TLSv1.3",
};

const recordHandshake = 22;
const serverHello = 2;
const extensionSupportedVersions = 43;

/** Octets at the start of the server's stream that are enough to find the ServerHello whole. */
export const serverHelloOctets = 1024;

/**
 * Reads a ServerHello (or HelloRetryRequest, which names the same version and suite) at the start of what the server
 * sent; `undefined` when it is not there whole.
 */
export function parseServerHello(bytes: Uint8Array): TlsInfo | undefined {
  // Record: type, version (2), length (2); handshake: type, length (3); version (2), random (32), session id.
  if (bytes[0] !== recordHandshake || bytes[5] !== serverHello) return undefined;
  // A ServerHello is far shorter than 64 KiB: the first octet of its length is 0.
  if (bytes.length < 9 + (read16(bytes, 7) ?? Infinity)) return undefined;
  const sessionIdOctets = bytes[43];
  if (sessionIdOctets === undefined) return undefined;
  const suiteAt = 44 + sessionIdOctets;
  const suite = read16(bytes, suiteAt);
  if (suite === undefined) return undefined;
  const version = selectedVersion(bytes, suiteAt + 3) ?? read16(bytes, 9)!;
  const [cipher, bits] = ciphers[suite] ?? [`0x${suite.toString(16).padStart(4, "0")}`, 128];
  return { protocol: versions[version] ?? "TLS", cipher, bits };
}

/** The supported_versions extension, where TLS 1.3 puts the real version (RFC 8446 §4.2.1). */
function selectedVersion(bytes: Uint8Array, extensionsAt: number): number | undefined {
  const end = extensionsAt + 2 + (read16(bytes, extensionsAt) ?? 0);
  for (let at = extensionsAt + 2; at + 4 <= end;) {
    const length = read16(bytes, at + 2);
    if (length === undefined) return undefined;
    if (read16(bytes, at) === extensionSupportedVersions) return read16(bytes, at + 4);
    at += 4 + length;
  }
  return undefined;
}

function read16(bytes: Uint8Array, at: number): number | undefined {
  const high = bytes[at];
  const low = bytes[at + 1];
  return high === undefined || low === undefined ? undefined : high << 8 | low;
}
