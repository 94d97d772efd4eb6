/**
 * What a first start makes: settings, a certificate authority with a certificate, aliases, and an account.
 *
 * The settings file is written last, whole and durably: as long as it is missing, a start that was cut off begins anew,
 * over what it had made.
 */

import { dirname, join } from "@std/path";

import { utf8Bytes } from "../../kit/base/bytes.ts";
import { createAuthority, issueCertificate } from "../../kit/net/certificate.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { writeFileAtomically } from "../../../store/file/disk.ts";

import { aliasesTemplate, settingsTemplate } from "../../config/template.ts";

import { buildAliases } from "../alias.ts";
import type { Context } from "../context.ts";
import { openUsers } from "../open_stores.ts";
import { goodSettings, readSettings } from "../settings.ts";

export interface FirstAccount {
  readonly user: string;
  readonly password: string;
}

/** Names of files in the data directory. */
const files = {
  authority: "ca.pem",
  certificate: "cert.pem",
  key: "key.pem",
  aliases: "aliases",
  users: "users",
} as const;

/** Names and addresses that the first certificate is good for. */
const trialNames = ["localhost", "127.0.0.1", "::1"];

/** Makes everything that `settingsFile` needs beside it. @throws DiskError, ConfigError */
export async function makeFirstStart(context: Context, settingsFile: string): Promise<FirstAccount> {
  const { disk } = context;
  const directory = dirname(settingsFile);
  await disk.mkdir(directory, { mode: 0o700, parents: true });
  const user = firstUserName(context);
  const password = randomPassword(context);
  await makeCertificates(context, directory);
  await write(disk, join(directory, files.aliases), aliasesTemplate(user));
  await write(disk, join(directory, files.users), "");
  const draft = `${settingsFile}.new`;
  const text = settingsTemplate({
    hostname: "localhost",
    firstAccount: user,
    tls: { certificate: files.certificate, key: files.key },
  });
  await write(disk, draft, text);
  const { settings } = goodSettings(context, await readSettings(context, { form: "toml", path: draft }));
  await buildAliases(context, settings);
  await openUsers(context, settings).add(user, password);
  await disk.rename(draft, settingsFile);
  await disk.syncDir(directory);
  return { user, password };
}

/** The path of the authority's certificate, if this data directory has one of ours. */
export async function certificateAuthority(disk: Disk, settingsFile: string): Promise<string | undefined> {
  const path = join(dirname(settingsFile), files.authority);
  return await disk.stat(path) === undefined ? undefined : path;
}

async function makeCertificates(context: Context, directory: string): Promise<void> {
  const { disk, random } = context;
  const nowMs = context.clock.now();
  const authority = await createAuthority({ name: "mailsrv test authority", nowMs, random });
  const leaf = await issueCertificate(authority, { names: trialNames, nowMs, random });
  // The authority's key is thrown away: nobody can ever make another certificate that ca.pem vouches for.
  await write(disk, join(directory, files.authority), authority.certPem, 0o644);
  await write(disk, join(directory, files.key), leaf.keyPem);
  await write(disk, join(directory, files.certificate), leaf.certPem, 0o644);
}

function write(disk: Disk, path: string, text: string, mode = 0o600): Promise<void> {
  return writeFileAtomically(disk, path, utf8Bytes(text), { temporary: `${path}.tmp`, mode });
}

/** Whoever starts it, unless that is root: postmaster's mail is aliased to this name, and root's to postmaster. */
function firstUserName(context: Context): string {
  const name = (context.env("USER") ?? context.env("LOGNAME") ?? "").toLowerCase();
  return /^[a-z][a-z0-9_-]{0,30}$/.test(name) && name !== "root" && name !== "postmaster" ? name : "admin";
}

/** Letters and digits that are hard to mistake for each other: 16 of 56 are 92 bits. */
function randomPassword(context: Context): string {
  const alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  return Array.from({ length: 16 }, () => alphabet[context.random.below(alphabet.length)]!).join("");
}
