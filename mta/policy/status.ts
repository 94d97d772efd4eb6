/** Enhanced status codes that fit what is refused (access(5) "Enhanced status codes"). */

import type { Subject } from "./rule.ts";

const ofSender: Readonly<Record<string, string>> = {
  "1.1": "1.7",
  "1.2": "1.8",
  "1.3": "1.7",
  "1.4": "1.7",
  "1.5": "1.0",
  "1.6": "1.7",
  "1.8": "1.8",
};
const ofRecipient: Readonly<Record<string, string>> = { "1.7": "1.3", "1.8": "1.2" };

/**
 * A status about the one address is made one about the other, and one about an address none where no address is refused.
 *
 *     fixStatus("5.1.1", "Sender address")  ->  "5.1.7"
 *     fixStatus("5.1.1", "Client host")     ->  "5.0.0"
 */
export function fixStatus(status: string, of: Subject["class"]): string {
  const [digit, detail] = [status.slice(0, 1), status.slice(2)];
  if (!detail.startsWith("1.")) return status;
  switch (of) {
    case "Sender address":
      return `${digit}.${ofSender[detail] ?? detail}`;
    case "Recipient address":
      return `${digit}.${ofRecipient[detail] ?? detail}`;
    default:
      return `${digit}.0.0`;
  }
}
