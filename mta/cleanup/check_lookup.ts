/** The action that tables of header_checks(5) have for a text. */

import type { Evaluation } from "../address/lookup.ts";
import { askTable, isFailure } from "../address/lookup.ts";
import type { Maps } from "../address/settings.ts";
import { type ActionPlace, type CheckAction, parseCheckAction } from "./check_action.ts";
import type { ContentFindings } from "./content_findings.ts";

const none: CheckAction = { kind: "none" };

/** The first table that has one decides. */
export function* findAction(
  maps: Maps,
  text: string,
  { findings, ...place }: ActionPlace & { readonly findings: ContentFindings },
): Evaluation<CheckAction> {
  for (const table of maps) {
    const hit = yield* askTable(table, text);
    if (hit === undefined) continue;
    if (isFailure(hit)) {
      findings.fail(place.parameter, hit.failure);
      return none;
    }
    const { action, warning } = parseCheckAction(hit.value, place);
    if (warning !== undefined) findings.warn(warning);
    return action;
  }
  return none;
}
