import { assertEquals } from "@std/assert";

import { realClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";

import { defaultDnsSettings, type DnsSettings } from "./resolv_conf.ts";
import { startTestingDns, zoneScript } from "./testing_dns.ts";
import { WorkerDns } from "./worker_dns.ts";

function settingsFor(dns: { readonly server: DnsSettings["servers"][number] }): DnsSettings {
  return { ...defaultDnsSettings, servers: [dns.server], timeoutMs: 2000, attempts: 1 };
}

const options = {
  clock: realClock,
  log: silentLog,
  rights: (servers: readonly string[]) => ({ net: [...servers, "0.0.0.0:0", "[::]:0"] }),
};

Deno.test("WorkerDns asks through a worker that has the right to its servers only, and follows the settings", async () => {
  await using one = await startTestingDns(zoneScript([
    { name: "a.test", record: { type: "A", address: "192.0.2.1" } },
    { name: "big.test", record: { type: "TXT", text: "y" } },
  ]));
  await using other = await startTestingDns(({ name, protocol }) =>
    protocol === "udp" ? { truncated: true } : { answers: [{ name, record: { type: "TXT", text: "z" } }] }
  );
  const dns = new WorkerDns(settingsFor(one), options);
  await dns.start();
  try {
    const first = await dns.query("a.test", "A");
    assertEquals(first.kind === "found" && first.records, [{ type: "A", address: "192.0.2.1" }]);
    await dns.reconfigure(settingsFor(one));
    assertEquals(one.asked, ["udp A a.test"]);
    await dns.reconfigure(settingsFor(other));
    const second = await dns.query("a.test", "TXT");
    assertEquals(second.kind === "found" && second.records, [{ type: "TXT", text: "z" }]);
    assertEquals(other.asked, ["udp TXT a.test", "tcp TXT a.test"]);
    assertEquals([dns.isRunning, dns.restarts], [true, 0]);
  } finally {
    dns.stop();
  }
  assertEquals((await dns.query("b.test", "A")).kind, "failed");
});
