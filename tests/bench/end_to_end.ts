/**
 * `deno run -A tests/bench/end_to_end.ts [MEASURE ...]`: the whole server beside Postfix and Dovecot, by the harness in
 * `../shared/bench` (its README says what is measured and what it needs: root, a C compiler, the peers' packages).
 *
 * Measures: `start` (until it answers), `smtp`, `hold`, `hold-imap` and `hold-pop3` (memory of idle connections), `pop3`, `imap`,
 * `login`; all by default. `BENCH_REPS` is how often each is repeated (1).
 */

import { join, resolve } from "@std/path";

import { projectRoot } from "../architecture/tree.ts";
import { Mailsrv, programLine } from "../server/mailsrv.ts";

const harness = resolve(projectRoot, "../shared/bench");

/** Settings as shipped but for ports, names, and limits per client: all the load comes from one address. */
const settings = `myhostname = "bench.test"
mydestination = ["bench.test", "localhost"]
mynetworks = ["127.0.0.0/8"]
listen_smtp = ["127.0.0.1:@smtp@"]
listen_pop3 = ["127.0.0.1:@pop3@"]
listen_imap = ["127.0.0.1:@imap@"]
passwd_file = "users"
mail_location = "maildir:~/Maildir"
alias_maps = []
smtpd_client_connection_count_limit = 0
smtpd_client_connection_limit = 20000
pop3_client_limit = 20000
imap_client_limit = 20000
mail_max_userip_connections = 0
maillog_file = "log"
`;

const measures: Readonly<Record<string, readonly string[]>> = {
  smtp: [
    "smtp",
    "-t",
    "postfix-maildir",
    "--sizes",
    "4096:1000",
    "--sessions",
    "1,10",
    "--modes",
    "persist,connect",
  ],
  hold: ["hold", "--conns", "1000", "--proto", "smtp"],
  "hold-imap": ["hold", "--conns", "1000", "--proto", "imap"],
  "hold-pop3": ["hold", "--conns", "1000", "--proto", "pop3"],
  pop3: ["pop3", "-t", "dovecot"],
  imap: ["imap", "-t", "dovecot"],
  login: ["login", "-t", "dovecot"],
};

/** The target's file for the harness: how to start us, and where mail ends up. */
function target(folder: string): unknown {
  return {
    name: "mailsrv",
    ports: { smtp: 13525, imap: 13143, pop3: 13110 },
    dirs: { "@dir@": "root" },
    templates: { [join(folder, "mailsrv.toml")]: "@dir@/mailsrv.toml" },
    passwd_file: "@dir@/users",
    start: [[...programLine(), "serve", "--config", "@dir@/mailsrv.toml"]],
    maildir: "@home@/@user@/Maildir",
    index_globs: ["dovecot-uidlist", ".mailsrv*"],
    queue: ["maildrop", "incoming", "active", "deferred"].map((name) => `@dir@/queue/${name}`),
    login: "@prefix@%d",
    password: "benchpw",
    rcpt: "@prefix@%d@bench.test",
  };
}

async function runMeasure(name: string, targetFile: string): Promise<boolean> {
  const [measure, ...more] = measures[name]!;
  const reps = Deno.env.get("BENCH_REPS") ?? "1";
  const args = [join(harness, "run"), measure!, ...more, "-t", targetFile, "-r", reps];
  console.log(`\n== ${name}: ${args.slice(1).join(" ")}`);
  const { code } = await new Deno.Command("python3", { args }).spawn().status;
  return code === 0;
}

/** From the start of the process until it answers on its control socket, in a folder that has been started before. */
async function measureStart(): Promise<void> {
  const server = await Mailsrv.create();
  try {
    await server.stop();
    await server.freePorts();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const began = performance.now();
      await server.start();
      times.push(Math.round(performance.now() - began));
      await server.stop();
    }
    console.log(`\n== start: ${times.join(", ")} ms`);
  } finally {
    await server.dispose();
  }
}

async function main(names: readonly string[]): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "mailsrv-bench-" });
  try {
    await Deno.writeTextFile(join(folder, "mailsrv.toml"), settings);
    const targetFile = join(folder, "target.json");
    await Deno.writeTextFile(targetFile, JSON.stringify(target(folder)));
    const hasHarness = await Deno.stat(join(harness, "run")).then(() => true, () => false);
    let isGood = true;
    for (const name of names) {
      if (name === "start") await measureStart();
      else if (!hasHarness) console.log(`${name}: ${harness} is not there`);
      else if (!await runMeasure(name, targetFile)) isGood = false;
    }
    return isGood ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  Deno.exit(await main(Deno.args.length > 0 ? Deno.args : ["start", ...Object.keys(measures)]));
}
