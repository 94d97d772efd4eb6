/**
 * Names of users. They become parts of paths (`mail_home` with %u), so what is allowed is a short list, not what is
 * forbidden: letters, digits and `_ . + - =`, with `@` and a domain perhaps; no part begins with a dot.
 */

const partPattern = "[a-z0-9_+=-][a-z0-9_.+=-]*";
const namePattern = new RegExp(`^${partPattern}(?:@${partPattern})?$`);
const maxNameOctets = 128;

/** The name folded to lower case (Dovecot auth_username_format), or `undefined` when no user can have it. */
export function parseUserName(text: string): string | undefined {
  if (text.length > maxNameOctets) return undefined;
  const name = text.toLowerCase();
  return namePattern.test(name) ? name : undefined;
}

/**
 * A home by its pattern: `%u` (`%{user}`) is the name, `%n` (`%{user | username}`) what is before `@`, `%d`
 * (`%{user | domain}`) what is after it, `%%` one `%`.
 *
 * ```ts
 * formatHome("/var/mail/%d/%n", "jane@example.com"); // "/var/mail/example.com/jane"
 * ```
 */
export function formatHome(pattern: string, name: string): string {
  const [local = "", domain = ""] = name.split("@");
  const values: Readonly<Record<string, string>> = { u: name, n: local, d: domain, "%": "%" };
  const words: Readonly<Record<string, string>> = {
    user: name,
    "user|username": local,
    "user|domain": domain,
  };
  return pattern.replace(
    /%(?:([und%])|\{([^}]*)\})/g,
    (whole, letter?: string, word?: string) =>
      (letter === undefined ? words[(word ?? "").replaceAll(/\s/g, "")] : values[letter]) ?? whole,
  );
}
