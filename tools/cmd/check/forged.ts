/** What tables let in: of senders and HELO names, since everybody can call himself so, and of clients, who may be many. */

import { inlineEntries } from "../../../store/table/inline.ts";

import type { SettingsView } from "../../config/mta/view.ts";

import type { AccessTable } from "./access_lines.ts";
import type { Forged } from "./strangers.ts";
import type { TableReader } from "./table_uses.ts";
import { accessTables, trustTables } from "./table_uses.ts";

/** Of each table: enough to see whether its lines let strangers in. */
const maxKeys = 200;

const refusing = /^(?:reject|defer|hangup|dunno|discard|hold|info|warn|[45]\d\d\s|defer_if_\w+)/i;

/** Names that the access tables of these services hold and do not refuse. */
export async function forgedNames(views: readonly SettingsView[], tables: TableReader): Promise<Forged> {
  const senders = new Set<string>();
  const names = new Set<string>();
  const clients = new Set<string>();
  for (const view of views) {
    const trusted = trustTables(view, "mynetworks").map((spec) => ({ about: "client", spec }));
    for (const { about, spec } of [...accessTables(view), ...trusted]) {
      if (about !== "sender" && about !== "helo" && about !== "client") continue;
      const entries = [...inlineOf(spec), ...(await tables.read(spec)).flatMap(({ lines }) => lines)];
      for (const key of lettingKeys(entries)) {
        if (about === "sender") senders.add(senderOf(key));
        else if (about === "client") clients.add(key);
        else names.add(hostOf(key));
      }
    }
  }
  return { senders: [...senders], names: [...names], clients: [...clients] };
}

type Entry = Pick<AccessTable["lines"][number], "key" | "value">;

function lettingKeys(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap(({ key, value }) => key === undefined || refusing.test(value) ? [] : [key])
    .slice(0, maxKeys);
}

function inlineOf(spec: string): readonly Entry[] {
  if (!spec.startsWith("inline:")) return [];
  return Array.from(inlineEntries(spec, spec.slice("inline:".length)), ([key, value]) => ({ key, value }));
}

function senderOf(key: string): string {
  if (key === "<>") return "";
  if (key.endsWith("@")) return `${key}stranger.example`;
  return key.includes("@") ? key : `someone@${hostOf(key)}`;
}

function hostOf(key: string): string {
  return key.startsWith(".") ? `host${key}` : key;
}
