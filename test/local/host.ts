import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Instance } from "../../schema/machine/instance.ts";
import { bin, listens, root, type Started, start } from "./process.ts";

/** State of the host of an instance: `<folder>/host`, where `agent-host join` was run. */
export const hostFolder = (folder: string) => path.join(folder, "host");

export function hostEnv(instance: Instance, folder: string, options: { edgeUrl?: string } = {}): Record<string, string> {
  return {
    GROWQR_INSTANCE: instance.name,
    STATE_FOLDER: hostFolder(folder),
    IMAGE_CACHE: path.join(root, ".growqr/cache"),
    ...(options.edgeUrl ? { EDGE_URL: options.edgeUrl } : {}),
  };
}
export const hostProgram = ["--disable-warning=ExperimentalWarning", path.join(root, "agent-host/main.ts")];

/**
 * Starts the daemon of a joined machine. It is ready when it listens and the edge has taken its first
 * heartbeat.
 */
export function startHost(
  instance: Instance,
  folder: string,
  options: { edgeUrl?: string; env?: Record<string, string> } = {},
): Promise<Started> {
  let pid = 0;
  const ready = path.join(hostFolder(folder), "ready.json");
  const before = existsSync(ready) ? readFileSync(ready, "utf8") : "";
  return start({
    name: "host",
    command: bin("node"),
    args: [...hostProgram, "serve"],
    folder,
    env: { ...hostEnv(instance, folder, options), ...options.env },
    ready: async () => {
      if (!existsSync(ready)) return false;
      const text = readFileSync(ready, "utf8");
      if (text === before) return false; // of the run before
      pid = z.object({ pid: z.number() }).parse(JSON.parse(text)).pid;
      return pid > 0 && (await listens(instance.ports.host));
    },
  });
}
