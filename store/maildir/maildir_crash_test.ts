import { testCrashes } from "../mailbox_crash_suite.ts";
import { MaildirWorld } from "./maildir_world.ts";

testCrashes({ name: "maildir", setUp: (seed) => MaildirWorld.simulated(seed) });
