/** What a client session goes by: the settings, by their names in postconf(5), and the server that it speaks to. */

/** All time-outs in milliseconds. */
export interface ClientSettings {
  /** smtp_helo_name, lmtp_lhlo_name */
  readonly heloName: string;
  /** smtp_always_send_ehlo: also to a server whose greeting does not say ESMTP. */
  readonly alwaysEhlo: boolean;
  readonly neverEhlo: boolean;
  /** smtp_skip_5xx_greeting */
  readonly skip5xxGreeting: boolean;
  /** smtp_discard_ehlo_keywords, lower case. */
  readonly discardKeywords: readonly string[];
  /** smtp_skip_quit_response */
  readonly skipQuitResponse: boolean;
  /** disable_mime_output_conversion */
  readonly convertTo7Bit: boolean;
  /** smtp_chunking: by BDAT where CHUNKING is offered (RFC 3030). */
  readonly chunking: boolean;
  /** smtp_send_dummy_mail_auth */
  readonly dummyMailAuth: boolean;
  /** smtp_tls_note_starttls_offer */
  readonly notesTlsOffer: boolean;
  /** smtp_sasl_auth_soft_bounce: a login that is refused for good puts mail off only. */
  readonly loginSoftBounce: boolean;
  /** RFC 5321 §4.5.3.2, as Postfix has them. */
  readonly heloMs: number;
  readonly starttlsMs: number;
  readonly mailMs: number;
  readonly rcptMs: number;
  readonly dataInitMs: number;
  readonly dataDoneMs: number;
  readonly rsetMs: number;
  readonly quitMs: number;
}

export const defaultClientSettings: ClientSettings = {
  heloName: "localhost",
  alwaysEhlo: true,
  neverEhlo: false,
  skip5xxGreeting: true,
  discardKeywords: [],
  skipQuitResponse: true,
  convertTo7Bit: true,
  chunking: false,
  dummyMailAuth: false,
  notesTlsOffer: false,
  loginSoftBounce: true,
  heloMs: 300_000,
  starttlsMs: 300_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataInitMs: 120_000,
  dataDoneMs: 600_000,
  rsetMs: 20_000,
  quitMs: 300_000,
};

/** How long the server may take for its reply to a step of a transaction. */
export function stepMs(step: "mail" | "rcpt" | "data" | "dot", settings: ClientSettings): number {
  const { mailMs, rcptMs, dataInitMs, dataDoneMs } = settings;
  return { mail: mailMs, rcpt: rcptMs, data: dataInitMs, dot: dataDoneMs }[step];
}

export interface ClientTarget {
  readonly protocol: "smtp" | "lmtp";
  /** `host[address]`, for words. */
  readonly where: string;
  /** Of the host; empty for a socket file. */
  readonly host: string;
  /** Say that mail loops when the server greets with our own name (port 25 only, as Postfix does). */
  readonly detectsLoop: boolean;
  /** The domain that is served, for the words of a loop. */
  readonly nexthop: string;
  readonly tls: "none" | "may" | "must" | /** TLS from the first octet. */ "wrapped";
  /** The server must offer REQUIRETLS, and MAIL FROM asks for it (RFC 8689 §4.2.1). */
  readonly needsRequireTls: boolean;
  /** There is a name and a password for this server. */
  readonly login: boolean;
}
