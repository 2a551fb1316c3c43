import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";
import { logger } from "../../../schema/wire/log.ts";
import { workerFolder } from "../build-worker.ts";
import { inCheckout } from "../checkout.ts";
import { edgeLines } from "./workerd-log.ts";

/**
 * Serves the built Worker: `serve.ts <settings.json>` with {port, state, bindings}, and the folders of
 * its `worker` and `app` where they are others than those of dist/, and the calls a minute that each limit
 * lets through where they are not those of wrangler.toml (`mostCalls`), and milliseconds between two beats of
 * its clock (`clock`; none without it). `isProxied`: a proxy ends TLS in front, and says who calls.
 * `isReadOnce`: the file has secrets that nobody needs again, and goes. The public port is a direct socket of
 * the Worker that compresses as Cloudflare would (compress.js): Miniflare's entry socket is slower and lets
 * any client replace the URL. TERM and INT stop workerd and end this process.
 */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // a full disk loses lines of the log, no more
const host = "127.0.0.1";
const compress = inCheckout("edge/deploy/workerd/compress.js");
const served = z
  .object({
    port: z.number().int(),
    state: z.string(),
    bindings: z.record(z.string(), z.string()),
    worker: z.string().default(workerFolder),
    app: z.string().optional(),
    mostCalls: z.number().int().optional(),
    clock: z.number().int().optional(),
    isProxied: z.boolean().default(false),
    isReadOnce: z.boolean().default(false),
  })
  .parse(JSON.parse(readFileSync(process.argv[2]!, "utf8")));
if (served.isReadOnce) rmSync(process.argv[2]!);

/**
 * Ends workerd together with this process. Otherwise it outlives a parent that was killed with -9 and keeps
 * the port. Without `setpriv` it still does.
 */
function tieWorkerdToThisProcess(workerd: string): void {
  try {
    execFileSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" });
  } catch {
    return; // not Linux, or an old util-linux
  }
  const wrapper = path.join(path.dirname(process.argv[2]!), "workerd.sh");
  writeFileSync(wrapper, `#!/bin/sh\nexec setpriv --pdeathsig KILL '${workerd}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  process.env.MINIFLARE_WORKERD_PATH = wrapper;
}

const require = createRequire(import.meta.url);
const workerd: unknown = createRequire(require.resolve("miniflare"))("workerd"); // the very one that this miniflare was made with
tieWorkerdToThisProcess(z.object({ default: z.string() }).parse(workerd).default);
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false"; // it would ask the network for a sample of request properties

const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = require("wrangler"); // package.json pins the miniflare that it was made with
const { Miniflare, convertV4MiniflareOptions, Log, LogLevel } = require("miniflare");
const config = unstable_readConfig({ config: inCheckout("wrangler.toml") });
const { workerOptions, main, externalWorkers } = unstable_getMiniflareWorkerOptions(config);
const { modulesRules: _, ...ofWorker } = workerOptions; // this Miniflare refuses the name
const rateLimits = z
  .record(z.string(), z.looseObject({ simple: z.object({ limit: z.number(), period: z.number() }) }))
  .transform((all) =>
    Object.entries(all).map(([name, each]) => [
      name,
      { ...each, simple: { ...each.simple, limit: served.mostCalls ?? each.simple.limit } },
    ]),
  );
const mainModule = path.basename(main).replace(/\.\w+$/, ".js");
const types: Record<string, string> = { ".js": "ESModule", ".mjs": "ESModule", ".wasm": "CompiledWasm", ".txt": "Text", ".bin": "Data" };
const modules = readdirSync(served.worker)
  .filter((file) => types[path.extname(file)])
  .sort((a) => (a === mainModule ? -1 : 1))
  .map((file) => ({ type: types[path.extname(file)], path: path.join(served.worker, file) }));

/** What Miniflare and workerd say, in lines of the same log. */
const write = (line: string) => process.stdout.write(`${line}\n`);
const edgeLog = logger("edge", write);
const mfLog = new Log(LogLevel.WARN);
mfLog.log = (message: string) => edgeLog("warn", message);

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host,
    port: 0,
    cf: false,
    log: mfLog,
    handleStructuredLogs: edgeLines(write, edgeLog),
    logRequests: false,
    telemetry: { enabled: false },
    resourcePersistencePath: served.state,
    handleUncaughtError: (error: Error) => edgeLog("error", "uncaught", { error }),
    workers: [
      {
        ...ofWorker,
        ratelimits: Object.fromEntries(rateLimits.parse(ofWorker.ratelimits)),
        name: config.name,
        modules,
        modulesRoot: served.worker,
        ...(served.app ? { assets: { ...ofWorker.assets, directory: served.app } } : {}),
        bindings: { ...ofWorker.bindings, ...served.bindings },
        // A network of its own connects to addresses that members name: it refuses a name that leads inside
        // when it connects.
        serviceBindings: {
          ...ofWorker.serviceBindings,
          OUTSIDE: { network: { allow: ["public"], tlsOptions: { trustBrowserCas: true } } },
        },
      },
      {
        name: "compress",
        compatibilityDate: ofWorker.compatibilityDate,
        compatibilityFlags: ofWorker.compatibilityFlags,
        modules: [{ type: "ESModule", path: compress, contents: readFileSync(compress, "utf8") }],
        modulesRoot: path.dirname(compress),
        bindings: { IS_PROXIED: served.isProxied },
        serviceBindings: { WORKER: config.name },
        unsafeDirectSockets: [{ host, port: served.port }],
      },
      ...externalWorkers,
    ],
  }),
);
await miniflare.ready;
// Miniflare has no clock of its own: it beats as the first of wrangler.toml's triggers does.
const [cron] = config.triggers.crons ?? [];
const beat = async () => (await miniflare.getWorker(config.name)).scheduled({ scheduledTime: new Date(), cron });
if (cron && served.clock)
  setInterval(() => void beat().catch((error: unknown) => edgeLog("error", "the clock failed", { error })), served.clock);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.removeAllListeners(signal); // Miniflare's own end at once
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => miniflare.dispose().then(() => process.exit(0)));
edgeLog("info", "serving", { url: `http://${host}:${served.port}` });
