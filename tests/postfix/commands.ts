/** The dialogue of a case as SMTP, for whoever speaks it: Postfix, and mailsrv's own server. */

import { parseClient, type Step } from "./case.ts";

/** What to send for a step, one command after another; the last one's reply is the step's. */
export function commandsOf({ verb, argument }: Step): readonly string[] {
  switch (verb) {
    case "client":
      return [xclient(argument)];
    case "helo":
      return [`HELO ${argument}`];
    case "ehlo":
      return [`EHLO ${argument}`];
    case "from":
      return [`MAIL FROM:${bracketed(argument)}`];
    case "to":
      return [`RCPT TO:${bracketed(argument)}`];
    case "data":
      return argument === "start" ? ["DATA"] : ["DATA", "Subject: case\r\n\r\nbody\r\n."];
    case "vrfy":
      return [`VRFY ${argument}`];
    case "etrn":
      return [`ETRN ${argument}`];
    case "raw":
      return argument.split("\\r\\n").length > 1 ? [argument.replaceAll("\\r\\n", "\r\n")] : [argument];
  }
}

/** `user@d SIZE=5` has its address in `<>`; what has them already is left as it is. */
function bracketed(argument: string): string {
  if (argument.startsWith("<")) return argument;
  const [address, ...parameters] = argument.split(" ");
  return [`<${address}>`, ...parameters].join(" ");
}

/** XCLIENT_README. */
function xclient(argument: string): string {
  const client = parseClient(argument);
  const absent = { ok: "", permanent: "[UNAVAILABLE]", temporary: "[TEMPUNAVAIL]" };
  const name = client.nameStatus === "ok" ? client.name : absent[client.nameStatus];
  const reverse = client.reverseStatus === "ok" ? client.reverseName : absent[client.reverseStatus];
  const address = client.address.includes(":") ? `IPV6:${client.address}` : client.address;
  const login = client.login === undefined ? "" : ` LOGIN=${client.login}`;
  return `XCLIENT NAME=${name} REVERSE_NAME=${reverse} ADDR=${address} PORT=40000${login}`;
}
