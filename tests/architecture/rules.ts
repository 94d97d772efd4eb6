/** The rules of the house as functions from a list of files to problems, each said with its file and line. */

import type { ProjectFile } from "./classify.ts";
import {
  isPure,
  isSeam,
  layerOf,
  type LayerRow,
  longFiles,
  maxProductLines,
  nodeModulePlaces,
  runtimeUses,
  topLevel,
} from "./layout.ts";
import { resolveImport } from "./resolve.ts";
import { type Import, lineAt } from "./scan.ts";

export type Rule = (files: readonly ProjectFile[]) => readonly string[];

function say(file: ProjectFile, line: number, problem: string): string {
  return `${file.path}:${line}: ${problem}`;
}

function eachImport(
  files: readonly ProjectFile[],
  check: (file: ProjectFile, found: Import, target: string | undefined) => string | undefined,
): readonly string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      const problem = check(file, found, resolveImport(file.path, found.specifier));
      return problem === undefined ? [] : [say(file, found.line, problem)];
    })
  );
}

/** kit < store < {mta, mra} < config < cmd < main; mta and mra never each other. Types count. */
export const checkDirection: Rule = (files) =>
  eachImport(files, (file, { specifier }, target) => {
    if (target === undefined || !target.endsWith(".ts")) return undefined;
    const from = layerOf(file.path);
    const to = layerOf(target);
    if (from === undefined || to === undefined) return `${specifier} is in no layer`;
    if (to.rank > from.rank) return `${from.name} imports ${specifier} of ${to.name}, which stands above it`;
    if (
      to.rank === from.rank && to.name !== from.name
    ) return `${from.name} imports ${specifier} of ${to.name}`;
    return undefined;
  });

/** Libraries of npm, each in the one file that may use it. */
const clientLibraries: ReadonlyMap<string, string> = new Map([
  ["ldapts", "tools/cmd/database_clients.ts"],
  ["postgres", "tools/cmd/database_clients.ts"],
]);

/** Packages by their names only: `@std/*` of the import map; `node:` in its places; npm and JSR in tools/std alone. */
export const checkPackages: Rule = (files) =>
  eachImport(files, (file, { specifier }, target) => {
    if (target !== undefined || specifier.startsWith("@std/")) return undefined;
    if (file.isTest && specifier.startsWith("node:")) return undefined;
    if (specifier.startsWith("node:")) {
      return nodeModulePlaces.test(file.path) ? undefined : `${specifier} is imported outside its places`;
    }
    if (clientLibraries.get(specifier) === file.path) return undefined;
    return file.path.startsWith("tools/std/") ? undefined : `${specifier} is no package of the import map`;
  });

/** Every import names a file that is there. */
export const checkTargets: Rule = (files) => {
  const known = new Set(files.map((file) => file.path));
  return eachImport(
    files,
    (_file, { specifier }, target) =>
      target === undefined || known.has(target) || !target.endsWith(".ts")
        ? undefined
        : `${specifier} is not there`,
  );
};

/** Engines, policies and formats do no I/O and reach none: no await, and imports of pure files and seams only. */
export const checkPurity: Rule = (files) => [
  ...eachImport(files, (file, { specifier, typeOnly, dynamic }, target) => {
    if (file.isTest || !isPure(file.path)) return undefined;
    if (target === undefined) return `pure code imports ${specifier}`;
    if (dynamic) return `pure code loads ${specifier} while it runs`;
    if (isPure(target) || (isSeam(target) && typeOnly)) return undefined;
    return isSeam(target)
      ? `pure code may import only types of ${specifier}`
      : `pure code imports ${specifier}, which is not pure`;
  }),
  ...files.filter((file) => !file.isTest && isPure(file.path)).flatMap((file) =>
    Array.from(
      file.code.matchAll(/(?<![.\w])(await|async)\b(?!\s*[:?])/g),
      (match) => say(file, lineAt(file.text, match.index), `pure code uses ${match[1]}`),
    )
  ),
];

/** Deno, timers, randomness, workers and the like only where the table says. */
export const checkRuntime: Rule = (files) =>
  files.filter((file) => !file.isTest).flatMap((file) =>
    runtimeUses.filter((row) => !row.places.test(file.path) && row.unless?.test(file.code) !== true).flatMap((
      row,
    ) =>
      Array.from(
        file.code.matchAll(row.pattern),
        (match) =>
          say(file, lineAt(file.text, match.index), `${row.what} (${match[0].trim()}) outside its place`),
      )
    )
  );

/** No product file over the limit that is not on the list with its reason, and no row of the list without need. */
export const checkLength: Rule = (files) =>
  files.filter((file) => !file.isTest).flatMap((file) => {
    const lines = file.text.split("\n").length - 1;
    const isListed = longFiles.has(file.path);
    if (lines > maxProductLines && !isListed) {
      return [`${file.path}: ${lines} lines, more than ${maxProductLines}`];
    }
    return isListed && lines <= maxProductLines
      ? [`${file.path}: is on the list of long files without need`]
      : [];
  });

/** Where an import stands: std, kit, store, mta and mra, config, cmd; then what stands in the same folder. */
function placeOf(file: ProjectFile, specifier: string): { readonly layer: number; readonly beside: boolean } {
  const target = resolveImport(file.path, specifier);
  const layer: LayerRow | undefined = target === undefined ? undefined : layerOf(target);
  return { layer: layer?.rank ?? 0, beside: specifier.startsWith("./") };
}

/** Imports at the head stand in layer order, what is beside the file last, a blank line between layers. */
export const checkImportOrder: Rule = (files) =>
  files.flatMap((file) => {
    const problems: string[] = [];
    const lines = file.text.split("\n");
    const heads = file.imports.filter((found) => !found.dynamic);
    for (let index = 1; index < heads.length; index++) {
      const [before, after] = [heads[index - 1]!, heads[index]!];
      const [upper, lower] = [placeOf(file, before.specifier), placeOf(file, after.specifier)];
      const hasBlank = lines.slice(before.line, after.line - 1).some((line) => line.trim() === "");
      const falls = upper.beside ? !lower.beside : !lower.beside && lower.layer < upper.layer;
      if (falls) problems.push(say(file, after.line, `${after.specifier} stands below a higher layer`));
      else if (lower.layer !== upper.layer && !hasBlank) {
        problems.push(say(file, after.line, `no blank line before the layer of ${after.specifier}`));
      }
    }
    return problems;
  });

/** Import cycles, types included: one problem for each, naming its files. */
export const checkCycles: Rule = (files) => {
  const known = new Set(files.map((file) => file.path));
  const edges = new Map(files.map((file) => [
    file.path,
    file.imports.filter((found) => !found.dynamic)
      .map((found) => resolveImport(file.path, found.specifier))
      .filter((target) => target !== undefined && known.has(target)) as string[],
  ]));
  const state = new Map<string, "open" | "done">();
  const problems: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      problems.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
      return;
    }
    state.set(path, "open");
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of edges.keys()) visit(path, []);
  return problems;
};

/** No product file that nothing imports. */
export const checkUse: Rule = (files) =>
  files.filter((file) => !file.isUsed).map((file) => `${file.path}: is imported by nothing`);

/** Names at the top level that the table of the layout does not have. */
export function checkTopLevel(names: readonly string[]): readonly string[] {
  return names.filter((name) => !topLevel.includes(name)).map((name) =>
    `${name}: has no place at the top level`
  );
}

export const rules: Readonly<Record<string, Rule>> = {
  checkDirection,
  checkPackages,
  checkTargets,
  checkPurity,
  checkRuntime,
  checkLength,
  checkImportOrder,
  checkCycles,
  checkUse,
};
