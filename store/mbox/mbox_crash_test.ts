import { testCrashes } from "../mailbox_crash_suite.ts";
import { MboxWorld } from "./mbox_world.ts";

testCrashes({ name: "mbox", setUp: (seed) => MboxWorld.simulated(seed) });
