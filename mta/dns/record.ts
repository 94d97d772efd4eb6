/** What the DNS answers (RFC 1035), as policy and routing see it: values, no sockets. */

export type RecordType = "A" | "AAAA" | "MX" | "NS" | "TXT" | "PTR" | "CNAME" | "TLSA" | "SOA";

/** One record. Names are in lower case without the last dot; `.` is the root. */
export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "MX"; readonly preference: number; readonly exchange: string }
  | { readonly type: "NS" | "PTR" | "CNAME"; readonly name: string }
  /** The strings of one record joined, octets as Latin-1. */
  | { readonly type: "TXT"; readonly text: string }
  | {
    readonly type: "TLSA";
    readonly usage: number;
    readonly selector: number;
    readonly matching: number;
    readonly data: Uint8Array;
  }
  | { readonly type: "SOA"; readonly name: string; readonly minimumSeconds: number };

export type DnsAnswer =
  /** `records` are of the type that was asked, aliases followed; at least one. */
  | {
    readonly kind: "found";
    readonly records: readonly DnsRecord[];
    readonly ttlSeconds: number;
    /** The resolver says that it has validated it (AD, RFC 4035 §3.2.3). */
    readonly authenticated: boolean;
  }
  /** `notFound`: no such name; `noData`: the name has no such record. For good, as far as the DNS goes. */
  | { readonly kind: "notFound" | "noData"; readonly text: string }
  /** Try again later: no answer, SERVFAIL, a broken answer. */
  | { readonly kind: "failed"; readonly text: string };

/** Asks the DNS. Never throws: what goes wrong is an answer. */
export interface Dns {
  query(name: string, type: RecordType): Promise<DnsAnswer>;
}
