/**
 * Names of a simulated disk: the tree as it is, the tree as it is durable, and the changes between the two.
 *
 * A change touches one or two names (a rename sets one and clears the other). It becomes durable when the directory that
 * `syncedBy` names is synced, and takes with it the earlier changes of the same names, so that a name's history is never
 * applied out of order.
 */

import type { Random } from "../../tools/kit/base/random.ts";

import { SimContents } from "./sim_contents.ts";

export interface SimNode {
  readonly inode: number;
  readonly kind: "file" | "directory" | "link";
  mode: number;
  uid: number;
  gid: number;
  modifiedMs: number;
  /** Names of a file. */
  links: number;
  /** Of a symbolic link. */
  target: string;
  contents: SimContents;
  readonly entries: Map<string, SimNode>;
  readonly durableEntries: Map<string, SimNode>;
}

/** `directory/name` is `node` from now on, or nothing. */
export interface NameEdit {
  readonly directory: SimNode;
  readonly name: string;
  readonly node: SimNode | undefined;
}

interface NameChange {
  readonly edits: readonly NameEdit[];
  readonly syncedBy: SimNode;
}

export class SimNames {
  root: SimNode;
  #lastInode = 1;
  /** Oldest first. */
  #pending: NameChange[] = [];
  #files = new Set<SimNode>();
  readonly #now: () => number;

  constructor(now: () => number = () => 0) {
    this.#now = now;
    this.root = this.create("directory", 0o755, 0);
  }

  create(kind: SimNode["kind"], mode: number, modifiedMs: number): SimNode {
    const node: SimNode = {
      inode: ++this.#lastInode,
      kind,
      mode,
      uid: 0,
      gid: 0,
      modifiedMs,
      links: 0,
      target: "",
      contents: new SimContents(),
      entries: new Map(),
      durableEntries: new Map(),
    };
    if (kind === "file") this.#files.add(node);
    return node;
  }

  change(edits: readonly NameEdit[], syncedBy: SimNode): void {
    this.#pending.push({ edits, syncedBy });
    for (const edit of edits) {
      const gone = edit.directory.entries.get(edit.name);
      set(edit.directory.entries, edit);
      edit.directory.modifiedMs = this.#now();
      if (edit.node !== undefined) edit.node.links++;
      if (gone !== undefined && --gone.links === 0) this.#files.delete(gone);
    }
  }

  sync(directory: SimNode): void {
    const due = new Set<NameChange>();
    for (const change of this.#pending) if (change.syncedBy === directory) this.#require(change, due);
    for (const change of this.#pending) {
      if (due.has(change)) { for (const edit of change.edits) set(edit.directory.durableEntries, edit); }
    }
    this.#pending = this.#pending.filter((change) => !due.has(change));
  }

  usedOctets(): number {
    let octets = 0;
    for (const file of this.#files) octets += file.contents.length;
    return octets;
  }

  /** The tree after a power cut: what is durable, and a selection of the pending changes. */
  crash(random: Random): SimNames {
    const survived = new Set<NameChange>();
    // All, none or any: pure chance alone would hardly ever give the extremes.
    const mode = random.below(4);
    for (const change of this.#pending) {
      if (mode === 0 || (mode > 1 && random.below(2) === 0)) this.#require(change, survived);
    }
    const durable = new Map<SimNode, Map<string, SimNode>>();
    const entriesOf = (directory: SimNode) => {
      let entries = durable.get(directory);
      if (entries === undefined) durable.set(directory, entries = new Map(directory.durableEntries));
      return entries;
    };
    for (const change of this.#pending) {
      if (survived.has(change)) { for (const edit of change.edits) set(entriesOf(edit.directory), edit); }
    }
    const after = new SimNames(this.#now);
    after.#lastInode = this.#lastInode;
    const copies = new Map<SimNode, SimNode>();
    const copy = (node: SimNode): SimNode => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      const contents = node.contents.crash(random);
      const made: SimNode = { ...node, contents, links: 0, entries: new Map(), durableEntries: new Map() };
      copies.set(node, made);
      if (made.kind === "file") after.#files.add(made);
      for (const [name, child] of entriesOf(node)) {
        const copied = copy(child);
        copied.links++;
        made.entries.set(name, copied);
        made.durableEntries.set(name, copied);
      }
      return made;
    };
    after.root = copy(this.root);
    return after;
  }

  /** Adds `change` to `chosen` with all earlier pending changes of the same names. */
  #require(change: NameChange, chosen: Set<NameChange>): void {
    if (chosen.has(change)) return;
    chosen.add(change);
    for (const earlier of this.#pending) {
      if (earlier === change) break;
      if (earlier.edits.some((one) => change.edits.some((other) => sameName(one, other)))) {
        this.#require(earlier, chosen);
      }
    }
  }
}

function sameName(one: NameEdit, other: NameEdit): boolean {
  return one.directory === other.directory && one.name === other.name;
}

function set(entries: Map<string, SimNode>, edit: NameEdit): void {
  if (edit.node === undefined) entries.delete(edit.name);
  else entries.set(edit.name, edit.node);
}
