/** The client libraries of tables in databases, loaded when the first such table is opened: most servers have none. */

import type { LdapConnection, LdapEntry, LdapServer } from "../../store/table/ldap_table.ts";
import type { PgsqlConnection, PgsqlServer } from "../../store/table/pgsql_table.ts";

/** Connections that one table may have to a PostgreSQL server. */
const maxConnections = 4;
const connectSeconds = 10;

export async function openPgsql(server: PgsqlServer): Promise<PgsqlConnection> {
  const { default: postgres } = await import("postgres");
  const isSocket = server.host.startsWith("/");
  const sql = postgres({
    host: server.host,
    ...(isSocket ? { path: `${server.host}/.s.PGSQL.${server.port}` } : {}),
    port: server.port,
    database: server.dbname,
    username: server.user,
    password: server.password,
    max: maxConnections,
    idle_timeout: 60,
    connect_timeout: connectSeconds,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: "mailsrv",
      client_encoding: server.encoding || "UTF8",
      // Keys are quoted for this.
      standard_conforming_strings: true,
    },
  });
  return {
    rows: async (statement) => await sql.unsafe(statement).values(),
    close: () => {
      sql.end({ timeout: 0 }).catch(() => {});
    },
  };
}

export async function openLdap({ urls, startTls, bind, timeoutMs }: LdapServer): Promise<LdapConnection> {
  const { Client } = await import("ldapts");
  let problem: unknown;
  for (const url of urls) {
    const client = new Client({ url, timeout: timeoutMs, connectTimeout: timeoutMs, strictDN: false });
    try {
      if (startTls) await client.startTLS({});
      if (bind !== undefined) await client.bind(bind.dn, bind.password);
      return {
        search: async ({ base, scope, filter, attributes, sizeLimit }) => {
          const options = { scope, filter, attributes: [...attributes], sizeLimit };
          const { searchEntries } = await client.search(base, options);
          return searchEntries.map(entryOf);
        },
        close: () => {
          client.unbind().catch(() => {});
        },
      };
    } catch (thrown) {
      problem = thrown;
      client.unbind().catch(() => {});
    }
  }
  throw problem;
}

function entryOf(entry: Readonly<Record<string, unknown>>): LdapEntry {
  const values: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(entry)) {
    const texts = Array.isArray(value) ? value : [value];
    values[name.toLowerCase()] = texts.filter((text): text is string => typeof text === "string");
  }
  return values;
}
