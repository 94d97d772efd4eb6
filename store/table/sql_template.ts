/** The templates of SQL tables, pure: `%s` and its like in a query or a result (sqlite_table(5), Postfix's db_common). */

/** Parts of a key or of a result: `user@sub.example.com`. */
interface Parts {
  readonly whole: string;
  readonly user: string;
  readonly domain: string | undefined;
}

function partsOf(text: string): Parts {
  const at = text.lastIndexOf("@");
  return at < 0
    ? { whole: text, user: text, domain: undefined }
    : { whole: text, user: text.slice(0, at), domain: text.slice(at + 1) };
}

/** The template's problem, when it has one. */
export function templateProblem(template: string): string | undefined {
  const bad = /%(?![%suSdUD1-9])./s.exec(template) ?? /%$/.exec(template.replaceAll("%%", ""));
  return bad === null ? undefined : `bad escape "${bad[0]}" in "${template}"`;
}

export interface FillOptions {
  /** The key that was asked for; of a result, what `%S %U %D %1` mean. */
  readonly key: string;
  /** What `%s %u %d` mean: the key itself in a query, a column's value in a result. */
  readonly value: string;
  readonly quote: (text: string) => string;
}

/** `undefined`: it asks for a domain, or for more of one, than there is; then nothing is looked up. */
export function fillSqlTemplate(template: string, { key, value, quote }: FillOptions): string | undefined {
  const [ofKey, ofValue] = [partsOf(key), partsOf(value)];
  const labels = ofKey.domain?.split(".").reverse() ?? [];
  let isWhole = true;
  const part = (text: string | undefined) => {
    if (text === undefined || text === "") isWhole = false;
    return quote(text ?? "");
  };
  const filled = template.replace(/%(.)/gs, (_whole, letter: string) => {
    switch (letter) {
      case "%":
        return "%";
      case "s":
        return part(ofValue.whole);
      case "u":
        return part(ofValue.user);
      case "d":
        return part(ofValue.domain);
      case "S":
        return part(ofKey.whole);
      case "U":
        return part(ofKey.user);
      case "D":
        return part(ofKey.domain);
      default:
        return part(labels[Number(letter) - 1]);
    }
  });
  return isWhole ? filled : undefined;
}
