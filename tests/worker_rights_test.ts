/**
 * Each worker, with its own code and exactly the rights that the keeper gives it, is made to try what it may not
 * (ARCHITECTURE.md, invariant 5).
 */

import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";

import { type WorkerName, workerRights } from "../tools/cmd/serve/permissions.ts";

import { projectFiles, projectRoot } from "./architecture/tree.ts";
import type { Attempt, ProbeRequest } from "./worker_rights/probe.ts";

/** Entry files by the names that the keeper's table of rights has. */
const entries: Readonly<Record<WorkerName, RegExp>> = {
  "smtp-in": /^mta\/reception\/worker\.ts$/,
  pop3: /^mra\/pop3\/worker\.ts$/,
  imap: /^mra\/imap\/worker\.ts$/,
  store: /^store\/worker\.ts$/,
  dns: /^mta\/dns\/worker\.ts$/,
  "smtp-out": /^mta\/outgoing\/worker\.ts$/,
};

/** A worker that runs `entry` and the probe beside it. */
async function startProbed(
  folder: string,
  entry: string,
  rights: Deno.PermissionOptionsObject,
): Promise<Worker> {
  const path = join(folder, `${entry.replaceAll("/", "_")}`);
  const urls = [toFileUrl(join(projectRoot, entry)), new URL("./worker_rights/probe.ts", import.meta.url)];
  await Deno.writeTextFile(path, urls.map((url) => `import ${JSON.stringify(url.href)};\n`).join(""));
  const denied = {
    net: false,
    read: false,
    write: false,
    env: false,
    run: false,
    ffi: false,
    sys: false,
  } as const;
  return new Worker(toFileUrl(path), { type: "module", deno: { permissions: { ...denied, ...rights } } });
}

function ask(worker: Worker, probe: Attempt): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = (event: MessageEvent<string>) => {
      port1.close();
      resolve(event.data);
    };
    const request: ProbeRequest = { rpc: "ping", id: 0, probe, reply: port2 };
    worker.postMessage(request, [port2]);
  });
}

async function check(worker: Worker, expected: Readonly<Record<string, readonly Attempt[]>>): Promise<void> {
  for (const [outcome, attempts] of Object.entries(expected)) {
    for (const probe of attempts) assertEquals(await ask(worker, probe), outcome, JSON.stringify(probe));
  }
}

/** What no worker may do. */
const never: readonly Attempt[] = [
  { kind: "read", target: "/etc/passwd" },
  { kind: "read", target: "/etc/shadow" },
  { kind: "read", target: join(projectRoot, "deno.json") },
  { kind: "list", target: "/etc" },
  { kind: "write", target: "/tmp/mailsrv-must-not-be" },
  { kind: "remove", target: "/tmp/mailsrv-must-not-be" },
  { kind: "run", target: "/bin/true" },
  { kind: "library", target: "libc.so.6" },
  { kind: "environment", target: "HOME" },
  { kind: "hostname" },
  { kind: "connect", hostname: "192.0.2.1", port: 25 },
  { kind: "connect", hostname: "elsewhere.test", port: 80 },
];

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mailsrv-rights-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("every worker of the project has a row in the keeper's table of rights, and every row a worker", async () => {
  const found = (await projectFiles()).map((file) => file.path).filter((path) => path.endsWith("/worker.ts"));
  assertEquals(Object.keys(workerRights).sort(), Object.keys(entries).sort());
  for (const [name, entry] of Object.entries(entries)) {
    assertEquals(found.filter((path) => entry.test(path)).length, 1, name);
  }
  assertEquals(found.filter((path) => !Object.values(entries).some((entry) => entry.test(path))), []);
});

for (const name of Object.keys(entries) as WorkerName[]) {
  Deno.test(`the ${name} worker cannot reach what it has no right to (ARCHITECTURE.md, invariant 5)`, async () => {
    const path = (await projectFiles()).map((file) => file.path).find((path) => entries[name].test(path));
    await withFolder(async (folder) => {
      const mail = join(folder, "mail");
      const secrets = join(folder, "secrets");
      await Deno.mkdir(mail);
      await Deno.mkdir(secrets);
      await Deno.writeTextFile(join(mail, "letter"), "x");
      await Deno.writeTextFile(join(secrets, "key.pem"), "x");
      const rights = workerRights[name]({ listen: ["127.0.0.1:0"], mailDirectories: [mail] });
      const worker = await startProbed(folder, path!, rights);
      try {
        const ownMail: readonly Attempt[] = [
          { kind: "read", target: join(mail, "letter") },
          { kind: "list", target: mail },
          { kind: "write", target: join(mail, "new") },
        ];
        const ownListener: readonly Attempt[] = [{ kind: "listen", hostname: "127.0.0.1", port: 0 }];
        // Where the resolver's answers come to.
        const ownPort: readonly Attempt[] = [{ kind: "listen", hostname: "0.0.0.0", port: 0 }];
        const done = name === "store" ? ownMail : name === "dns" ? ownPort : ownListener;
        // Mail goes to any host.
        const forbidden = name === "smtp-out" ? never.filter(({ kind }) => kind !== "connect") : never;
        await check(worker, {
          NotCapable: [
            ...forbidden,
            { kind: "read", target: join(secrets, "key.pem") },
            { kind: "write", target: join(secrets, "key.pem") },
            ...[ownMail, ownListener].filter((attempts) => attempts !== done).flat(),
          ],
          done,
        });
      } finally {
        worker.terminate();
      }
    });
  });
}
