/** Random rule sets with random sessions, from a seed: whoever judges them, all must say the same. */

import type { SeededRandom } from "../../tools/kit/base/random.ts";

import type { Case, Setting, Step } from "./case.ts";

export const clients = [
  "client.test[192.0.2.9]",
  "mail.c.example[192.0.2.1]",
  "unknown[192.0.2.66]",
  "unknown[203.0.113.5] reverse=fake.c.example",
  "unknown[203.0.113.6] name=temporary reverse=temporary",
  "in.my.test[10.1.2.3]",
  "six.c.example[2001:db8:1::7]",
  "client.test[192.0.2.9] login=joe",
  "bad-mx.example[203.0.113.66]",
];
export const helos = [
  "client.test",
  "localhost",
  "bad_name!",
  "[192.0.2.1]",
  "mail.c.example",
  "nobody.invalid",
  "bad-mx.example",
];
export const senders = [
  "<>",
  "sender@example.test",
  "joe@my.test",
  "nobody@my.test",
  "joe+x@sub.example.test",
  "nobody@nowhere.invalid",
  "ann@c.example",
  "joe",
  "JOE@Example.Test",
  "x@alias.test",
  "joe@spam.example",
  "joe@bad-mx.example",
  "joe@[192.0.2.1]",
  "joe@sbroken.test",
];
export const recipients = [
  "user@my.test",
  "other@my.test",
  "nobody@my.test",
  "u@elsewhere.test",
  "info@alias.test",
  "x@alias.test",
  "box@vmbox.test",
  "nobody@vmbox.test",
  "u@relay.test",
  "u@sub.relay.test",
  "user+ext@my.test",
  "postmaster",
  "postmaster@my.test",
  "user",
  "u%elsewhere.test@my.test",
  "u@[198.51.100.1]",
  "u@nullmx.test",
  "u@bad-mx.example",
  "USER@MY.test",
];

const actions = [
  "OK",
  "REJECT",
  "REJECT no {n}",
  "DUNNO",
  "DUNNO",
  "450 wait {n}",
  "550 5.1.1 gone {n}",
  "554 4.7.9 odd {n}",
  "DEFER later {n}",
  "DEFER_IF_PERMIT perhaps {n}",
  "DEFER_IF_REJECT rather not {n}",
  "WARN look {n}",
  "INFO look {n}",
  "HOLD",
  "DISCARD",
  "PREPEND X-Case: {n}",
  "554",
  "RELAY",
  "permit_mynetworks, reject",
  "reject_non_fqdn_sender",
  "class1",
  "class2",
  "warn_if_reject reject",
  "421 bye {n}",
  "nonsense",
];

const keys: Readonly<Record<string, readonly string[]>> = {
  clients: [
    ...[
      "client.test",
      "test",
      "mail.c.example",
      "c.example",
      ".c.example",
      "unknown",
      "my.test",
      "192.0.2.9",
      "192.0.2",
    ],
    ...[
      "192.0",
      "203.0.113",
      "203",
      "10.1",
      "2001:db8:1::7",
      "2001:db8:1",
      "2001",
      "fake.c.example",
      "192.0.2.",
    ],
  ],
  helos: [
    "client.test",
    "test",
    "localhost",
    "[192.0.2.1]",
    "c.example",
    "invalid",
    "bad_name!",
    ".c.example",
  ],
  senders: [
    ...[
      "<>",
      "sender@example.test",
      "example.test",
      "sub.example.test",
      ".example.test",
      "test",
      "joe@",
      "joe+x@",
    ],
    ...[
      "joe@sub.example.test",
      "joe@mail.my.test",
      "nobody@my.test",
      "my.test",
      "invalid",
      "[192.0.2.1]",
      "joe",
    ],
  ],
  recipients: [
    ...[
      "user@my.test",
      "my.test",
      "user@",
      "u@",
      "relay.test",
      "sub.relay.test",
      ".relay.test",
      "elsewhere.test",
    ],
    ...[
      "nobody@my.test",
      "info@alias.test",
      "alias.test",
      "user+ext@my.test",
      "vmbox.test",
      "test",
      "u@elsewhere.test",
    ],
  ],
};

/** Not reject_unlisted_sender, which Postfix forgets at every other recipient where it stands before the sender list. */
const atoms = [
  "permit_mynetworks",
  "permit_sasl_authenticated",
  "permit_auth_destination",
  "reject_unauth_destination",
  "check_client_access hash:{clients}",
  "check_client_access hash:{clients}",
  "check_reverse_client_hostname_access hash:{clients}",
  "check_helo_access hash:{helos}",
  "check_helo_access hash:{helos}",
  "check_sender_access hash:{senders}",
  "check_sender_access hash:{senders}",
  "check_recipient_access hash:{recipients}",
  "check_recipient_access hash:{recipients}",
  "check_sender_mx_access hash:{clients}",
  "check_helo_a_access hash:{clients}",
  "check_recipient_ns_access hash:{clients}",
  "check_sasl_access static:{REJECT login}",
  "reject_unknown_client_hostname",
  "reject_unknown_reverse_client_hostname",
  "reject_invalid_helo_hostname",
  "reject_non_fqdn_helo_hostname",
  "reject_unknown_helo_hostname",
  "reject_non_fqdn_sender",
  "reject_unknown_sender_domain",
  "reject_sender_login_mismatch",
  "reject_non_fqdn_recipient",
  "reject_unknown_recipient_domain",
  "reject_unlisted_recipient",
  "reject_multi_recipient_bounce",
  "reject_rbl_client rbl.test",
  "reject_rhsbl_sender rhsbl.test",
  "permit_dnswl_client white.test",
  "defer_if_permit",
  "defer_if_reject",
  "warn_if_reject",
  "warn_if_reject",
  "class1",
  "class2",
  "reject",
  "defer",
  "permit",
];

/** A class that names itself is the end of smtpd. */
const plainAtoms = atoms.filter((atom) => !atom.startsWith("class"));

const options: readonly Setting[] = [
  ["recipient_delimiter", "+"],
  ["soft_bounce", "yes"],
  ["smtpd_delay_reject", "no"],
  ["parent_domain_matches_subdomains", ""],
  ["smtpd_reject_unlisted_recipient", "yes"],
  ["smtpd_reject_unlisted_sender", "yes"],
  ["smtpd_relay_before_recipient_restrictions", "no"],
  ["access_map_reject_code", "550"],
  ["unknown_address_reject_code", "550"],
  ["unknown_address_tempfail_action", "defer"],
  ["show_user_unknown_table_name", "no"],
  ["mydestination", "my.test, mail.my.test, localhost, nobody.invalid"],
  ["canonical_maps", "inline:{nobody@my.test=user@my.test}"],
  ["transport_maps", "inline:{{u@relay.test = error:5.2.1 closed}}"],
  ["relocated_maps", "inline:{other@my.test=new@elsewhere.test}"],
  ["append_dot_mydomain", "yes"],
];

/** What mailsrv means of its own is off. */
const plain: readonly Setting[] = [["access_table_dotted_keys", "no"], ["mynetworks_table_actions", "no"]];

/** `base` has what all share; the case has no expectations. */
export function randomCase(base: Case, random: SeededRandom, number: number): Case {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const list = (most: number, from = atoms) =>
    Array.from({ length: random.below(most + 1) }, () => pick(from)).join(", ");
  const tables = new Map(base.tables);
  for (const [name, universe] of Object.entries(keys)) {
    const chosen = universe.filter(() => random.below(4) === 0);
    const lines = chosen.map((key, index) => `${key} ${pick(actions).replace("{n}", `${name} ${index}`)}`);
    tables.set(name, ["never.invalid OK", ...lines]);
  }
  const settings: Setting[] = [
    ...base.settings,
    ...plain,
    ...options.filter(() => random.below(6) === 0),
    ["smtpd_restriction_classes", "class1, class2"],
    ["class1", list(2, plainAtoms) || "permit"],
    ["class2", list(2, plainAtoms) || "reject"],
    ["smtpd_sender_login_maps", "inline:{{joe@my.test = joe}, {nobody@my.test = ann}}"],
    ["smtpd_client_restrictions", `permit_mynetworks, ${list(2)}`],
    ["smtpd_helo_restrictions", list(2)],
    ["smtpd_sender_restrictions", list(3)],
    [
      "smtpd_relay_restrictions",
      [list(2), pick(["reject_unauth_destination", "defer_unauth_destination"])].join(", "),
    ],
    ["smtpd_recipient_restrictions", list(4)],
    ["smtpd_data_restrictions", list(1)],
  ];
  return {
    file: "random",
    line: number,
    title: `seed ${number}`,
    settings,
    tables,
    policy: undefined,
    steps: randomSession(pick, random),
    postfixOnly: undefined,
  };
}

function randomSession(pick: <T>(items: readonly T[]) => T, random: SeededRandom): readonly Step[] {
  const step = (verb: Step["verb"], argument: string): Step => ({ verb, argument, line: 0, expected: [] });
  const steps = [step("client", pick(clients)), step(pick(["helo", "ehlo"] as const), pick(helos))];
  for (let transaction = 0; transaction < 2; transaction++) {
    steps.push(step("from", pick(senders)));
    for (let count = random.below(3); count >= 0; count--) steps.push(step("to", pick(recipients)));
    if (random.below(3) === 0) steps.push(step("vrfy", pick(recipients.filter((one) => !one.includes("%")))));
    steps.push(step("data", ""), step("raw", "RSET"));
  }
  return steps;
}
