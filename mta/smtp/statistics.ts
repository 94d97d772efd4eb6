/** How often each verb was used and how often it went well, for the line at disconnect (Postfix 3.0 and later). */

interface Count {
  ok: number;
  total: number;
}

export class Statistics {
  readonly #counts = new Map<string, Count>();

  /** A verb was used; call what is returned if it went well. */
  begin(verb: string): () => void {
    let count = this.#counts.get(verb);
    if (count === undefined) this.#counts.set(verb, count = { ok: 0, total: 0 });
    count.total++;
    const counted = count;
    return () => counted.ok++;
  }

  /**
   * ` ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4`; `commands=0/0` when nothing was said.
   *
   * `order`: verbs in the order of the table; `UNKNOWN` comes last.
   */
  format(order: Iterable<string>): string {
    let text = "";
    let ok = 0;
    let total = 0;
    for (const verb of [...order, "UNKNOWN"]) {
      const count = this.#counts.get(verb);
      if (count === undefined) continue;
      text += ` ${verb.toLowerCase()}=${fraction(count)}`;
      ok += count.ok;
      total += count.total;
    }
    return `${text} commands=${total === 0 ? "0/0" : fraction({ ok, total })}`;
  }
}

function fraction({ ok, total }: Count): string {
  return ok === total ? `${ok}` : `${ok}/${total}`;
}
