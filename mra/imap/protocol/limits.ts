/** How much of a command a peer may make this server hold (RFC 3501 gives no bounds; RFC 7162 §4 asks for 8192). */

export interface CommandLimits {
  /** All text of one command, literals left out (Dovecot imap_max_line_length). */
  readonly lineOctets: number;
  /** All literals of one command, the message of APPEND left out. */
  readonly literalOctets: number;
}

/** Before login a stranger gets little; but ID may come then, with 30 pairs of a kilobyte each (RFC 2971 §3.3). */
export const limitsBeforeLogin: CommandLimits = { lineOctets: 40_960, literalOctets: 4096 };
export const limitsAfterLogin: CommandLimits = { lineOctets: 65_536, literalOctets: 65_536 };

/** Literals of one command, the empty ones too. */
export const maxLiterals = 1000;

/** Parentheses within parentheses, NOT and OR, in SEARCH (RFC 3501 §6.4.4 sets none). */
export const maxNesting = 50;
