import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { checkout, inCheckout } from "./checkout.ts";
import { replaceFolder } from "./replace-folder.ts";
import { wrangler } from "./wrangler.ts";

/** Where the Worker's bundle is. */
export const workerFolder = inCheckout("dist/edge");
const hashFile = "content.sha256";
/** Folders of edge/ that are no part of the Worker. */
const beside = new Set(["edge/app", "edge/deploy"].map((folder) => inCheckout(folder)));

function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!beside.has(file) && entry.name !== "node_modules") yield* filesBelow(file);
    } else yield file;
  }
}
function hashWorkerSources(): string {
  const hash = createHash("sha256");
  const files = [...filesBelow(inCheckout("edge")), ...filesBelow(inCheckout("schema"))].filter((file) => file.endsWith(".ts"));
  for (const file of [...files, inCheckout("package-lock.json"), inCheckout("wrangler.toml")])
    hash
      .update(`${path.relative(checkout, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex");
}

/** wrangler wants the folder of the app's files before it bundles or serves the Worker. */
function ensureAppFolder(): void {
  const app = inCheckout("dist/app");
  if (existsSync(path.join(app, "index.html"))) return;
  mkdirSync(app, { recursive: true });
  writeFileSync(path.join(app, "index.html"), "<!doctype html><title>GrowQR</title><p>The app has not been built.</p>\n");
}

/**
 * Bundles the Worker into dist/edge, unless it was built from this very source. Two builds at once leave one
 * whole bundle.
 */
export async function buildWorker(): Promise<{ built: boolean }> {
  ensureAppFolder();
  const hash = hashWorkerSources();
  const stamp = path.join(workerFolder, hashFile);
  if (existsSync(path.join(workerFolder, "index.js")) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return { built: false };
  await replaceFolder(workerFolder, async (fresh) => {
    await wrangler(["deploy", "--dry-run", "--outdir", fresh]);
    writeFileSync(path.join(fresh, hashFile), hash);
  });
  return { built: true };
}

/**
 * Cloudflare's limits of a Worker: what is uploaded, compressed, by plan, and the processor time until it can
 * take a request (developers.cloudflare.com/workers/platform/limits).
 */
export const workerLimits = { freeKilobytes: 3 * 1024, paidKilobytes: 10 * 1024, startMilliseconds: 1_000 };

/** Kilobytes (1,024 bytes) of the bundle in a folder, as it is and compressed. */
export function measureBundle(folder: string): { kilobytes: number; compressed: number } {
  const modules = readdirSync(folder).filter((name) => /\.(?:m?js|wasm|txt|bin)$/.test(name));
  const sum = (size: (file: string) => number) => modules.reduce((all, name) => all + size(path.join(folder, name)), 0) / 1_024;
  return { kilobytes: sum((file) => statSync(file).size), compressed: sum((file) => gzipSync(readFileSync(file)).length) };
}

const profile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: z.object({ functionName: z.string() }) })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
/** Processor milliseconds that workerd on this machine takes to start the Worker, from wrangler's profile. */
export async function measureStart(): Promise<number> {
  const folder = path.join(tmpdir(), `growqr-start-${process.pid}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
  try {
    const [bundle, out] = [path.join(folder, "worker.bundle"), path.join(folder, "start.cpuprofile")];
    await wrangler(["deploy", "--dry-run", "--outfile", bundle]);
    await wrangler(["check", "startup", "--worker", bundle, "--outfile", out]);
    const { nodes, samples, timeDeltas } = profile.parse(JSON.parse(readFileSync(out, "utf8")));
    const idle = new Set(nodes.filter(({ callFrame }) => /^\((?:idle|root)\)$/.test(callFrame.functionName)).map(({ id }) => id));
    return samples.reduce((all, node, at) => all + (idle.has(node) ? 0 : timeDeltas[at]!), 0) / 1_000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
