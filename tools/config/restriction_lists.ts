/** Lists of restrictions that the server would answer 451 for: unknown names, arguments that lack. Pure. */

import { listNames } from "../../mta/policy/restriction_call.ts";
import { parseRestrictions } from "../../mta/policy/restriction_list.ts";

import type { Resolved } from "./resolve.ts";
import type { SettingName } from "./schema.ts";

export interface ListProblem {
  readonly name: SettingName;
  readonly text: string;
}

export function restrictionProblems({ settings, restrictionClasses }: Resolved): readonly ListProblem[] {
  const classes = [...restrictionClasses.keys()];
  const ofLists = listNames.flatMap((list): readonly ListProblem[] => {
    const name = `smtpd_${list}_restrictions` as const;
    const { problems } = parseRestrictions(settings[name], { list, classes });
    return problems.map((text) => ({ name, text: `${name}: ${text}` }));
  });
  const ofClasses = Array.from(restrictionClasses, ([className, items]): readonly ListProblem[] => {
    const { problems } = parseRestrictions(items, { list: undefined, classes });
    return problems.map((text) => ({ name: "smtpd_restriction_classes", text: `${className}: ${text}` }));
  });
  return [...ofLists, ...ofClasses.flat()];
}
