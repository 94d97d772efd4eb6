/** Which session of this worker a notice of the store is for. */

/** A session's service, as the store's notices see it. */
export interface Changeable {
  /** `sync` of that mailbox would find something. */
  changed(mailbox: number): void;
  /** The store worker died; every handle and the entitlement are gone. */
  storeLost(): void;
}

export class ChangeRegistry {
  readonly #sessions = new Map<string, Changeable>();

  add(session: string, changeable: Changeable): void {
    this.#sessions.set(session, changeable);
  }

  remove(session: string): void {
    this.#sessions.delete(session);
  }

  /** A notice; those for sessions that have ended mean nothing. */
  changed(session: string, mailbox: number): void {
    this.#sessions.get(session)?.changed(mailbox);
  }

  storeLost(): void {
    for (const changeable of this.#sessions.values()) changeable.storeLost();
    this.#sessions.clear();
  }
}
