/** A case of local delivery: settings, aliases and files of people, and the mail that is put to Postfix's local(8) and to mailsrv. */

export interface LocalFile {
  /** Below the machine's folder: `home/joe/.forward`, `lists/members`. */
  readonly path: string;
  readonly text: string;
  /** Whose; default: the person below whose home it is, else root. */
  readonly owner?: string | undefined;
  readonly mode?: number | undefined;
  /** A symbolic link to `text`. */
  readonly isLink?: boolean | undefined;
}

export interface LocalMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines beside those that all have. */
  readonly header?: readonly string[] | undefined;
  readonly body?: string | undefined;
}

export interface LocalCase {
  readonly title: string;
  /** Lines of main.cf; `{}` is the machine's folder, here and in aliases, files and mail. */
  readonly settings?: readonly string[] | undefined;
  /** Lines of aliases(5). */
  readonly aliases?: readonly string[] | undefined;
  readonly files?: readonly LocalFile[] | undefined;
  readonly mails: readonly LocalMail[];
}

/** People of the machine, with homes below `home/`. */
export const people = [["joe", 23_001], ["ann", 23_002], ["bob", 23_003]] as const;

/** Each one's fate, and what is in files afterwards. */
export interface Outcome {
  /** `to=<...>, ... status=sent (...)` of all messages, sorted. */
  readonly fates: readonly string[];
  /** Path, owner and mode, then the messages in it, sorted. */
  readonly files: readonly string[];
}
