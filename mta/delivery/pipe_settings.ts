/** A transport that hands mail to a program, as pipe(8) does: its attributes in master.cf, or `[transport.NAME]`. */

export interface PipeSettings {
  /** Program and arguments, with `${recipient}` and its like; no shell sees them. */
  readonly command: readonly string[];
  /** `user` or `user:group`: in whose name the program runs; neither may be root's. */
  readonly user: string;
  readonly flags: readonly PipeFlag[];
  /** Where the program is started; empty: in `/`. */
  readonly directory: string;
  /** The end of each line of what the program is given. */
  readonly eol: string;
  /** What `${sender}` is when there is none. */
  readonly nullSender: string;
  /** Longer messages are returned; 0: none is. */
  readonly maxOctets: number;
  readonly timeLimitMs: number;
  /** NAME_destination_recipient_limit: recipients for one run; 0: any number. */
  readonly recipientLimit: number;
}

/**
 * | flag | what it does (pipe(8) flags)                                                            |
 * |------|-----------------------------------------------------------------------------------------|
 * | B    | an empty line behind the message                                                        |
 * | D    | Delivered-To: before it; a message that has one for the recipient is returned           |
 * | F    | `From sender date` before it                                                            |
 * | O    | X-Original-To: before it                                                                |
 * | R    | Return-Path: before it                                                                  |
 * | X    | it is in a mailbox then, not only passed on: for reports of success                     |
 * | h    | domains of recipients, and the next hop, in small letters                               |
 * | q    | local parts in quotes where they must be                                                |
 * | u    | local parts of recipients in small letters                                              |
 * | .    | a dot before lines that begin with one                                                  |
 * | >    | `>` before lines that begin with `From `                                                |
 */
export const pipeFlags = ["B", "D", "F", "O", "R", "X", "h", "q", "u", ".", ">"] as const;

export type PipeFlag = (typeof pipeFlags)[number];

/** The flags of `DRhu`, and what is none. */
export function parsePipeFlags(
  text: string,
): { readonly flags: readonly PipeFlag[]; readonly unknown: readonly string[] } {
  const letters = [...new Set(text)];
  return {
    flags: pipeFlags.filter((flag) => letters.includes(flag)),
    unknown: letters.filter((letter) => !pipeFlags.some((flag) => flag === letter)),
  };
}
