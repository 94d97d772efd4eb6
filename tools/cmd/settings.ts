/** The settings a command works under. */

import { join, resolve } from "@std/path";

import { ConfigError } from "../kit/base/failure.ts";
import { hostName } from "../kit/os/identity.ts";

import type { LoadedSettings } from "../config/load.ts";
import { formatProblem, loadSettings } from "../config/load.ts";
import type { Facts } from "../config/parameter.ts";

import type { Arguments } from "./command.ts";
import type { Context } from "./context.ts";
import { version } from "./version.ts";

/** What the machine says of itself. */
export function machineFacts(): Facts {
  return { hostname: hostName(), interfaces: networkInterfaces(), version };
}

function networkInterfaces(): Facts["interfaces"] {
  return Deno.networkInterfaces().map(({ address, cidr }) => ({
    address: address.split("%", 1)[0]!,
    prefixLength: Number(cidr.slice(cidr.indexOf("/") + 1)),
  }));
}

/** Reads the settings with all their problems. */
export function readSettings(context: Context, path: string): Promise<LoadedSettings> {
  return loadSettings({ path, disk: context.disk, facts: machineFacts() });
}

/**
 * Good settings for a command.
 *
 * @throws ConfigError when there is no settings file; or, after every other problem was shown, with the last one.
 */
export async function settingsFor(context: Context, given: Arguments): Promise<LoadedSettings> {
  const path = settingsPath(context, given);
  if (await context.disk.stat(path) === undefined) {
    throw new ConfigError(
      `no settings at ${path}: run "${context.prefix} serve" once, or say where with --data or --config`,
    );
  }
  return goodSettings(context, await readSettings(context, path));
}

/** The settings if nothing is wrong with them. @throws ConfigError with the last problem, after the others were shown. */
export function goodSettings(context: Context, loaded: LoadedSettings): LoadedSettings {
  const last = loaded.problems.at(-1);
  if (last === undefined) return loaded;
  for (const problem of loaded.problems.slice(0, -1)) context.complain(formatProblem(problem));
  throw new ConfigError(last.text, last.file, last.line);
}

/** Where a command finds its files: `--config` and `--data`, else `$MAILSRV_DATA`, else `./mailsrv-data`. */
export function settingsPath(context: Context, given: Arguments): string {
  const { config, data } = given.options;
  if (typeof config === "string") return resolve(config);
  return join(dataDirectory(context, typeof data === "string" ? data : undefined), "mailsrv.toml");
}

function dataDirectory(context: Context, given: string | undefined): string {
  return resolve(given ?? context.env("MAILSRV_DATA") ?? "mailsrv-data");
}
