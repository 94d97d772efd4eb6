/** Mail by many sessions at once, each kept open; remembers what the server has promised to keep. */

import { LineClient } from "../server/line_client.ts";

export interface LoadOptions {
  readonly port: number;
  readonly sessions: number;
  readonly messages: number;
  readonly recipients: readonly string[];
  /** Begins every Message-ID. */
  readonly tag: string;
  /** Called at every 250 that ends a message, before the next octet is sent. */
  readonly onAccepted: (messageId: string, recipients: readonly string[]) => void;
}

/** Each message ends with this line, so that a torn one is seen. */
export function lastLine(messageId: string): string {
  return `end of ${messageId}`;
}

/** Ends when all messages are sent or every session has broken; says how many sessions broke. */
export async function sendLoad(options: LoadOptions): Promise<number> {
  let next = 0;
  const session = async (): Promise<number> => {
    let client: LineClient | undefined;
    try {
      client = await LineClient.connect(options.port);
      await client.smtp(undefined);
      await client.smtp("EHLO load.test");
      while (next < options.messages) await sendOne(client, next++, options);
      await client.smtp("QUIT");
      return 0;
    } catch {
      // The server was killed: what it promised before counts.
      return 1;
    } finally {
      client?.close();
    }
  };
  const broken = await Promise.all(Array.from({ length: options.sessions }, session));
  return broken.reduce((sum, one) => sum + one, 0);
}

async function sendOne(client: LineClient, number: number, options: LoadOptions): Promise<void> {
  const messageId = `${options.tag}.${number}@load.test`;
  // Every other message is for two, and so goes through the queue; those for one mailbox go past it.
  const count = 1 + number % 2;
  const recipients = Array.from(
    { length: count },
    (_, index) => options.recipients[(number + index) % options.recipients.length]!,
  );
  // Pipelined as a good client does (RFC 2920 §3.1).
  const commands = ["MAIL FROM:<load@remote.test>", ...recipients.map((to) => `RCPT TO:<${to}>`), "DATA"];
  await client.send(commands.map((command) => `${command}\r\n`).join(""));
  for (const expected of ["250", ...recipients.map(() => "250"), "354"]) {
    const reply = await client.smtp(undefined);
    if (!reply.at(-1)!.startsWith(expected)) throw new Error(`unexpected reply ${reply.join(" ")}`);
  }
  const body = `${"x".repeat(76)}\r\n`.repeat(10 + number % 40);
  await client.send(
    `From: <load@remote.test>\r\nTo: <${recipients[
      0
    ]!}>\r\nSubject: load ${number}\r\nMessage-ID: <${messageId}>\r\n\r\n` +
      `${body}${lastLine(messageId)}\r\n.\r\n`,
  );
  const reply = await client.smtp(undefined);
  if (!reply.at(-1)!.startsWith("250")) throw new Error(`refused: ${reply.join(" ")}`);
  options.onAccepted(messageId, recipients);
}
