/**
 * The layout (ARCHITECTURE.md) as tables: which folder stands on which layer, what is pure, and where the runtime may be
 * touched. All rules read it; a new folder is a new row.
 */

/** A prefix of paths, and its rank: imports go from higher or equal ranks to lower or equal ones. */
export interface LayerRow {
  readonly prefix: string;
  readonly rank: number;
  readonly name: string;
}

/** First fit wins. */
export const layers: readonly LayerRow[] = [
  { prefix: "tools/std/", rank: 0, name: "std" },
  { prefix: "tools/kit/", rank: 1, name: "kit" },
  { prefix: "store/", rank: 2, name: "store" },
  { prefix: "mta/", rank: 3, name: "mta" },
  { prefix: "mra/", rank: 3, name: "mra" },
  { prefix: "tools/config/", rank: 4, name: "config" },
  { prefix: "tools/cmd/", rank: 5, name: "cmd" },
  { prefix: "main.ts", rank: 6, name: "main" },
  { prefix: "tests/", rank: 7, name: "tests" },
];

/** Folders and files without I/O: engines, policies, formats. */
const pure: readonly string[] = [
  "tools/kit/base/base64.ts",
  "tools/kit/base/bytes.ts",
  "tools/kit/base/failure.ts",
  "tools/kit/base/limits.ts",
  "tools/kit/base/sha256.ts",
  "tools/kit/wire/",
  "tools/kit/mail/",
  "tools/kit/sasl/",
  "tools/kit/net/der.ts",
  "tools/kit/net/pem.ts",
  "tools/kit/net/ip_octets.ts",
  "tools/kit/net/certificate_reader.ts",
  "store/search/",
  "mta/smtp/",
  "mta/policy/",
  "mta/address/",
  "mta/cleanup/",
  "mta/dns/record.ts",
  "mta/dns/name.ts",
  "mta/dns/message.ts",
  "mta/dns/answer.ts",
  "mta/dns/cache.ts",
  "mta/dns/resolv_conf.ts",
  "mta/dns/hosts.ts",
  "mta/dns/question.ts",
  "mta/dns/hop.ts",
  "mta/dns/hop_settings.ts",
  "mta/dns/address_order.ts",
  "mta/dns/mx.ts",
  "mta/tls_policy/",
  "mta/relay_login/",
  "mta/delivery/next_hop.ts",
  "mta/reception/rate.ts",
  "mta/reception/login_guard.ts",
  "mta/reception/policy_protocol.ts",
  "mta/queue/schedule.ts",
  "mta/queue/bounce.ts",
  "mra/pop3/",
  "mra/imap/",
];

/** Where a program begins: imported by nothing, or started as a worker. */
export function isEntry(path: string): boolean {
  return path === "main.ts" || path.endsWith("/worker.ts") || path.startsWith("tools/std/");
}

/** Files in pure folders that are the world's side of an engine. */
const impure = /(?:^|\/)(?:service|service_\w+|\w+_service|worker|worker_\w+)\.ts$/;

/** Seams: types that pure code may import, whatever else stands behind them. */
const seams: readonly string[] = [
  "tools/kit/base/log.ts",
  "tools/kit/base/random.ts",
  "tools/kit/base/clock.ts",
  "store/account.ts",
  "store/api.ts",
  "store/spool/spool.ts",
  "store/table/table.ts",
  "store/users/users.ts",
  "mra/login.ts",
];

/** Tests, benchmarks, and what only they import. */
const testFile =
  /(?:_test|_bench|_suite|_fixture)\.ts$|(?:^|\/)(?:(?:fake|toy)_\w+|\w+_under_test|testing(?:_\w+)?)\.ts$|(?:^|\/)testing\/|^tests\//;

export function isNamedAsTest(path: string): boolean {
  return testFile.test(path);
}

export function isPure(path: string): boolean {
  return !impure.test(path) && pure.some((prefix) => path.startsWith(prefix));
}

export function isSeam(path: string): boolean {
  return seams.includes(path);
}

export function layerOf(path: string): LayerRow | undefined {
  return layers.find((row) => path.startsWith(row.prefix));
}

/** What touches the world, and where it may stand (beside tests). */
export interface RuntimeRow {
  readonly what: string;
  /** Matched against code without comments and strings. */
  readonly pattern: RegExp;
  readonly places: RegExp;
  /** Code that has this gives the word a meaning of its own. */
  readonly unless?: RegExp;
}

export const runtimeUses: readonly RuntimeRow[] = [
  {
    what: "Deno",
    pattern: /\bDeno\b/g,
    places:
      /^(?:main\.ts|tools\/(?:kit\/(?:net|os)|cmd|std)\/.*|tools\/kit\/base\/(?:clock|random|log\w*)\.ts|store\/file\/real_disk\.ts|mta\/dns\/resolver\.ts|.*\/worker\.ts)$/,
  },
  {
    what: "timers and clocks",
    pattern:
      /\b(?:setTimeout|setInterval|clearTimeout|clearInterval)\s*\(|\bDate\.now\b|\bperformance\b\.|\bnew Date\(\s*\)|\bnew Date\b(?!\s*[(.])/g,
    places: /^tools\/kit\/base\/\w+\.ts$/,
  },
  {
    what: "randomness",
    pattern: /\bMath\.random\b|\bcrypto\.(?:getRandomValues|randomUUID)\b/g,
    places: /^tools\/kit\/base\/random\.ts$/,
  },
  { what: "new Worker", pattern: /\bnew Worker\b/g, places: /^tools\/kit\/rpc\/worker_host\.ts$/ },
  {
    what: "fetch",
    pattern: /(?:\b(?:await|return)\s+|[=(,?:&|]\s*)fetch\s*\(|\bglobalThis\.fetch\b/g,
    places: /^tools\/kit\/net\/https_text\.ts$/,
    unless: /\bimport\b[^;]*\bfetch\b[^;]*\bfrom\b|\b(?:function|const) fetch\b/,
  },
  { what: "WebSocket", pattern: /\b(?:WebSocket|EventSource|XMLHttpRequest)\b/g, places: /^$/ },
  // Where a problem has nobody else to be told to.
  { what: "console", pattern: /\bconsole\s*\./g, places: /^tools\/kit\/rpc\/rpc\.ts$/ },
  { what: "process", pattern: /\bprocess\s*\.(?:env|exit|argv|on|cwd)\b/g, places: /^$/ },
  { what: "eval", pattern: /\beval\s*\(|\bnew Function\b/g, places: /^$/ },
];

/** Where `node:` modules may be imported. */
export const nodeModulePlaces =
  /^(?:tools\/(?:kit\/(?:net|os)|std|cmd)\/.*|mta\/dns\/resolver\.ts|store\/file\/real_disk\.ts)$/;

/** A product file has at most so many lines; longer ones stand here with their reason. */
export const maxProductLines = 400;
export const longFiles: ReadonlyMap<string, string> = new Map([]);

/** What may stand at the top level; what git ignores is not looked at. */
export const topLevel: readonly string[] = [
  ...["deno.json", "deno.lock", "main.ts", "mta", "mra", "store", "tools", "tests"],
  ...["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", ".ci", ".git", ".gitignore"],
];
