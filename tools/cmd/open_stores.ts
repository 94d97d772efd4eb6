/** What commands open of the server's stores, by its settings. */

import { createLog } from "../kit/base/log.ts";

import { FileSpool } from "../../store/spool/file_spool.ts";
import { PasswdFile } from "../../store/users/passwd_file.ts";

import type { Settings } from "../config/schema.ts";

import type { Context } from "./context.ts";

/** The queue, as a visitor beside a running server or without one. */
export function openSpool(context: Context, settings: Settings): Promise<FileSpool> {
  return FileSpool.visit({
    disk: context.disk,
    directory: settings.queue_directory,
    clock: context.clock,
    log: complainingLog(context),
  });
}

export function openUsers(context: Context, settings: Settings): PasswdFile {
  return new PasswdFile({
    disk: context.disk,
    path: settings.passwd_file,
    mailHome: settings.mail_home,
    random: context.random,
    clock: context.clock,
    log: complainingLog(context),
  });
}

/** Warnings of a store as lines on standard error. */
function complainingLog(context: Context) {
  return createLog(({ level, text }) => context.complain(`${level}: ${text}`), {
    now: context.clock.now,
    part: context.program,
    leastLevel: "warning",
  });
}
