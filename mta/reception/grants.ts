/** Who is logged in, by tokens that a worker cannot make up. */

import { type Random, randomHex } from "../../tools/kit/base/random.ts";

export interface Grant {
  readonly user: string;
  readonly mechanism: string;
}

export class Grants {
  readonly #random: Random;
  readonly #byToken = new Map<string, Grant>();

  constructor(random: Random) {
    this.#random = random;
  }

  give(grant: Grant): string {
    const token = randomHex(this.#random, 16);
    this.#byToken.set(token, grant);
    return token;
  }

  find(token: string | undefined): Grant | undefined {
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  end(token: string): void {
    this.#byToken.delete(token);
  }

  clear(): void {
    this.#byToken.clear();
  }
}
