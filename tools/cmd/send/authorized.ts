/** Who may hand in mail (postconf(5) authorized_submit_users). */

import { TempFailure } from "../../kit/base/failure.ts";
import { silentLog } from "../../kit/base/log.ts";

import { openTables } from "../../../store/table/tables.ts";

import { parseStringList } from "../../../mta/address/match_list.ts";
import { matchString } from "../../../mta/address/string_list.ts";
import { runAddressEvaluation } from "../../../mta/reception/run_evaluation.ts";

import type { LoadedSettings } from "../../config/load.ts";

import type { Context } from "../context.ts";
import { processTables } from "../process_tables.ts";

const nobody = { find: () => Promise.resolve(undefined) };

/** @throws TempFailure when a table cannot be asked */
export async function maySubmit(
  user: string,
  loaded: LoadedSettings,
  { disk, clock }: Pick<Context, "disk" | "clock">,
): Promise<boolean> {
  const name = "authorized_submit_users";
  const tables = openTables({ ...processTables, disk, clock, log: silentLog });
  try {
    const list = parseStringList(loaded.itemsOf(name), { name });
    const result = await runAddressEvaluation(matchString(list, user), { tables, users: nobody });
    if (result.kind === "failure") throw new TempFailure("4.3.0", `${name}: ${result.failure}`);
    return result.kind === "match";
  } finally {
    tables.close();
  }
}
