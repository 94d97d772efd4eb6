/** One name on its way to its destinations, becoming a node of the tree. */

import type { Destination, ExpansionNode, Finding, Origin } from "./expansion_tree.ts";

export class ExpansionBranch {
  readonly #name: string;
  readonly #from: Origin | undefined;
  readonly #found: Finding[] = [];
  readonly #notes: string[] = [];
  readonly #children: ExpansionNode[] = [];

  constructor(name: string, from: Origin | undefined) {
    this.#name = name;
    this.#from = from;
  }

  get node(): ExpansionNode {
    return {
      name: this.#name,
      from: this.#from,
      found: this.#found,
      notes: this.#notes,
      children: this.#children,
    };
  }

  add(finding: Finding): void {
    this.#found.push(finding);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  child(node: ExpansionNode): void {
    this.#children.push(node);
  }

  end(finding: Finding): ExpansionNode {
    this.add(finding);
    return this.node;
  }
}

/** Destinations with the same key get one message, by what local(8) goes by: a mailbox by its address, a command by its user. */
export function keyOf(destination: Destination): string {
  switch (destination.kind) {
    case "user":
      return `user ${destination.address.toLowerCase()}`;
    case "forward":
      return `forward ${destination.to}`;
    case "file":
      return `file ${rightsKey(destination.as)} ${destination.path}`;
    case "command":
      return `command ${destination.recipient.user} ${rightsKey(destination.as)} ${destination.command}`;
    case "transport":
      return `transport ${destination.transport} ${destination.address}`;
    case "discarded":
      return `discarded ${destination.address}`;
    case "refused":
      return `refused ${destination.address} ${destination.text}`;
  }
}

function rightsKey(as: Extract<Destination, { kind: "file" }>["as"]): string {
  return as.kind === "user" ? as.name : as.kind === "table" ? as.table : `${as.uid}`;
}
