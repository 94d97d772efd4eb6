/** What ends the reading of a command: its text is not of the grammar, or has not all come. */

/** Thrown by `Cursor` and the checks that use it; caught in one place, which answers `BAD`. */
export class BadSyntax extends Error {
  override readonly name = "BadSyntax";
}

/** The grammar is at a literal whose octets have not come (`Cursor` was given it as pending). */
export class AwaitsLiteral extends Error {
  override readonly name = "AwaitsLiteral";
}
