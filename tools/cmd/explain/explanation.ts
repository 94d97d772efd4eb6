/** What `mailsrv explain` has to say, as values: `--json` prints them as they are, `format.ts` as text. */

import type { ClientName, Stage } from "../../../mta/policy/facts.ts";
import type { Decision, Looked } from "../../../mta/policy/verdict.ts";

/** A line that may have others below it. */
export interface Branch {
  readonly text: string;
  /** What was looked up for it. */
  readonly looked?: readonly Looked[] | undefined;
  readonly branches?: readonly Branch[] | undefined;
}

export interface ExplainedStage {
  readonly stage: Stage;
  /** What the client hears: `250 2.1.5 Ok`. */
  readonly reply: string;
  readonly decision: Decision;
}

export interface ExplainedClient extends Partial<ClientName> {
  readonly address: string;
  readonly helo?: string | undefined;
  readonly user?: string | undefined;
  readonly tls: boolean;
  readonly service: string;
}

export interface Explanation {
  readonly sender: string;
  readonly recipient: string;
  readonly client?: ExplainedClient | undefined;
  /** In the order of the session, up to the one that refuses. */
  readonly stages: readonly ExplainedStage[];
  /** What becomes of the addresses before the message is queued. */
  readonly rewriting: readonly Branch[];
  /** Where it goes. */
  readonly delivery: readonly Branch[];
  /** What the reader should know of this explanation: what was not asked, where this server does otherwise. */
  readonly notes: readonly string[];
}
