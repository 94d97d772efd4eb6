/**
 * GET of a small text by HTTPS, as MTA-STS wants it (RFC 8461 §3.3): the runtime has checked the server's certificate and
 * name, redirects are not followed, and what is too long, late, or no text is an error.
 */

import { concatBytes, utf8TextStrict } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";

export interface HttpsTextOptions {
  readonly clock: Clock;
  /** For all of it. */
  readonly limitMs: number;
  readonly maxOctets: number;
}

/** @throws Error whose message says why, in a line */
export async function fetchHttpsText(url: string, options: HttpsTextOptions): Promise<string> {
  const { clock, limitMs } = options;
  const abort = new AbortController();
  const cancel = clock.after(limitMs, () => abort.abort());
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: abort.signal,
      headers: { accept: "text/plain" },
    });
    return await readText(response, options);
  } catch (thrown) {
    if (abort.signal.aborted) throw new Error(`no answer within ${limitMs / 1000} s`, { cause: thrown });
    throw new Error(lineOf(thrown), { cause: thrown });
  } finally {
    cancel();
    // What was not read is not wanted.
    abort.abort();
  }
}

async function readText(response: Response, { maxOctets }: HttpsTextOptions): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  const refuse = async (why: string): Promise<never> => {
    await response.body?.cancel();
    throw new Error(why);
  };
  if (response.status !== 200) return await refuse(`the server answers ${response.status}`);
  if (!/^text\/plain\s*(?:;|$)/i.test(type)) {
    return await refuse(`it is ${type === "" ? "of no type" : type}`);
  }
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of response.body ?? []) {
    octets += chunk.length;
    if (octets > maxOctets) throw new Error(`it is longer than ${maxOctets} octets`);
    chunks.push(chunk);
  }
  const text = utf8TextStrict(concatBytes(chunks));
  if (text === undefined) throw new Error("it is not UTF-8");
  return text;
}

/** The innermost reason: those around it only repeat the URL. */
function lineOf(thrown: unknown): string {
  let innermost = thrown;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  return text.replace(/\s+/g, " ").slice(0, 200);
}
