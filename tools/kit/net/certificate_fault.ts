/** Whether a certificate and a key can serve, found by opening what would serve with them. */

export interface CertificateFault {
  readonly of: "certificate" | "key";
  /** What follows the file's name in a sentence. */
  readonly text: string;
}

/** What is wrong with a chain and its key, both PEM; `undefined` when a server can use them. */
export function findCertificateFault(
  pem: { readonly certPem: string; readonly keyPem: string },
): CertificateFault | undefined {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: pem.certPem, key: pem.keyPem }).close();
    return undefined;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    if (/KeyMismatch/.test(reason)) return { of: "key", text: "does not belong to the certificate" };
    return { of: /\bkeys?\b/i.test(reason) ? "key" : "certificate", text: `cannot be used: ${reason}` };
  }
}
