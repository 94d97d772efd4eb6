/**
 * `ldap:FILE` (ldap_table(5)): FILE says where the directory is (`server_host`, `bind_dn`, `bind_pw`) and what is searched
 * in it (`search_base`, `query_filter`, `scope`, `result_attribute`). FILE is looked at before each lookup.
 */

import { TempFailure } from "../../tools/kit/base/failure.ts";

import { maxDatabaseFileOctets, readDatabaseFile } from "./database_file.ts";
import type { FileTableOptions } from "./indexed.ts";
import { remoteFailure } from "./remote_client.ts";
import { foldKey } from "./source.ts";
import { formatResults, isAskedFor } from "./sql_lookup.ts";
import { fillSqlTemplate, templateProblem } from "./sql_template.ts";
import type { Table } from "./table.ts";
import { WatchedFile } from "./watched_file.ts";

export interface LdapServer {
  /** `ldap://host:389`, `ldaps://...`; tried in turn. */
  readonly urls: readonly string[];
  readonly startTls: boolean;
  /** Absent: anonymous. */
  readonly bind: { readonly dn: string; readonly password: string } | undefined;
  readonly timeoutMs: number;
}

export interface LdapSearch {
  readonly base: string;
  readonly scope: "sub" | "one" | "base";
  readonly filter: string;
  readonly attributes: readonly string[];
  /** Most entries; 0: any number. */
  readonly sizeLimit: number;
}

/** One entry: values by attribute, in lower case. */
export type LdapEntry = Readonly<Record<string, readonly string[]>>;

export interface LdapConnection {
  /** @throws what the server or the network says */
  search(search: LdapSearch): Promise<readonly LdapEntry[]>;
  close(): void;
}

export type OpenLdap = (server: LdapServer) => Promise<LdapConnection>;

export interface LdapTableOptions extends FileTableOptions {
  readonly openLdap: OpenLdap;
}

export interface LdapSettings {
  readonly server: LdapServer;
  readonly base: string;
  readonly scope: LdapSearch["scope"];
  readonly filter: string;
  /** Their values are the answer. */
  readonly resultAttributes: readonly string[];
  /** Their values are names of further entries (or LDAP URLs), whose attributes are the answer. */
  readonly specialAttributes: readonly string[];
  readonly resultFormat: string;
  readonly domains: readonly string[];
  readonly expansionLimit: number;
  readonly sizeLimit: number;
  readonly recursionLimit: number;
}

export function ldapTable(name: string, path: string, options: LdapTableOptions): Table {
  const { disk } = options;
  const file = new WatchedFile<Directory>({
    disk,
    path,
    load: async () =>
      new Directory(readLdapSettings(path, await disk.readFile(path, maxDatabaseFileOctets)), options),
    close: (directory) => directory.close(),
  });
  return {
    name,
    fixed: true,
    lookup: async (key) => {
      try {
        return await file.use((directory) => directory.lookUp(foldKey(key, options.fold)));
      } catch (thrown) {
        throw thrown instanceof TempFailure ? thrown : remoteFailure(name, thrown);
      }
    },
    close: () => file.close(),
  };
}

class Directory {
  readonly #settings: LdapSettings;
  readonly #options: LdapTableOptions;
  #connection: LdapConnection | undefined;

  constructor(settings: LdapSettings, options: LdapTableOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  async lookUp(key: string): Promise<{ readonly value: string } | undefined> {
    const { base, scope, filter, domains } = this.#settings;
    if (key.includes("\0") || key.includes("*") || !isAskedFor(key, domains)) return undefined;
    const filled = fillSqlTemplate(filter, { key, value: key, quote: quoteFilter });
    const where = fillSqlTemplate(base, { key, value: key, quote: quoteName });
    if (filled === undefined || where === undefined) return undefined;
    const values: string[] = [];
    await this.#collect({ base: where, scope, filter: filled }, { values, depth: 0 });
    return formatResults(key, values, this.#settings);
  }

  async #collect(
    where: Pick<LdapSearch, "base" | "scope" | "filter">,
    found: { readonly values: string[]; readonly depth: number },
  ): Promise<void> {
    const { resultAttributes, specialAttributes, sizeLimit, recursionLimit } = this.#settings;
    if (found.depth > recursionLimit) throw new Error(`recursion limit of ${recursionLimit} exceeded`);
    const attributes = [...resultAttributes, ...specialAttributes];
    for (const entry of await this.#search({ ...where, attributes, sizeLimit })) {
      for (const attribute of resultAttributes) found.values.push(...entry[attribute.toLowerCase()] ?? []);
      for (const attribute of specialAttributes) {
        for (const name of entry[attribute.toLowerCase()] ?? []) {
          const further = { base: name, scope: "base", filter: "(objectClass=*)" } as const;
          await this.#collect(further, { ...found, depth: found.depth + 1 });
        }
      }
    }
  }

  /** A connection that has died meanwhile is opened once more. */
  async #search(search: LdapSearch): Promise<readonly LdapEntry[]> {
    const isNew = this.#connection === undefined;
    const connection = this.#connection ??= await this.#options.openLdap(this.#settings.server);
    try {
      return await connection.search(search);
    } catch (thrown) {
      connection.close();
      if (this.#connection === connection) this.#connection = undefined;
      if (isNew) throw thrown;
      return await this.#search(search);
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/** RFC 4515 §3. */
function quoteFilter(text: string): string {
  return text.replace(/[\\*()\0]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** RFC 4514 §2.4. */
function quoteName(text: string): string {
  return text.replace(/[\\,+"<>;=#]|^ | $/g, (char) => `\\${char}`);
}

const names = [
  ...[
    "server_host",
    "server_port",
    "timeout",
    "search_base",
    "query_filter",
    "result_format",
    "result_filter",
  ],
  ...["domain", "result_attribute", "special_result_attribute", "scope", "bind", "bind_dn", "bind_pw"],
  ...["start_tls", "version", "recursion_limit", "expansion_limit", "size_limit"],
];

/** @throws ConfigError with file and line */
export function readLdapSettings(path: string, bytes: Uint8Array): LdapSettings {
  const file = readDatabaseFile(path, bytes, names);
  const base = file.value("search_base");
  if (base === "" && file.value("scope") !== "base") throw file.problem("search_base", "no search_base");
  const scope = file.value("scope") || "sub";
  if (scope !== "sub" && scope !== "one" && scope !== "base") {
    throw file.problem("scope", `scope: expected sub, one or base, not "${scope}"`);
  }
  const filter = file.value("query_filter") || "(mailacceptinggeneralid=%s)";
  const resultFormat = file.value("result_format") || file.value("result_filter") || "%s";
  for (
    const [name, template] of [
      ["query_filter", filter],
      ["result_format", resultFormat],
      ["search_base", base],
    ] as const
  ) {
    const problem = templateProblem(template);
    if (problem !== undefined) throw file.problem(name, `${name}: ${problem}`);
  }
  const version = file.value("version") || "3";
  if (version !== "3") throw file.problem("version", `version: only 3 is spoken, not "${version}"`);
  const given = file.list("result_attribute");
  return {
    server: {
      urls: urlsOf(file.list("server_host"), file.count("server_port", 389)),
      startTls: file.flag("start_tls", false),
      bind: ["no", "none"].includes(file.value("bind").toLowerCase())
        ? undefined
        : { dn: file.value("bind_dn"), password: file.value("bind_pw") },
      timeoutMs: file.count("timeout", 10) * 1000,
    },
    base,
    scope,
    filter,
    resultAttributes: given.length > 0 ? given : ["maildrop"],
    specialAttributes: file.list("special_result_attribute"),
    resultFormat,
    domains: file.list("domain").map((domain) => domain.toLowerCase()),
    expansionLimit: file.count("expansion_limit", 0),
    sizeLimit: file.count("size_limit", 0),
    recursionLimit: file.count("recursion_limit", 1000),
  };
}

function urlsOf(hosts: readonly string[], port: number): readonly string[] {
  return (hosts.length > 0 ? hosts : ["localhost"]).map((host) =>
    /^ldap[si]?:\/\//.test(host) ? host : /:\d+$/.test(host) ? `ldap://${host}` : `ldap://${host}:${port}`
  );
}
