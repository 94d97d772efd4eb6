/**
 * One suite for the seam of `account.ts`: every format runs it, on the simulated disk and on a real one. What a format
 * cannot do is left out by name, with the reason.
 */

import { assert } from "@std/assert";

import { contentCases } from "./mailbox_contents_suite.ts";
import { folderCases } from "./mailbox_folders_suite.ts";
import type { MailboxCase, MailWorld } from "./mailbox_fixture.ts";
import { sessionCases } from "./mailbox_sessions_suite.ts";

export interface MailboxSuite {
  /** `maildir on the simulated disk`. */
  readonly name: string;
  setUp(): Promise<MailWorld>;
  /** Cases that the format cannot pass, each with the reason. */
  readonly leftOut?: Readonly<Record<string, string>>;
}

export function testMailboxes(suite: MailboxSuite): void {
  const cases: Record<string, MailboxCase> = { ...contentCases, ...sessionCases, ...folderCases };
  for (const name of Object.keys(suite.leftOut ?? {})) assert(name in cases, `no such case: ${name}`);
  for (const [name, run] of Object.entries(cases)) {
    if (suite.leftOut?.[name] !== undefined) continue;
    Deno.test(`${suite.name}: ${name}`, async () => {
      const world = await suite.setUp();
      try {
        await run(world, world.open());
      } finally {
        await world.close();
      }
    });
  }
}
