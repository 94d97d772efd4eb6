/** Senders of mail that is forwarded for others, as the settings want them (srs_domain). */

import { utf8Text } from "../../kit/base/bytes.ts";
import type { Clock } from "../../kit/base/clock.ts";
import { ConfigError, failureText } from "../../kit/base/failure.ts";
import { parseSrsSecrets, Srs } from "../../kit/mail/srs.ts";

import type { Disk } from "../../../store/file/disk.ts";

import type { SrsPolicy } from "../../../mta/address/srs.ts";
import { srsSender } from "../../../mta/address/srs.ts";
import type { SenderRewriter } from "../../../mta/queue/return_path.ts";

import type { LoadedSettings } from "../../config/load.ts";
import type { Settings } from "../../config/schema.ts";

const dayMs = 86_400_000;
const maxFileOctets = 1 << 16;

/** @throws ConfigError when the secrets are missing */
export async function readSrsPolicy(
  loaded: LoadedSettings,
  disk: Pick<Disk, "readFile">,
): Promise<SrsPolicy | undefined> {
  const { srs_domain: domain, srs_secret_file: path, srs_exclude_domains: excluded, srs_max_age: maxAgeMs } =
    loaded.settings;
  if (domain === "") return undefined;
  if (path === "") throw new ConfigError("srs_domain: srs_secret_file is needed too", loaded.path);
  let secrets: readonly string[];
  try {
    secrets = parseSrsSecrets(utf8Text(await disk.readFile(path, maxFileOctets)));
  } catch (thrown) {
    throw new ConfigError(`srs_secret_file: ${failureText(thrown)}`, loaded.path);
  }
  if (secrets.length === 0) throw new ConfigError(`srs_secret_file: no secret in ${path}`, loaded.path);
  return { srs: new Srs({ secrets, maxAgeDays: Math.floor(maxAgeMs / dayMs) }), domain, excluded };
}

/** For mail that leaves to hosts of others: by `smtp`, or whatever default_transport names. */
export function srsRewriter(
  { srs, settings }: { readonly srs: SrsPolicy | undefined; readonly settings: Settings },
  { transport, clock }: { readonly transport: string; readonly clock: Clock },
): SenderRewriter | undefined {
  if (srs === undefined) return undefined;
  const [usual] = settings.default_transport.split(":", 1);
  if (transport !== "smtp" && transport !== usual) return undefined;
  return (sender, recipient) => srsSender(sender, recipient, { ...srs, nowMs: clock.now() });
}
