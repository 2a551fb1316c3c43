import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { Instance } from "../../../schema/machine/instance.ts";
import { answers, bin, root, type Started, start } from "../process.ts";

const out = path.join(root, "dist/edge");
const stamp = path.join(out, "content.sha256");

/** Text settings of the Worker, by name (edge/env.ts). */
export type EdgeBindings = Record<string, string>;

function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (file !== path.join(root, "edge/app")) yield* filesBelow(file);
    } else yield file;
  }
}
function contentHash(): string {
  const hash = createHash("sha256");
  const files = [...filesBelow(path.join(root, "edge")), ...filesBelow(path.join(root, "schema"))].filter((file) => file.endsWith(".ts"));
  for (const file of [...files, path.join(root, "package-lock.json"), path.join(root, "wrangler.toml")])
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex");
}

/** The folder of the app's files must exist before the Worker can be built or served. */
export function ensureApp(): void {
  const app = path.join(root, "dist/app");
  if (existsSync(path.join(app, "index.html"))) return;
  mkdirSync(app, { recursive: true });
  writeFileSync(path.join(app, "index.html"), "<!doctype html><title>GrowQR</title><p>The app has not been built.</p>\n");
}

/**
 * Bundles the Worker into dist/edge, unless it was built from this very source. Two builds at once leave one
 * whole bundle.
 */
export async function buildEdge(): Promise<{ built: boolean }> {
  ensureApp();
  const hash = contentHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return { built: false };
  const fresh = `${out}.${process.pid}.${Date.now()}`;
  try {
    await promisify(execFile)(bin("node"), [bin("wrangler"), "deploy", "--dry-run", "--outdir", fresh], {
      cwd: root,
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", CI: "1", WRANGLER_SEND_METRICS: "false" },
    });
    writeFileSync(path.join(fresh, path.basename(stamp)), hash);
    rmSync(out, { recursive: true, force: true });
    renameSync(fresh, out);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return { built: true };
}

/**
 * Starts the Worker in workerd on 127.0.0.1, in front of the app's files: of this source, unless folders of a
 * built one are named; with the usual limits of calls a minute, unless `mostCalls` says another; with a clock
 * that beats where `clock` says how often, in milliseconds. Only this user can read its file of settings.
 */
export async function startEdge(
  instance: Instance,
  folder: string,
  bindings: EdgeBindings,
  port = instance.ports.edge,
  { built, ...more }: { built?: { worker: string; app: string }; mostCalls?: number; clock?: number } = {},
): Promise<Started & { url: string }> {
  if (!built) await buildEdge();
  mkdirSync(folder, { recursive: true });
  const settings = path.join(folder, "edge.json");
  writeFileSync(settings, JSON.stringify({ port, state: path.join(folder, "edge"), bindings, ...more, ...built }), { mode: 0o600 });
  chmodSync(settings, 0o600);
  const url = `http://127.0.0.1:${port}`;
  const started = await start({
    name: "edge",
    command: bin("node"),
    args: [path.join(root, "test/local/edge/serve-edge.ts"), settings],
    folder,
    ready: () => answers(`${url}/health`, [200, 503]),
  });
  return { ...started, url };
}
