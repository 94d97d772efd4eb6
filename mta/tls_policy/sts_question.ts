/** How pure code asks for a domain's MTA-STS policy. */

import type { Evaluation } from "../address/lookup.ts";
import type { StsPolicy } from "./sts_policy.ts";

export interface StsQuestion {
  readonly kind: "sts";
  readonly domain: string;
}

export interface StsAnswer {
  /** What holds for the domain now; none: it has no policy. */
  readonly policy?: StsPolicy | undefined;
  /** Trouble on the way: `cannot fetch the policy of example.test: ...`. */
  readonly note?: string | undefined;
}

export function* askSts(domain: string): Evaluation<StsAnswer, StsQuestion> {
  return (yield { kind: "sts", domain }) as StsAnswer;
}
