/** Queue ids as commands take them. */

/** Short ids are upper-case hexadecimal, long ids letters and digits (Postfix mail_queue_id_ok). */
export function isQueueId(text: string): boolean {
  return /^[0-9A-Za-z]{1,99}$/.test(text);
}
