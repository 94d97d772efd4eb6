import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { createLog } from "../../tools/kit/base/log.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import { openTables } from "../../store/table/tables.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { parseNetworkList } from "../address/match_list.ts";
import { defaultPolicySettings } from "../policy/settings.ts";
import type { SmtpAnswer } from "../smtp/question.ts";
import { ClientAccess } from "./client_access.ts";
import type { Client, KeptSession } from "./kept_session.ts";
import { LoginGuard } from "./login_guard.ts";
import { ClientRates, defaultRateLimits, type RateLimits } from "./rate.ts";

function setting(
  changes: Partial<RateLimits>,
  { exceptions = [], rates }: { readonly exceptions?: readonly string[]; readonly rates?: ClientRates } = {},
) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = createLog(({ text }) => lines.push(text), { now: () => 0, part: "smtpd" });
  const limits = { ...defaultRateLimits, ...changes };
  const list = (name: string, items: readonly string[]) => parseNetworkList(items, { name });
  const access = new ClientAccess({
    rates: rates ?? new ClientRates({ clock, limits, hostname: "mx.test" }),
    guard: new LoginGuard({ clock, maxFailuresOfClient: 2, maxFailuresOfUser: 0, timeUnitMs: 60_000 }),
    limits,
    limitExceptions: list("smtpd_client_event_limit_exceptions", exceptions),
    xclientHosts: list("smtpd_authorized_xclient_hosts", ["192.0.2.7", "inline:{proxy.test=yes}"]),
    bareNewlineExclusions: list("smtpd_forbid_bare_newline_exclusions", ["!192.0.2.9", "192.0.2.0/24"]),
    world: {
      tables: openTables({ disk: new SimDisk(), clock }),
      users: { find: () => Promise.resolve(undefined) },
    },
    log,
  });
  return { access, clock, lines };
}

function client(address: string, name = "unknown"): Client {
  const status = name === "unknown" ? "permanent" : "ok";
  return { name, nameStatus: status, reverseName: name, reverseStatus: status, address, port: 40_000 };
}

async function open({ access }: ReturnType<typeof setting>, address: string): Promise<KeptSession> {
  const who = client(address);
  const { isLimited, mayXclient } = await access.admit(who);
  return {
    number: 1,
    service: "smtp",
    policy: defaultPolicySettings(defaultAddressSettings("mx.test")),
    counted: undefined,
    mayXclient,
    isLimited,
    client: who,
    server: { address: "192.0.2.25", port: 25 },
    login: undefined,
    transaction: undefined,
    pending: undefined,
  };
}

function show(answer: SmtpAnswer | undefined): string | undefined {
  if (answer?.kind !== "reply") return answer?.kind;
  const { code, status, lines } = answer.reply;
  return `${code} ${status} ${lines.join("|")}${answer.close === true ? " (closes)" : ""}`;
}

Deno.test("lists say who may speak XCLIENT, end lines with LF, and come as often as he likes (postconf(5))", async () => {
  const { access } = setting({}, { exceptions: ["192.0.2.8"] });
  const admit = async (address: string, name?: string) => {
    const { mayXclient, mayUseBareNewline, isLimited } = await access.admit(client(address, name));
    return [mayXclient, mayUseBareNewline, isLimited];
  };
  assertEquals(await admit("192.0.2.7"), [true, true, true]);
  assertEquals(await admit("192.0.2.8"), [false, true, false]);
  assertEquals(await admit("192.0.2.9"), [false, false, true]);
  assertEquals(await admit("198.51.100.1", "proxy.test"), [true, false, true]);
  assertEquals(await admit("198.51.100.1"), [false, false, true]);
});

Deno.test("connections over the limit are refused until others end (postconf(5) smtpd_client_connection_count_limit)", async () => {
  const world = setting({ connectionCount: 1 });
  const [first, second] = [await open(world, "192.0.2.1"), await open(world, "192.0.2.1")];
  assertEquals(world.access.connected(first, "smtp"), undefined);
  assertEquals(
    show(world.access.connected(second, "smtp")),
    "421 4.7.0 mx.test Error: too many connections from 192.0.2.1 (closes)",
  );
  assertEquals(world.lines, [
    "Connection concurrency limit exceeded: 2 from unknown[192.0.2.1] for service smtp",
  ]);
  world.access.disconnected(second);
  world.access.disconnected(first);
  world.access.disconnected(first);
  assertEquals(world.access.connected(await open(world, "192.0.2.1"), "smtp"), undefined);
});

Deno.test("messages, recipients, TLS sessions and logins are counted, each against its own limit (anvil(8))", async () => {
  const world = setting({ messageRate: 1, recipientRate: 1, newTlsSessionRate: 1, authRate: 1 });
  const session = await open(world, "192.0.2.1");
  const { access } = world;
  const twice = (ask: () => SmtpAnswer | undefined) => [show(ask()), show(ask())];
  assertEquals(access.countsMail(), true);
  assertEquals(twice(() => access.mailBegins(session, "smtp")), [
    undefined,
    "450 4.7.1 Error: too much mail from 192.0.2.1",
  ]);
  assertEquals(twice(() => access.recipientComes(session, "smtp")), [
    undefined,
    "450 4.7.1 Error: too many recipients from 192.0.2.1",
  ]);
  assertEquals(twice(() => access.tlsBegins(session, "smtp", "starttls")), [
    undefined,
    "454 4.7.0 Error: too many new TLS sessions from unknown[192.0.2.1]",
  ]);
  assertEquals(twice(() => access.mayLogin(session, "smtp", "u1")), [
    undefined,
    "450 4.7.1 Error: too many AUTH commands from 192.0.2.1",
  ]);
  const exempt = { ...session, isLimited: false };
  assertEquals(twice(() => access.mailBegins(exempt, "smtp")), [undefined, undefined]);
  assertEquals(setting({}).access.countsMail(), false);
});

Deno.test("a network that has guessed wrong too often must wait, whoever it says that it is (RFC 4954 §6)", async () => {
  const world = setting({});
  const session = await open(world, "192.0.2.1");
  for (const user of ["u1", "u2"]) {
    assertEquals(world.access.mayLogin(session, "smtp", user), undefined);
    world.access.loginEnded(session, user, false);
  }
  assertEquals(
    show(world.access.mayLogin(session, "smtp", "u3")),
    "454 4.7.0 Temporary authentication failure: too many failed logins",
  );
  assertEquals(world.access.mayLogin(await open(world, "192.0.2.2"), "smtp", "u3"), undefined);
  world.clock.advance(60_000);
  assertEquals(world.access.mayLogin(session, "smtp", "u3"), undefined);
});

Deno.test("ClientAccess counts a connection down that began before a reload, by what it was counted then", async () => {
  const clock = new ManualClock();
  const limits = { ...defaultRateLimits, connectionCount: 2 };
  const rates = new ClientRates({ clock, limits, hostname: "mx.test" });
  for (let reload = 0; reload < 5; reload++) {
    const before = setting({ connectionCount: 2 }, { rates });
    const session = await open(before, "2001:db8::1");
    assertEquals(before.access.connected(session, "smtp"), undefined, `reload ${reload}`);
    rates.reconfigure({ limits: { ...limits, ipv6PrefixLength: 64 + reload }, hostname: "mx.test" });
    setting({ connectionCount: 2 }, { rates }).access.disconnected(session);
  }
});
