import { testMailboxes } from "../mailbox_suite.ts";
import { MaildirWorld } from "./maildir_fixture.ts";

testMailboxes({ name: "maildir on the simulated disk", setUp: () => MaildirWorld.simulated() });
testMailboxes({ name: "maildir on a real disk", setUp: () => MaildirWorld.real() });
