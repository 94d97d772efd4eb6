/** What a TLS client has seen of its peer, and what is found of it. Values that can be cloned. */

export interface PeerFacts {
  /** Certificates (DER) as the server sent them, its own first; empty: it has shown none. */
  readonly chain: readonly Uint8Array[];
  /** The chain leads to an authority that is trusted here and is valid now. Names do not matter for it. */
  readonly isTrusted: boolean;
  /** Why it is not trusted: `certificate has expired`, `self-signed certificate`. */
  readonly fault?: string | undefined;
}

/** What pure code cannot do itself with certificates (DER): `tools/kit/net/certificate_tools.ts` does it. */
export interface CertificateTools {
  /** `undefined`: the algorithm is not known. */
  digest(algorithm: string, bytes: Uint8Array): Uint8Array | undefined;
  /** The key of `issuer` has signed `certificate`, and their names say so. */
  isIssuedBy(certificate: Uint8Array, issuer: Uint8Array): boolean;
}

/** As Postfix's log tells of a connection: `Untrusted TLS connection established to ...`. */
export type PeerTrust = "Anonymous" | "Untrusted" | "Trusted" | "Verified";

export interface CertificateVerdict {
  readonly trust: PeerTrust;
  /** The policy wants more than that: the words why, for status 4.7.5. None: mail may be sent. */
  readonly refusal?: string | undefined;
  /** More about it, for the log. */
  readonly note?: string | undefined;
}
