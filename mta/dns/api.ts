/** What the keeper and the dns worker say to each other. */

import type { DnsAnswer, RecordType } from "./record.ts";
import type { DnsSettings } from "./resolv_conf.ts";

/** Served by the worker. */
export type DnsWorkerApi = {
  configure(settings: DnsSettings): null;
  query(question: { readonly name: string; readonly type: RecordType }): DnsAnswer;
};
