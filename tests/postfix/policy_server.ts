/** Policy services of the cases (SMTPD_POLICY_README), and a login service of Dovecot's kind, for the Postfix that is asked. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

/** Answers each request with the action and keeps the requests' lines. */
export function servePolicy(
  action: string,
  options: { readonly port: number; readonly asked: (line: string) => void },
): void {
  serveLines(options.port, (line, send) => {
    if (line === "") send(`action=${action}\n\n`);
    else options.asked(line);
  });
}

/** As much of Dovecot's authentication protocol as smtpd needs to begin: it offers PLAIN and is never asked. */
export function serveLogins(port: number): void {
  serveLines(port, () => {}, "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n");
}

function serveLines(
  port: number,
  hear: (line: string, send: (text: string) => void) => void,
  greeting = "",
): void {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const talk = async (conn: Deno.Conn) => {
    const send = (text: string) => void conn.write(utf8Bytes(text)).catch(() => {});
    if (greeting !== "") send(greeting);
    let pending = "";
    for await (const chunk of conn.readable) {
      const lines = (pending + utf8Text(chunk)).split("\n");
      pending = lines.pop()!;
      for (const line of lines) hear(line, send);
    }
  };
  const accept = async () => {
    for await (const conn of listener) talk(conn).catch(() => {});
  };
  accept().catch(() => {});
}
