/** The project's own files, for the tests that look at them. */

import { fromFileUrl, join } from "@std/path";

import { classify, type ProjectFile } from "./classify.ts";
import type { Scanned } from "./scan.ts";
import { scan } from "./scan.ts";

export const projectRoot = fromFileUrl(new URL("../..", import.meta.url));

/** Names at the top level without those that .gitignore names. */
export async function topLevelNames(): Promise<readonly string[]> {
  const ignored = (await Deno.readTextFile(join(projectRoot, ".gitignore"))).split("\n")
    .map((line) => line.replaceAll("/", "").trim());
  const names: string[] = [];
  for await (const entry of Deno.readDir(projectRoot)) {
    if (!ignored.includes(entry.name) && !entry.name.endsWith(".log")) names.push(entry.name);
  }
  return names.sort();
}

/** All TypeScript files of the project. */
export async function projectFiles(): Promise<readonly ProjectFile[]> {
  const files: Scanned[] = [];
  const walk = async (folder: string) => {
    for await (const entry of Deno.readDir(join(projectRoot, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory) await walk(path);
      else if (path.endsWith(".ts")) {
        files.push(scan({ path, text: await Deno.readTextFile(join(projectRoot, path)) }));
      }
    }
  };
  for (const folder of ["mta", "mra", "store", "tools", "tests"]) await walk(folder);
  files.push(scan({ path: "main.ts", text: await Deno.readTextFile(join(projectRoot, "main.ts")) }));
  return classify(files);
}
