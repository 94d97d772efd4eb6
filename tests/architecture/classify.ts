/** Which files are the product and which are there for tests: by name, and by who imports them. */

import { isEntry, isNamedAsTest } from "./layout.ts";
import { resolveImport } from "./resolve.ts";
import type { Scanned } from "./scan.ts";

export interface ProjectFile extends Scanned {
  /** A test, a benchmark, or what only those import. */
  readonly isTest: boolean;
  /** Imported or started by some file. */
  readonly isUsed: boolean;
}

export function classify(files: readonly Scanned[]): readonly ProjectFile[] {
  const importers = new Map<string, Set<string>>();
  for (const file of files) {
    for (const { specifier } of file.imports) {
      const target = resolveImport(file.path, specifier);
      if (target === undefined || target === file.path) continue;
      importers.set(target, (importers.get(target) ?? new Set()).add(file.path));
    }
  }
  const tests = new Set(files.map((file) => file.path).filter(isNamedAsTest));
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const { path } of files) {
      if (tests.has(path) || isEntry(path)) continue;
      const from = importers.get(path);
      if (from === undefined || Array.from(from).some((importer) => !tests.has(importer))) continue;
      tests.add(path);
      hasChanged = true;
    }
  }
  return files.map((file) => ({
    ...file,
    isTest: tests.has(file.path),
    isUsed: isEntry(file.path) || isNamedAsTest(file.path) || importers.has(file.path),
  }));
}
