/** Where the settings want the log, and in which form. */

import type { LogPlace } from "../../kit/base/log_sink.ts";
import { systemLog } from "../../kit/base/log_sink.ts";
import { syslogFacilities } from "../../kit/base/log_socket.ts";

import type { Settings } from "../../config/schema.ts";

/**
 * Under systemd without a file: the system's log, where each line has the name of its part (`journalctl -t postfix/smtpd`)
 * and comes to rsyslog's mail.log as Postfix's lines do. `isJournal`: standard error goes to the journal.
 */
export function logPlace(settings: Settings, isJournal: boolean): LogPlace {
  return {
    form: settings.log_form,
    file: settings.maillog_file === "" && isJournal ? systemLog : settings.maillog_file,
    hostname: settings.myhostname.split(".", 1)[0]!,
    syslogName: settings.syslog_name,
    facility: syslogFacilities[settings.syslog_facility],
  };
}

/**
 * Does standard error go to systemd's journal (systemd.exec(5) JOURNAL_STREAM)? The variable alone says little: whoever is
 * started with a terminal or a file in its place has inherited it.
 */
export function isJournalStream(journalStream: string | undefined): boolean {
  if (journalStream === undefined || journalStream === "") return false;
  try {
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
