import { assertEquals } from "@std/assert";

import { facts, load } from "../testing_load.ts";

import { addressSettings } from "./address_settings.ts";
import { nextHopSettings, outgoingSettings } from "./outgoing_settings.ts";
import { settingsView } from "./view.ts";

const files = { caPem: undefined };

Deno.test("outgoingSettings() has Postfix's time-outs, and LMTP's own names (postconf(5))", async () => {
  const { settings, told } = await load(`
smtp_helo_timeout = "9s"
lmtp_lhlo_timeout = "8s"
lmtp_lhlo_name = "lhlo.example"
smtp_mail_timeout = "7s"
lmtp_discard_lhlo_keywords = "DSN"
smtp_tls_wrappermode = true
queue_directory = "/queue"
`);
  assertEquals(told, []);
  const smtp = outgoingSettings(settings, "smtp", files);
  assertEquals([smtp.connectMs, smtp.dataTransferMs, smtp.sessionLimit, smtp.tlsWrapped], [
    30_000,
    180_000,
    2,
    true,
  ]);
  assertEquals(smtp.client, {
    heloName: settings.myhostname,
    alwaysEhlo: true,
    neverEhlo: false,
    skip5xxGreeting: true,
    discardKeywords: [],
    skipQuitResponse: true,
    convertTo7Bit: true,
    chunking: false,
    dummyMailAuth: false,
    notesTlsOffer: false,
    loginSoftBounce: true,
    heloMs: 9000,
    starttlsMs: 300_000,
    mailMs: 7000,
    rcptMs: 300_000,
    dataInitMs: 120_000,
    dataDoneMs: 600_000,
    rsetMs: 20_000,
    quitMs: 300_000,
  });
  const lmtp = outgoingSettings(settings, "lmtp", files);
  assertEquals([lmtp.connectMs, lmtp.tlsWrapped, lmtp.socketDirectory], [0, false, "/queue"]);
  const { heloName, heloMs, mailMs, discardKeywords, skipQuitResponse } = lmtp.client;
  assertEquals([heloName, heloMs, mailMs, discardKeywords, skipQuitResponse], [
    "lhlo.example",
    8000,
    300_000,
    ["dsn"],
    false,
  ]);
});

Deno.test("nextHopSettings() tells hosts, TLS and logins apart for SMTP and LMTP (postconf(5))", async () => {
  const loaded = await load(`
relayhost = "[relay.example]:587"
inet_protocols = "ipv4"
smtp_tcp_port = "2525"
smtp_tls_security_level = "encrypt"
smtp_tls_exclude_ciphers = "aNULL, RC4"
lmtp_tls_security_level = ""
smtp_sasl_auth_enable = true
smtp_sasl_password_maps = "static:u:p"
`);
  assertEquals(loaded.told, []);
  const addresses = addressSettings(settingsView(loaded), facts);
  const smtp = nextHopSettings(loaded.settings, "smtp", addresses);
  const lmtp = nextHopSettings(loaded.settings, "lmtp", addresses);
  const { relayhost, families, defaultPort, usesMx, dnsSupport } = smtp.hop;
  assertEquals([relayhost, families, defaultPort, usesMx, dnsSupport], [
    "[relay.example]:587",
    ["ipv4"],
    2525,
    true,
    "enabled",
  ]);
  assertEquals([lmtp.hop.defaultPort, lmtp.hop.usesMx], [24, false]);
  assertEquals([smtp.tls.securityLevel, smtp.tls.excludeCiphers, lmtp.tls.securityLevel], [
    "encrypt",
    "aNULL RC4",
    "none",
  ]);
  assertEquals(smtp.tls.secureCertMatch, ["nexthop", "dot-nexthop"]);
  assertEquals(lmtp.tls.secureCertMatch, ["nexthop"]);
  assertEquals([smtp.login.isEnabled, smtp.login.passwordMaps, lmtp.login.isEnabled], [
    true,
    ["static:u:p"],
    false,
  ]);
});
