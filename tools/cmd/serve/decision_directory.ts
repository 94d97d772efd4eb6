/** Where decisions are kept, for the server that writes them and for whoever reads them. */

import { join } from "@std/path";

import type { Settings } from "../../config/schema.ts";

export function decisionDirectory({ data_directory: directory }: Pick<Settings, "data_directory">): string {
  return join(directory, "decisions");
}
