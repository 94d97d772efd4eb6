/**
 * `pgsql:FILE` (pgsql_table(5)): FILE says where the server is (`hosts`, `user`, `password`, `dbname`) and what is asked of
 * it. Hosts are tried in turn; one that does not answer is left alone for a minute. FILE is looked at before each lookup.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import { maxDatabaseFileOctets, readDatabaseFile } from "./database_file.ts";
import type { FileTableOptions } from "./indexed.ts";
import { remoteFailure } from "./remote_client.ts";
import { foldKey } from "./source.ts";
import { lookUpSql, oldSqlNames, readSqlQuery, sqlNames, type SqlQuery } from "./sql_lookup.ts";
import type { Table } from "./table.ts";
import { WatchedFile } from "./watched_file.ts";

export interface PgsqlServer {
  /** A name, an address, or an absolute path: the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dbname: string;
  /** `client_encoding`; empty: UTF8. */
  readonly encoding: string;
}

export interface PgsqlConnection {
  /** @throws what the server or the network says */
  rows(statement: string): Promise<readonly (readonly unknown[])[]>;
  close(): void;
}

/** Opens no connection yet, or one; a broken one is opened again by itself. */
export type OpenPgsql = (server: PgsqlServer) => Promise<PgsqlConnection>;

export interface PgsqlTableOptions extends FileTableOptions {
  readonly openPgsql: OpenPgsql;
  readonly clock: Pick<Clock, "now" | "monotonic">;
}

export interface PgsqlSettings extends SqlQuery {
  readonly servers: readonly PgsqlServer[];
}

interface Host {
  readonly server: PgsqlServer;
  connection: PgsqlConnection | undefined;
  /** Not asked before. */
  restsUntilMs: number;
}

/** pgsql_table(5) `retry_interval`. */
const restMs = 60_000;

export function pgsqlTable(name: string, path: string, options: PgsqlTableOptions): Table {
  const { disk } = options;
  const file = new WatchedFile<{ readonly settings: PgsqlSettings; readonly hosts: Hosts }>({
    disk,
    path,
    load: async () => {
      const settings = readPgsqlSettings(path, await disk.readFile(path, maxDatabaseFileOctets));
      return { settings, hosts: new Hosts(settings.servers, options) };
    },
    close: ({ hosts }) => hosts.close(),
  });
  return {
    name,
    fixed: true,
    lookup: async (key) => {
      try {
        return await file.use(({ settings, hosts }) =>
          lookUpSql(foldKey(key, options.fold), settings, (statement) => hosts.rows(statement))
        );
      } catch (thrown) {
        throw thrown instanceof TempFailure ? thrown : remoteFailure(name, thrown);
      }
    },
    close: () => file.close(),
  };
}

class Hosts {
  readonly #hosts: readonly Host[];
  readonly #options: PgsqlTableOptions;

  constructor(servers: readonly PgsqlServer[], options: PgsqlTableOptions) {
    this.#hosts = servers.map((server) => ({ server, connection: undefined, restsUntilMs: 0 }));
    this.#options = options;
  }

  /** @throws Error that tells of each host */
  async rows(statement: string): Promise<readonly (readonly unknown[])[]> {
    const now = this.#options.clock.now();
    const problems: string[] = [];
    const rested = this.#hosts.filter(({ restsUntilMs }) => restsUntilMs <= now);
    // When all have failed lately, the one that did so first is tried again.
    for (const host of rested.length > 0 ? rested : this.#hosts.slice(0, 1)) {
      try {
        host.connection ??= await this.#options.openPgsql(host.server);
        const rows = await host.connection.rows(statement);
        host.restsUntilMs = 0;
        return rows;
      } catch (thrown) {
        problems.push(`${host.server.host}: ${failureText(thrown)}`);
        host.restsUntilMs = now + restMs;
        host.connection?.close();
        host.connection = undefined;
      }
    }
    throw new Error(problems.join("; "));
  }

  close(): void {
    for (const { connection } of this.#hosts) connection?.close();
  }
}

const names = ["hosts", "user", "password", "dbname", "encoding", ...sqlNames, ...oldSqlNames];
/** Taken and without a meaning here: connections are kept as long as they are good. */
const idleNames = ["idle_interval", "retry_interval"];

/** @throws ConfigError with file and line */
export function readPgsqlSettings(path: string, bytes: Uint8Array): PgsqlSettings {
  const file = readDatabaseFile(path, bytes, [...names, ...idleNames]);
  const hosts = file.list("hosts");
  const [user, password, dbname] = [file.value("user"), file.value("password"), file.value("dbname")];
  const encoding = file.value("encoding");
  const servers = (hosts.length > 0 ? hosts : ["localhost"]).map((text) => {
    if (/^postgres(?:ql)?:\/\//.test(text)) return readUri(text, { user, password, dbname, encoding });
    if (dbname === "") throw file.problem("dbname", "no dbname");
    return { ...readHost(text), user, password, dbname, encoding };
  });
  for (const [index, server] of servers.entries()) {
    if (server === undefined) throw file.problem("hosts", `hosts: "${hosts[index]}" is no host`);
  }
  return { servers: servers.filter((server) => server !== undefined), ...readSqlQuery(file) };
}

/** `host`, `host:port`, `[v6]:port`, `inet:host:port`, `unix:/directory`. */
function readHost(text: string): Pick<PgsqlServer, "host" | "port"> {
  if (text.startsWith("unix:")) return { host: text.slice("unix:".length), port: 5432 };
  const [, bracketed, plain, port] = /^(?:inet:)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: Number(port ?? 5432) };
}

function readUri(
  text: string,
  given: Omit<PgsqlServer, "host" | "port">,
): PgsqlServer | undefined {
  if (!URL.canParse(text)) return undefined;
  const { hostname, port, username, password, pathname } = new URL(text);
  return {
    host: decodeURIComponent(hostname) || "localhost",
    port: Number(port || 5432),
    user: decodeURIComponent(username) || given.user,
    password: decodeURIComponent(password) || given.password,
    dbname: decodeURIComponent(pathname.slice(1)) || given.dbname,
    encoding: given.encoding,
  };
}
