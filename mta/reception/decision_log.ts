/**
 * What was decided, kept for `explain --why`: lines appended in batches to files that are bounded. No reply waits for them,
 * and nothing depends on them: what a crash or a full disk takes is lost.
 *
 * | file | holds |
 * |---|---|
 * | accepted | what was permitted, and which message came of it |
 * | refused | the rest: a flood of refusals does not push the others out |
 * | ....old | the generation before; removed when the next takes its place |
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { Disk, DiskFile } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";
import type { QueueId } from "../../store/spool/spool.ts";

import type { PolicyFacts, Stage } from "../policy/facts.ts";
import type { Decision } from "../policy/verdict.ts";
import { decisionRecord, formatKeptRecord, type KeptRecord, parseKeptRecord } from "./decision_record.ts";

export interface DecisionLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: string;
  /** Of all files together; 0 keeps nothing. */
  readonly maxOctets: number;
}

const fileNames = ["accepted", "refused"] as const;
type FileName = (typeof fileNames)[number];

const flushAfterMs = 250;
/** More than this on its way is dropped: memory is worth more. */
const maxGatheredOctets = 1 << 20;
/** Two files, two generations each. */
const shareOfFile = 4;

export class DecisionLog {
  readonly #options: DecisionLogOptions;
  readonly #gathered: Record<FileName, string[]> = { accepted: [], refused: [] };
  #gatheredOctets = 0;
  #scheduled = false;
  #writing: Promise<void> = Promise.resolve();
  #complained = false;
  #made = false;

  constructor(options: DecisionLogOptions) {
    this.#options = options;
  }

  /** Returns at once. A command that nothing was to be evaluated for is not kept, but every recipient is. */
  add(stage: Stage, facts: PolicyFacts, decision: Decision): void {
    const { verdict, trail, lines } = decision;
    if (stage !== "RCPT" && verdict.kind === "permit" && trail.length === 0 && lines.length === 0) return;
    const record = decisionRecord(this.#options.clock.now(), stage, { facts, decision });
    this.#gather(verdict.kind === "permit" ? "accepted" : "refused", record);
  }

  /** The transaction `instance` has become a message. Returns at once. */
  queued(id: QueueId, instance: string): void {
    this.#gather("accepted", { kind: "queued", timeMs: this.#options.clock.now(), instance, id });
  }

  /** All that was given so far is written, or lost. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #gather(file: FileName, record: KeptRecord): void {
    const room = Math.min(maxGatheredOctets, this.#options.maxOctets / shareOfFile);
    if (this.#gatheredOctets >= room) return;
    const line = formatKeptRecord(record);
    this.#gathered[file].push(line);
    this.#gatheredOctets += line.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.clock.after(flushAfterMs, () => this.#write());
  }

  #write(): void {
    this.#scheduled = false;
    this.#writing = this.#writing.then(async () => {
      const batches = fileNames.map((name) => ({ name, lines: this.#gathered[name].splice(0) }));
      this.#gatheredOctets = 0;
      try {
        for (const { name, lines } of batches) if (lines.length > 0) await this.#append(name, lines.join(""));
      } catch (thrown) {
        if (!this.#complained) {
          this.#options.log.write("warning", `cannot keep decisions: ${failureText(thrown)}`);
        }
        this.#complained = true;
      }
    });
  }

  async #append(name: FileName, text: string): Promise<void> {
    const { disk, directory, maxOctets } = this.#options;
    if (!this.#made) await disk.mkdir(directory, { mode: 0o700, parents: true });
    this.#made = true;
    const path = `${directory}/${name}`;
    const bytes = utf8Bytes(text);
    const octets = (await disk.stat(path))?.octets ?? 0;
    if (octets > 0 && octets + bytes.length > maxOctets / shareOfFile) await disk.rename(path, `${path}.old`);
    const file = await disk.open(path, { write: true, append: true, create: "ifMissing", mode: 0o600 });
    await file.write(bytes).finally(() => file.close());
  }
}

/** Everything that is kept, oldest first within each file. */
export async function* readDecisions(disk: Disk, directory: string): AsyncGenerator<KeptRecord> {
  for (const name of fileNames.flatMap((file) => [`${file}.old`, file])) {
    yield* readRecords(disk, `${directory}/${name}`);
  }
}

async function* readRecords(disk: Disk, path: string): AsyncGenerator<KeptRecord> {
  let file: DiskFile;
  try {
    file = await disk.open(path, { read: true });
  } catch (thrown) {
    if (thrown instanceof DiskError && thrown.code === "notFound") return;
    throw thrown;
  }
  try {
    const { octets } = await file.stat();
    const bytes = new Uint8Array(octets);
    let filled = 0;
    while (filled < octets) {
      const count = await file.read(bytes.subarray(filled), filled);
      if (count === 0) break;
      filled += count;
    }
    for (const line of utf8Text(bytes.subarray(0, filled)).split("\n")) {
      const record = line === "" ? undefined : parseKeptRecord(line);
      if (record !== undefined) yield record;
    }
  } finally {
    await file.close();
  }
}
