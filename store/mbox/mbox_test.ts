import { testMailboxes } from "../mailbox_suite.ts";
import { childOfMailbox } from "../mailbox_folders_suite.ts";
import { MboxWorld } from "./mbox_fixture.ts";

const leftOut = { [childOfMailbox]: "a file holds messages, a directory holds names; nothing is both" };

testMailboxes({ name: "mbox on the simulated disk", setUp: () => MboxWorld.simulated(), leftOut });
testMailboxes({ name: "mbox on a real disk", setUp: () => MboxWorld.real(), leftOut });
