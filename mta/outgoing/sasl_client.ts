/**
 * SASL, the client's side (RFC 4422), for logging in at a next hop: SCRAM (RFC 5802, RFC 7677), PLAIN (RFC 4616), LOGIN.
 */

import { decodeBase64, encodeBase64 } from "../../tools/kit/base/base64.ts";
import {
  type Bytes,
  concatBytes,
  equalSecrets,
  utf8Bytes,
  utf8TextStrict,
} from "../../tools/kit/base/bytes.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

export interface SaslLogin {
  readonly user: string;
  readonly password: string;
}

export interface SaslClient {
  /** What stands beside the mechanism's name; `undefined`: the server speaks first. */
  readonly initial: Bytes | undefined;
  /** `undefined`: what the server says cannot be right. */
  respond(challenge: Uint8Array): Promise<Bytes | undefined>;
}

/** In the order of preference, strongest first. */
export const saslMechanisms: readonly string[] = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"];

export function startSasl(mechanism: string, login: SaslLogin, random: Random): SaslClient {
  switch (mechanism) {
    case "SCRAM-SHA-256":
      return new ScramClient("SHA-256", login, randomHex(random, 24));
    case "SCRAM-SHA-1":
      return new ScramClient("SHA-1", login, randomHex(random, 24));
    case "PLAIN":
      return plain(login);
    case "LOGIN":
      return inTurn([login.user, login.password]);
    default:
      throw new Error(`unknown mechanism ${mechanism}`);
  }
}

function plain({ user, password }: SaslLogin): SaslClient {
  const initial = utf8Bytes(`\0${user}\0${password}`);
  return { initial, respond: () => Promise.resolve(undefined) };
}

/** LOGIN, whatever the server's questions are called. */
function inTurn(answers: readonly string[]): SaslClient {
  let next = 0;
  return {
    initial: undefined,
    respond: () => {
      const answer = answers[next++];
      return Promise.resolve(answer === undefined ? undefined : utf8Bytes(answer));
    },
  };
}

/** Work that a server may ask for: more is an attack on the client. */
const maxIterations = 1_000_000;
/** RFC 7677 §4; servers with less are met, and their proof is weaker, but the password is not shown either. */
const minIterations = 1;

export class ScramClient implements SaslClient {
  readonly initial: Bytes;
  readonly #hash: "SHA-256" | "SHA-1";
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  #serverSignature: Bytes | undefined;
  #done = false;

  constructor(hash: "SHA-256" | "SHA-1", { user, password }: SaslLogin, nonce: string) {
    this.#hash = hash;
    this.#password = password.normalize("NFKC");
    this.#nonce = nonce;
    const name = user.normalize("NFKC").replaceAll("=", "=3D").replaceAll(",", "=2C");
    this.#bare = `n=${name},r=${nonce}`;
    // No channel binding (RFC 5802 §6).
    this.initial = utf8Bytes(`n,,${this.#bare}`);
  }

  async respond(challenge: Uint8Array): Promise<Bytes | undefined> {
    const text = utf8TextStrict(challenge) ?? "";
    if (this.#serverSignature === undefined) return await this.#prove(text);
    const [, signature] = /^v=([^,]+)/.exec(text) ?? [];
    const octets = decodeBase64(signature ?? "");
    // The server has to know the password too.
    if (this.#done || octets === undefined || !equalSecrets(octets, this.#serverSignature)) return undefined;
    this.#done = true;
    return new Uint8Array(0);
  }

  async #prove(first: string): Promise<Bytes | undefined> {
    const [, nonce, saltText, count] = /^r=([!-+\--~]+),s=([A-Za-z0-9+/=]+),i=(\d{1,7})(?:,|$)/.exec(first) ??
      [];
    const salt = decodeBase64(saltText ?? "");
    const iterations = Number(count);
    if (nonce === undefined || !nonce.startsWith(this.#nonce) || nonce === this.#nonce) return undefined;
    if (salt === undefined || iterations < minIterations || iterations > maxIterations) return undefined;
    const withoutProof = `c=${encodeBase64(utf8Bytes("n,,"))},r=${nonce}`;
    const signed = utf8Bytes(`${this.#bare},${first},${withoutProof}`);
    const salted = await this.#salted(salt, iterations);
    const clientKey = await this.#hmac(salted, utf8Bytes("Client Key"));
    const storedKey = new Uint8Array(await crypto.subtle.digest(this.#hash, clientKey));
    const clientSignature = await this.#hmac(storedKey, signed);
    const proof = clientKey.map((octet, index) => octet ^ clientSignature[index]!);
    const serverKey = await this.#hmac(salted, utf8Bytes("Server Key"));
    this.#serverSignature = await this.#hmac(serverKey, signed);
    return concatBytes([utf8Bytes(`${withoutProof},p=${encodeBase64(proof)}`)]);
  }

  async #salted(salt: Bytes, iterations: number): Promise<Bytes> {
    const key = await crypto.subtle.importKey("raw", utf8Bytes(this.#password), "PBKDF2", false, [
      "deriveBits",
    ]);
    const bits = this.#hash === "SHA-256" ? 256 : 160;
    const parameters = { name: "PBKDF2", hash: this.#hash, salt, iterations };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, bits));
  }

  async #hmac(keyOctets: Bytes, data: Bytes): Promise<Bytes> {
    const algorithm = { name: "HMAC", hash: this.#hash };
    const key = await crypto.subtle.importKey("raw", keyOctets, algorithm, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
  }
}
