/** Loaded into a worker beside its own code: tries what it is asked to, and says how that ended. */

export type Attempt =
  | {
    readonly kind: "read" | "list" | "write" | "remove" | "run" | "library" | "environment";
    readonly target: string;
  }
  | { readonly kind: "connect" | "listen"; readonly hostname: string; readonly port: number }
  | { readonly kind: "hostname" };

export interface ProbeRequest {
  /** What every worker answers, so that its own code takes no offence. */
  readonly rpc: "ping";
  readonly id: number;
  readonly probe: Attempt;
  readonly reply: MessagePort;
}

async function attempt(what: Attempt): Promise<unknown> {
  switch (what.kind) {
    case "read":
      return await Deno.readFile(what.target);
    case "list":
      return await Array.fromAsync(Deno.readDir(what.target));
    case "write":
      return await Deno.writeTextFile(what.target, "x");
    case "remove":
      return await Deno.remove(what.target);
    case "run":
      return await new Deno.Command(what.target).output();
    case "library":
      return Deno.dlopen(what.target, {}).close();
    case "environment":
      return Deno.env.get(what.target);
    case "connect": {
      const { hostname, port } = what;
      return (await Deno.connect({ hostname, port })).close();
    }
    case "listen": {
      const { hostname, port } = what;
      return Deno.listen({ hostname, port }).close();
    }
    case "hostname":
      return Deno.hostname();
  }
}

/** `done`, or the name of the error: `NotCapable` is a denied right. */
addEventListener("message", (event) => {
  const request = (event as MessageEvent<Partial<ProbeRequest>>).data;
  if (request.probe === undefined || request.reply === undefined) return;
  const { probe, reply } = request;
  attempt(probe).then(
    () => reply.postMessage("done"),
    (thrown) => reply.postMessage(thrown instanceof Error ? thrown.name : String(thrown)),
  );
});
