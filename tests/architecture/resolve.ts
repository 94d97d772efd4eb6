/** Relative specifiers to paths of the project. */

import { dirname, join, normalize } from "@std/path";

/** The path of what a relative specifier names, or `undefined` for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? normalize(join(dirname(from), specifier)) : undefined;
}
