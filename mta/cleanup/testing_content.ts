/** For tests: a message through the cleaner, whole or in pieces. */

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

import { run, type TestWorld } from "../address/testing_address.ts";
import { ContentCleaner, type ContentOptions } from "./content_cleaner.ts";
import type { ContentFindings, MailFacts } from "./content_findings.ts";

export const testFacts: MailFacts = {
  id: "4C2F",
  from: "c.test[192.0.2.1]",
  sender: "s@far.test",
  recipient: "u1@ref.test",
  protocol: "ESMTP",
  helo: "h.test",
};

export interface Cleaned {
  /** An octet string. */
  readonly text: string;
  readonly findings: ContentFindings;
}

/** `cuts`: lengths of the pieces, the last for all that follow. */
export function cleanText(
  text: string,
  options: Omit<ContentOptions, "facts">,
  { world = {}, cuts = [] }: { readonly world?: TestWorld; readonly cuts?: readonly number[] } = {},
): Cleaned {
  const cleaner = new ContentCleaner({ ...options, facts: testFacts });
  const bytes = latin1Bytes(text);
  let out = "";
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const length = cuts[Math.min(index, cuts.length - 1)] ?? bytes.length;
    out += latin1Text(run(cleaner.push(bytes.slice(at, at + length)), world));
    at += length;
  }
  out += latin1Text(run(cleaner.finish(), world));
  return { text: out, findings: cleaner.findings };
}
