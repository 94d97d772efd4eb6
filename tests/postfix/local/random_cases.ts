/** Aliases, `.forward` and `:include:` files made up, from a seed: mail must end where Postfix's local(8) puts it. */

import type { SeededRandom } from "../../../tools/kit/base/random.ts";

import { type LocalCase, type LocalFile, people } from "./case.ts";

const names = people.map(([name]) => name);
const aliases = [
  "a",
  "b",
  "c",
  "list",
  "joe",
  "ann",
  "owner-list",
  "owner-a",
  "list-request",
  "postmaster",
  "a+x",
];
const lists = ["one", "two"];
const extensions = ["", "", "", "+x", "+y"];

const settings: readonly (readonly string[])[] = [
  [],
  ["expand_owner_alias = yes"],
  ["propagate_unmatched_extensions = canonical, virtual, alias, forward, include"],
  ["recipient_delimiter ="],
  ["owner_request_special = no", "luser_relay = bob"],
  ["allow_mail_to_commands = alias", "allow_mail_to_files = alias, include"],
  ["home_mailbox = Maildir/"],
  ["enable_original_recipient = no"],
];

/** Settings go by the number, so that neighbours share a server. */
export function randomLocalCase(random: SeededRandom, number: number, of: number): LocalCase {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const isChosen = (chance: number) => random.below(chance) === 0;
  const address = () =>
    `${pick([...names, ...names, ...aliases])}${pick(extensions)}${pick(["", "", "@my.test", "@far.test"])}`;
  const target = (where: "alias" | "file"): string => {
    switch (random.below(12)) {
      case 0:
        return `{}/out/${pick(["f", "g"])}`;
      case 1:
        return `"|cat > {}/out/${pick(["c", "d"])}.$USER"`;
      case 2:
        return `:include:{}/lists/${pick([...lists, "none"])}`;
      case 3:
        return pick(["\\", ""]) + pick(names);
      case 4:
        return where === "file" ? "~/kept" : "/dev/null";
      case 5:
        return `"|exit ${pick(["0", "1", "67", "75", "77"])}"`;
      case 6:
        return pick(["(nobody)", "Joe J <joe>", '"bob"', "nobody-here"]);
      default:
        return address();
    }
  };
  const targets = (where: "alias" | "file") =>
    Array.from({ length: 1 + random.below(3) }, () => target(where));
  const files: LocalFile[] = [];
  for (const name of names) {
    if (!isChosen(2)) continue;
    const text = targets("file").join(pick([", ", "\n"]));
    files.push({
      path: `home/${name}/.forward${isChosen(5) ? "+x" : ""}`,
      text: `${text}\n`,
      mode: isChosen(8) ? 0o666 : 0o644,
    });
  }
  for (const name of lists) {
    files.push({
      path: `lists/${name}`,
      text: `# ${name}\n${targets("file").join("\n")}\n`,
      mode: isChosen(8) ? 0o666 : 0o644,
    });
  }
  const mails = Array.from({ length: 4 }, () => ({
    from: pick(["s@remote.test", "s@remote.test", "", "ann@my.test"]),
    to: Array.from(
      { length: 1 + random.below(2) },
      () => `${pick([...names, ...aliases])}${pick(extensions)}@my.test`,
    ),
    header: isChosen(5) ? [`Delivered-To: ${pick(names)}@my.test`] : [],
  }));
  return {
    title: `random ${number}`,
    settings: settings[Math.floor((number % of) * settings.length / of)]!,
    aliases: aliases.filter(() => !isChosen(3)).map((name) => `${name}: ${targets("alias").join(", ")}`),
    files,
    mails,
  };
}
