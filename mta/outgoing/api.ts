/**
 * What passes between the smtp-out worker (connections to other hosts, no other rights) and the keeper (queue, DNS, policy).
 *
 * A job is a message and those of its recipients that go one way. A small message travels whole inside its job; of a larger
 * one the worker asks for piece after piece, and begins again where another host is tried.
 */

import type { LogRecord } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { HopHost } from "../delivery/next_hop.ts";
import type { RelayLoginSettings } from "../relay_login/settings.ts";
import type { ClientMessage } from "../smtp/client/message.ts";
import type { ClientSettings } from "../smtp/client/settings.ts";

/** Octets of a message that travels inside its job; also the size of a piece. */
export const inlineOctets = 128 * 1024;

export interface OutgoingSettings {
  readonly client: ClientSettings;
  /** 0: as the system does. */
  readonly connectMs: number;
  readonly dataTransferMs: number;
  /** smtp_line_length_limit; 0: none. */
  readonly lineOctets: number;
  /** smtp_mx_session_limit; 0: none. */
  readonly sessionLimit: number;
  /** smtp_connection_cache_on_demand */
  readonly keepsConnections: boolean;
  readonly idleMs: number;
  readonly reuseMs: number;
  /** 0: any number. */
  readonly reuseCount: number;
  /** smtp_tls_wrappermode */
  readonly tlsWrapped: boolean;
  /** Authorities to trust, PEM; `undefined`: those of the runtime. */
  readonly caPem: string | undefined;
  /** smtp_tls_loglevel */
  readonly tlsLogLevel: number;
  readonly login: RelayLoginSettings;
  /** What paths of socket files are relative to: queue_directory. */
  readonly socketDirectory: string;
}

export interface OutgoingJob {
  /** By which its content is asked for. */
  readonly job: number;
  /** For the log. */
  readonly id: string;
  /** Name of the transport: `smtp`, `relay`, `lmtp`. */
  readonly transport: string;
  readonly protocol: "smtp" | "lmtp";
  readonly nexthop: string;
  /** Connections are shared by jobs of the same key. */
  readonly key: string;
  readonly message: Omit<ClientMessage, "content">;
  readonly hosts: readonly HopHost[];
  readonly settings: OutgoingSettings;
  /** LF form, where it is small. */
  readonly content: Uint8Array | undefined;
}

/** What became of one recipient of a job. */
export interface OutgoingResult {
  readonly outcome: DeliveryOutcome;
  /** It would be the same for any message: no host of the site can be spoken with. */
  readonly isOfSite?: boolean;
  /** `none`, or `host[address]:port`. */
  readonly relay: string;
  /** Messages over this connection, this one counted. */
  readonly connectionUses: number;
  readonly connectMs: number;
  readonly transmitMs: number;
}

/** Served by the worker. */
export type OutgoingApi = {
  /** By index of the message's recipients. */
  deliver(job: OutgoingJob): readonly OutgoingResult[];
  status(request: null): OutgoingStatus;
  /** A policy of MTA-STS (RFC 8461). An error says why it cannot be had. */
  fetchText(request: FetchTextRequest): FetchedText;
};

export interface FetchTextRequest {
  readonly url: string;
  readonly limitMs: number;
  readonly maxOctets: number;
}

export type FetchedText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "failed"; readonly why: string };

export interface OutgoingStatus {
  readonly connections: number;
  readonly idle: number;
}

/** Served by the keeper. */
export type ContentApi = {
  /** The next piece of a reading that the worker has numbered; empty at the end. A reading begins with its first piece. */
  read(request: { readonly job: number; readonly reading: number }): Uint8Array<ArrayBuffer>;
  /** The reading is given up. */
  endReading(request: { readonly reading: number }): null;
  log(records: readonly LogRecord[]): null;
};
