import { testCrashes } from "../mailbox_crash_suite.ts";
import { MboxWorld } from "./mbox_fixture.ts";

testCrashes({ name: "mbox", setUp: (seed) => MboxWorld.simulated(seed) });
