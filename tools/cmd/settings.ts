/** The settings a command works under. */

import { join, resolve } from "@std/path";

import { ConfigError } from "../kit/base/failure.ts";
import { hostName } from "../kit/os/identity.ts";

import type { LoadedSettings, LoadOptions } from "../config/load.ts";
import { formatProblem, loadSettings } from "../config/load.ts";
import type { Facts } from "../config/parameter.ts";
import { loadPostfix } from "../config/postfix/load_postfix.ts";

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

/** Where settings are, and in whose form. */
export type SettingsPlace =
  | { readonly form: "toml"; readonly path: string }
  | {
    readonly form: "postfix";
    /** Of main.cf. */
    readonly path: string;
    readonly directory: string;
    readonly dataDirectory: string | undefined;
  };

/** Reads the settings with all their problems. */
export function readSettings(
  { disk }: { readonly disk: LoadOptions["disk"] },
  place: SettingsPlace,
): Promise<LoadedSettings> {
  const world = { disk, facts: machineFacts() };
  return place.form === "toml" ? loadSettings({ ...world, ...place }) : loadPostfix({ ...world, ...place });
}

/**
 * Good settings for a command.
 *
 * @throws ConfigError when there is no settings file; or, after every other problem was shown, with the last one.
 */
export async function settingsFor(context: Context, given: Arguments): Promise<LoadedSettings> {
  const place = await existingPlace(context, given);
  return goodSettings(context, await readSettings(context, place));
}

/** Where a command finds its settings. @throws ConfigError when there is no such file. */
export async function existingPlace(context: Context, given: Arguments): Promise<SettingsPlace> {
  const place = settingsPlace(context, given);
  if (await context.disk.stat(place.path) !== undefined) return place;
  if (place.form === "postfix") throw new ConfigError(`no settings at ${place.path}`);
  throw new ConfigError(
    `no settings at ${place.path}: run "${context.prefix} serve" once, or say where with --data, --config or --postfix`,
  );
}

/** The settings if nothing is wrong with them. @throws ConfigError with the last problem, after the others were shown. */
export function goodSettings(context: Context, loaded: LoadedSettings): LoadedSettings {
  const last = loaded.problems.at(-1);
  if (last === undefined) return loaded;
  for (const problem of loaded.problems.slice(0, -1)) context.complain(formatProblem(problem));
  throw new ConfigError(last.text, last.file, last.line);
}

/**
 * Where a command finds its settings: `--postfix` (else `$MAILSRV_POSTFIX`, when neither of these is given), `--config`
 * and `--data`, else `$MAILSRV_DATA`, else `./mailsrv-data`.
 */
export function settingsPlace(context: Context, given: Arguments): SettingsPlace {
  const [postfix, config, data] = ["postfix", "config", "data"].map((name) => textOption(given, name));
  const fromEnvironment = config === undefined && data === undefined
    ? context.env("MAILSRV_POSTFIX")
    : undefined;
  const directory = postfix ?? (fromEnvironment || undefined);
  const dataDirectory = data ?? (context.env("MAILSRV_DATA") || undefined);
  if (directory !== undefined) {
    return {
      form: "postfix",
      path: join(resolve(directory), "main.cf"),
      directory: resolve(directory),
      dataDirectory: dataDirectory === undefined ? undefined : resolve(dataDirectory),
    };
  }
  return {
    form: "toml",
    path: config === undefined
      ? join(resolve(dataDirectory ?? "mailsrv-data"), "mailsrv.toml")
      : resolve(config),
  };
}

function textOption(given: Arguments, name: string): string | undefined {
  const value = given.options[name];
  return typeof value === "string" ? value : undefined;
}
