/**
 * The opened mailboxes of an account, shared by all its sessions: who opens a mailbox that is open gets the same core
 * and sees the others' changes at once. A few that nobody uses any more are kept, so that polling STATUS or appending
 * one message after the other does not read a large mailbox anew each time.
 */

const maxIdle = 6;

export interface Closable {
  /** Deleted or replaced on disk: not to be used again. */
  readonly gone: boolean;
  /** Its name is not in use any more. */
  retire(): Promise<void>;
}

interface Entry<Core> {
  readonly core: Core;
  users: number;
}

export class Cores<Core extends Closable> {
  readonly #entries = new Map<string, Entry<Core>>();

  acquire(name: string, make: () => Core): Core {
    let entry = this.#entries.get(name);
    if (entry === undefined || entry.core.gone) entry = { core: make(), users: 0 };
    // Set anew, so that the order of the map is that of use.
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    entry.users++;
    return entry.core;
  }

  async release(name: string, core: Core): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry?.core !== core) return;
    entry.users--;
    const idle = Array.from(this.#entries).filter(([, { users }]) => users === 0);
    for (const [idleName, { core: idleCore }] of idle.slice(0, Math.max(0, idle.length - maxIdle))) {
      this.#entries.delete(idleName);
      await idleCore.retire();
    }
  }

  async use<T>(name: string, make: () => Core, action: (core: Core) => Promise<T>): Promise<T> {
    const core = this.acquire(name, make);
    try {
      return await action(core);
    } finally {
      await this.release(name, core);
    }
  }

  find(name: string): Core | undefined {
    return this.#entries.get(name)?.core;
  }

  /** Those whose names satisfy `match` are forgotten and given. */
  take(match: (name: string) => boolean): readonly Core[] {
    const taken = Array.from(this.#entries).filter(([name]) => match(name));
    for (const [name] of taken) this.#entries.delete(name);
    return taken.map(([, { core }]) => core);
  }

  all(): readonly Core[] {
    return Array.from(this.#entries.values(), ({ core }) => core);
  }
}
