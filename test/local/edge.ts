import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildWorker } from "../../edge/deploy/build-worker.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, bin, root, type Started, start } from "./process.ts";

/** Text settings of the Worker, by name (edge/env.ts). */
export type EdgeBindings = Record<string, string>;

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
  if (!built) await buildWorker();
  mkdirSync(folder, { recursive: true });
  const settings = path.join(folder, "edge.json");
  writeFileSync(settings, JSON.stringify({ port, state: path.join(folder, "edge"), bindings, ...more, ...built }), { mode: 0o600 });
  chmodSync(settings, 0o600);
  const url = `http://127.0.0.1:${port}`;
  const started = await start({
    name: "edge",
    command: bin("node"),
    args: [path.join(root, "edge/deploy/workerd/serve.ts"), settings],
    folder,
    ready: () => answers(`${url}/health`, [200, 503]),
  });
  return { ...started, url };
}
