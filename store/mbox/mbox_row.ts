/** A message of an mbox: its row in the ledger, and where it lies in the file. */

import type { LedgerRow } from "../mailbox/ledger.ts";
import type { ScannedMessage } from "./scan.ts";

export interface MboxRow extends LedgerRow {
  message: ScannedMessage;
  /** `Status` holds O: somebody has been told of it as \Recent. */
  old: boolean;
}
