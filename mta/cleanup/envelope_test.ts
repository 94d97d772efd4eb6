import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { isFailure } from "../address/lookup.ts";
import type { AddressSettings } from "../address/settings.ts";
import { run, type TestWorld } from "../address/testing_address.ts";
import { cleanEnvelope, EnvelopeCleaner, type NewRecipient } from "./envelope.ts";
import { type CleanupSettings, defaultCleanupSettings, type Origin } from "./settings.ts";

const base = defaultAddressSettings("mail.my.test", { myorigin: "my.test", recipientDelimiter: "+" });

interface Input {
  readonly sender?: string;
  readonly to: readonly (string | NewRecipient)[];
  readonly addresses?: Partial<AddressSettings>;
  readonly settings?: Partial<CleanupSettings>;
  readonly tables?: TestWorld["tables"];
  readonly origin?: Origin;
  readonly accessBcc?: readonly string[];
  readonly checkBcc?: readonly string[];
  readonly redirect?: string;
}

/** `SENDER: ADDRESS(ORIGINAL,NOTIFY), ...` */
function envelope(input: Input): string {
  const { sender = "s@far.test", origin = "smtp", accessBcc = [], checkBcc = [] } = input;
  const settings = defaultCleanupSettings({ ...base, ...input.addresses }, input.settings);
  const cleaner = new EnvelopeCleaner(settings, origin);
  const to = input.to.map((each) => typeof each === "string" ? { address: each } : each);
  const world = { tables: input.tables ?? {} };
  const steps = [
    cleanEnvelope(cleaner, sender, to),
    cleaner.addAccessBcc(accessBcc),
    cleaner.addAlwaysBcc(),
    cleaner.addCheckBcc(checkBcc),
  ];
  for (const step of steps) {
    const failure = run(step, world);
    if (isFailure(failure)) return failure.failure;
  }
  if (input.redirect !== undefined) cleaner.redirect(input.redirect);
  const recipients = cleaner.recipients.map(({ address, original, notify }) => {
    const more = [...original === address ? [] : [original], ...notify ?? []];
    return more.length === 0 ? address : `${address}(${more.join()})`;
  });
  return `${cleaner.sender}: ${recipients.join(", ")}`;
}

Deno.test("an envelope with nothing set only gets whole addresses, each once (cleanup(8))", () => {
  const rows: readonly (readonly [input: Input, result: string])[] = [
    [{ to: ["u1@my.test"] }, "s@far.test: u1@my.test"],
    [{ sender: "joe", to: ["Ann", "site!bob"] }, "joe@my.test: Ann@my.test(Ann), bob@site(site!bob)"],
    [{ sender: "", to: ["u1@my.test", "U1@MY.test", "u1@my.test", "u1"] }, ": u1@my.test, u1@my.test(u1)"],
    [{ to: [""] }, "s@far.test: MAILER-DAEMON@my.test()"],
  ];
  for (const [input, result] of rows) assertEquals(envelope(input), result);
});

const tables = {
  "hash:/virtual": {
    "list@my.test": "u1, u2@my.test",
    "solo@my.test": "u1",
    "loop@my.test": "loop2",
    loop2: "loop",
  },
  "hash:/sbcc": { "s@far.test": "sbcc" },
  "hash:/rbcc": { "u1@my.test": "rbcc", "list@my.test": "lbcc" },
  "hash:/canonical": { joe: "Joe.Doe", "sbcc@my.test": "copies@my.test" },
};
const addresses: Partial<AddressSettings> = {
  virtualAliasMaps: ["hash:/virtual"],
  senderBccMaps: ["hash:/sbcc"],
  recipientBccMaps: ["hash:/rbcc"],
  alwaysBcc: "always",
};

Deno.test("copies and aliases come in Postfix's order, without duplicates (ADDRESS_REWRITING_README)", () => {
  const notify = ["SUCCESS", "FAILURE"];
  const rows: readonly (readonly [input: Input, result: string])[] = [
    [{ to: ["u3@my.test"] }, "s@far.test: sbcc@my.test(NEVER), u3@my.test, always@my.test(NEVER)"],
    [
      {
        sender: "o@far.test",
        to: ["list@my.test", "u1@my.test", "U1@my.test", "solo@my.test"].map((address) => ({
          address,
          notify,
        })),
      },
      "o@far.test: u1@my.test(list@my.test,FAILURE), u2@my.test(list@my.test,FAILURE), lbcc@my.test(NEVER), " +
      "u1@my.test(SUCCESS,FAILURE), rbcc@my.test(NEVER), u1@my.test(solo@my.test,FAILURE), always@my.test(NEVER)",
    ],
    [
      { sender: "", to: [{ address: "solo@my.test", notify: ["SUCCESS"] }], addresses: { alwaysBcc: "" } },
      ": u1@my.test(solo@my.test,NEVER)",
    ],
    [
      { to: ["u3@my.test"], accessBcc: ["solo@my.test"], checkBcc: ["hbcc@my.test"] },
      "s@far.test: sbcc@my.test(NEVER), u3@my.test, u1@my.test(solo@my.test), always@my.test(NEVER), hbcc@my.test(NEVER)",
    ],
    [
      { to: ["u3@my.test", "u4@my.test"], redirect: "other" },
      "s@far.test: other@my.test(sbcc@my.test,NEVER)",
    ],
    [
      {
        sender: "joe",
        to: ["joe+x@my.test"],
        addresses: { canonicalMaps: ["hash:/canonical"], senderBccMaps: [], alwaysBcc: "" },
      },
      "Joe.Doe@my.test: Joe.Doe+x@my.test(joe+x@my.test)",
    ],
    [
      { to: ["u3@my.test"], addresses: { canonicalMaps: ["hash:/canonical"], alwaysBcc: "" } },
      "s@far.test: copies@my.test(NEVER), u3@my.test",
    ],
    [
      { to: ["u1@my.test", "solo@my.test"], origin: "internal" },
      "s@far.test: u1@my.test, u1@my.test(solo@my.test)",
    ],
    [{ to: ["solo@my.test"], settings: { mapAddresses: false } }, "s@far.test: solo@my.test"],
    [
      {
        to: ["u1@my.test", "solo@my.test"],
        origin: "internal",
        settings: { enableOriginalRecipient: false },
      },
      "s@far.test: u1@my.test()",
    ],
    [{ to: ["loop@my.test"] }, "unreasonable virtual_alias_maps map nesting for loop@my.test"],
  ];
  for (const [input, result] of rows) {
    assertEquals(envelope({ tables, ...input, addresses: { ...addresses, ...input.addresses } }), result);
  }
});

Deno.test("each way of an address can be told, with the lines that made it", () => {
  const cleaner = new EnvelopeCleaner(defaultCleanupSettings({ ...base, ...addresses }), "smtp");
  run(cleanEnvelope(cleaner, "o@far.test", [{ address: "solo", notify: ["SUCCESS"] }]), { tables });
  const [sender, recipient] = cleaner.trails;
  assertEquals(sender, {
    kind: "sender",
    given: "o@far.test",
    rewritten: "o@far.test",
    steps: [],
    address: "o@far.test",
  });
  assertEquals(recipient?.virtual?.found, {
    table: "hash:/virtual",
    key: "solo@my.test",
    line: 2,
    value: "u1",
  });
  assertEquals(recipient?.virtual?.results.map(({ address }) => address), ["u1@my.test"]);
  assertEquals(cleaner.expanded.map(({ original }) => original), ["solo"]);
});

Deno.test("a table that cannot be asked is a failure, whichever it is", () => {
  for (const name of ["virtualAliasMaps", "senderBccMaps", "recipientBccMaps", "canonicalMaps"] as const) {
    const result = envelope({ to: ["u1@my.test"], addresses: { [name]: ["hash:/gone"] } });
    assertEquals(/map lookup problem.*there is no table/.test(result), true, `${name}: ${result}`);
  }
});
