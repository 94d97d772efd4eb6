/** Verdicts, made short. */

import { type Reason, refusal, refusing, type Verdict } from "./verdict.ts";

export function refuse(reason: Reason, code: number, status: string, text: string): Verdict {
  return refusing(refusal(code, status, text), reason);
}

export function permit(reason: Reason): Verdict {
  return { kind: "permit", reason };
}
