import { assertEquals, assertMatch } from "@std/assert";

import { utf8Text } from "./bytes.ts";
import { ManualClock } from "./clock.ts";
import type { LogRecord } from "./log.ts";
import { openLogSink, systemLog } from "./log_sink.ts";
import { openSyslogSocket, syslogFacilities } from "./log_socket.ts";

const record: LogRecord = { timeMs: 0, level: "info", part: "smtpd", text: "connect from a[192.0.2.1]" };

Deno.test("openLogSink() writes lines in batches, and opens its file anew when it is configured", async () => {
  const directory = await Deno.makeTempDir();
  const file = `${directory}/log`;
  const clock = new ManualClock();
  const place = { form: "postfix", file, hostname: "mx" } as const;
  const sink = openLogSink({ ...place, clock });
  sink.write(record);
  assertEquals(await Deno.readTextFile(file), "");
  clock.advance(20);
  assertMatch(await Deno.readTextFile(file), / mx postfix\/smtpd\[\d+\]: connect from a\[192\.0\.2\.1\]\n$/);
  await Deno.rename(file, `${file}.1`);
  sink.write(record);
  sink.configure({ ...place, syslogName: "postfix-in" });
  sink.write(record);
  sink.flush();
  assertEquals((await Deno.readTextFile(`${file}.1`)).split("\n").length, 3);
  assertMatch(await Deno.readTextFile(file), /^[^\n]* mx postfix-in\/smtpd\[\d+\]: [^\n]*\n$/);
  sink.configure({ ...place, file: "" });
  await Deno.remove(directory, { recursive: true });
});

Deno.test("openSyslogSocket() sends datagrams, and gives back what nobody takes", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/log`;
  const lost = Promise.withResolvers<string>();
  const socket = openSyslogSocket(path, (packet) => lost.resolve(packet));
  socket.send("<22>nobody is there");
  assertEquals(await lost.promise, "<22>nobody is there");
  const listener = Deno.listenDatagram({ transport: "unixpacket", path });
  socket.send("<22>postfix/smtpd[1]: hello");
  const [bytes] = await listener.receive();
  assertEquals(utf8Text(bytes), "<22>postfix/smtpd[1]: hello");
  socket.close();
  listener.close();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("the system's log is known by its socket, and facilities by syslog(3)'s numbers", () => {
  assertEquals(systemLog, "/dev/log");
  assertEquals([syslogFacilities.mail, syslogFacilities.local7], [2, 23]);
});
