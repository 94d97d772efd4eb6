/** The texts of reports, from the file that bounce_template_file names. */

import { utf8Text } from "../kit/base/bytes.ts";
import { ConfigError } from "../kit/base/failure.ts";

import type { Disk } from "../../store/file/disk.ts";

import type { LoadedSettings } from "../config/load.ts";
import type { LoadedTemplates } from "../config/mta/report_settings.ts";
import { reportTemplates } from "../config/mta/report_settings.ts";

const maxFileOctets = 1 << 20;

/** `path`: another file than the settings name. @throws ConfigError when the file cannot be read */
export async function readReportTemplates(
  loaded: LoadedSettings,
  disk: Pick<Disk, "readFile">,
  path = loaded.settings.bounce_template_file,
): Promise<LoadedTemplates> {
  if (path === "") return reportTemplates(loaded, undefined);
  let text: string;
  try {
    text = utf8Text(await disk.readFile(path, maxFileOctets));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigError(`bounce_template_file: ${reason}`, loaded.path);
  }
  return reportTemplates(loaded, text);
}
