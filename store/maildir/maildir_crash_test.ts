import { testCrashes } from "../mailbox_crash_suite.ts";
import { MaildirWorld } from "./maildir_fixture.ts";

testCrashes({ name: "maildir", setUp: (seed) => MaildirWorld.simulated(seed) });
