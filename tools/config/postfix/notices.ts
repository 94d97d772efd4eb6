/** What is told of main.cf and master.cf beside problems: parameters that this server does not have, unused names. */

import type { ConfigNotice } from "../load.ts";
import { nearest } from "../nearest.ts";
import type { Resolved } from "../resolve.ts";
import { isSettingName, settingNames } from "../schema.ts";
import type { MainCf } from "./main_cf.ts";
import type { MasterCf } from "./master_cf.ts";
import { hints, isDoneAnyway, readNames } from "./meaning.ts";
import { isInstallationName, postfixDefault, postfixNames } from "./parameters.ts";
import type { LeftOverride } from "./services.ts";
import { unusedNames } from "./unused.ts";

interface NoticeOptions {
  readonly mainCf: MainCf;
  readonly masterCf: MasterCf;
  readonly serviceNames: ReadonlySet<string>;
  /** Limits of transports that master.cf defines. */
  readonly ofTransports: ReadonlySet<string>;
  readonly base: Resolved;
  readonly files: { readonly main: string; readonly master: string };
}

export class Notices {
  readonly #options: NoticeOptions;

  constructor(options: NoticeOptions) {
    this.#options = options;
  }

  *ofMain(): Generator<ConfigNotice> {
    const { mainCf, files, ofTransports } = this.#options;
    const file = files.main;
    for (const { line, text } of mainCf.warnings) yield { kind: "warning", file, line, text };
    if (!mainCf.settings.has("compatibility_level")) {
      const text =
        "compatibility_level is not set: some settings have Postfix's defaults of before 2015, such as " +
        "mynetworks_style = subnet";
      yield { kind: "warning", file, line: undefined, text };
    }
    for (const { name, value, line } of mainCf.settings.values()) {
      if (isInstallationName(name)) {
        const text = `${name} is about Postfix's own files and processes`;
        yield { kind: "installation", file, line, text };
        continue;
      }
      if (isSettingName(name) || readNames.has(name) || ofTransports.has(name)) continue;
      const judged = this.#judge(name, value);
      if (judged !== undefined) yield { ...judged, file, line };
    }
  }

  *ofMaster(left: readonly LeftOverride[]): Generator<ConfigNotice> {
    const file = this.#options.files.master;
    for (const { name, value, service } of left) {
      const judged = this.#judge(name, value);
      if (judged === undefined) continue;
      const text = `${service.name}/${service.type}: -o ${judged.text}`;
      yield { kind: judged.kind, file, line: service.line, text };
    }
  }

  *ofUnused(): Generator<ConfigNotice> {
    const { mainCf, masterCf, files } = this.#options;
    for (const { name, value, line } of unusedNames(mainCf, masterCf)) {
      const text = `unused parameter: ${name}=${value}${meant(name)}`;
      yield { kind: "unused", file: files.main, line, text };
    }
  }

  #judge(name: string, value: string): Pick<ConfigNotice, "kind" | "text"> | undefined {
    const { serviceNames, base } = this.#options;
    const fallback = postfixDefault(name, serviceNames);
    if (fallback === undefined) return undefined;
    const options = { fallback: base.expand(fallback) };
    const shown = value === "" ? `an empty ${name}` : `${name} = ${value}`;
    if (isDoneAnyway(name, base.expand(value), options)) {
      return { kind: "default", text: `${shown} is what is done anyway` };
    }
    const hint = hints.find(([names]) => names.test(name))?.[1];
    return {
      kind: "unsupported",
      text: `${shown} is not supported${hint === undefined ? "" : `: ${hint}`}`,
    };
  }
}

function meant(name: string): string {
  const near = nearest(name, [...settingNames, ...postfixNames]);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}
