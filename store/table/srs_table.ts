/**
 * `srs:DAYS:FILE`: return addresses of mail that was forwarded (`kit/mail/srs.ts`), and whom they stand for. FILE has a
 * secret a line; DAYS is how old an address may be.
 */

import { utf8Text } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { ConfigError, failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import { parseSrsSecrets, Srs } from "../../tools/kit/mail/srs.ts";

import type { Disk } from "../file/disk.ts";
import type { Table } from "./table.ts";

const maxFileOctets = 1 << 16;

/** @throws ConfigError */
export function srsTable(
  name: string,
  rest: string,
  { disk, clock }: { readonly disk: Pick<Disk, "readFile">; readonly clock: Clock },
): Table {
  const [, days, path] = /^(\d{1,3}):(.+)$/.exec(rest) ?? [];
  if (path === undefined) throw new ConfigError(`bad syntax: "${name}"; need srs:DAYS:FILE`);
  let srs: Promise<Srs> | undefined;
  const open = async () => {
    try {
      const secrets = parseSrsSecrets(utf8Text(await disk.readFile(path, maxFileOctets)));
      if (secrets.length > 0) return new Srs({ secrets, maxAgeDays: Number(days) });
    } catch (thrown) {
      srs = undefined;
      throw new TempFailure("4.3.0", `table "${name}": ${failureText(thrown)}`, { cause: thrown });
    }
    srs = undefined;
    throw new TempFailure("4.3.0", `table "${name}": there is no secret in it`);
  };
  return {
    name,
    fixed: true,
    lookup: async (key) => {
      if (!/^SRS[01][=+-]/i.test(key)) return undefined;
      const value = (await (srs ??= open())).reverse(key, clock.now());
      return value === undefined ? undefined : { value };
    },
    close: () => {},
  };
}
