/**
 * Directory syncs shared by all who wait for one: a sync serves every name that was made before it began.
 *
 * With fifty messages in flight one fsync of `incoming` makes thirty renames durable; asking for thirty would take the
 * disk twenty times as long.
 */

import type { Disk } from "./disk.ts";

interface Turn {
  readonly running: Promise<void>;
  /** Begins when `running` has ended; those who come now wait for this one. */
  next: Promise<void> | undefined;
}

export class DirSync {
  readonly #disk: Disk;
  readonly #turns = new Map<string, Turn>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Names made in `directory` before this call are durable when it returns. @throws DiskError */
  sync(directory: string): Promise<void> {
    const turn = this.#turns.get(directory);
    if (turn === undefined) return this.#start(directory);
    turn.next ??= turn.running.then(() => {}, () => {}).then(() => this.#start(directory));
    return turn.next;
  }

  #start(directory: string): Promise<void> {
    const running = this.#disk.syncDir(directory);
    const turn: Turn = { running, next: undefined };
    this.#turns.set(directory, turn);
    const ended = () => {
      // With a next one waiting, its own start replaces this turn.
      if (turn.next === undefined) this.#turns.delete(directory);
    };
    running.then(ended, ended);
    return running;
  }
}
