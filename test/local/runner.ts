import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, bin, root, type Started, start } from "./process.ts";

/** State of the runner of an instance: `<folder>/runner`, where `actors/main.ts join` was run. */
export const runnerFolder = (folder: string) => path.join(folder, "runner");

export function runnerEnv(instance: Instance, folder: string, options: { edgeUrl?: string; endpoint: string }): Record<string, string> {
  return {
    STATE_FOLDER: runnerFolder(folder),
    RIVET_ENDPOINT: options.endpoint,
    RELAY_PORT: String(instance.ports.relay),
    RIVET_RUN_SERVICES: "0", // or it starts a daemon that outlives it
    RUST_BACKTRACE: "0",
    RUST_LIB_BACKTRACE: "0",
    ...(options.edgeUrl ? { EDGE_URL: options.edgeUrl } : {}),
  };
}

/**
 * Starts the runner of a joined machine. It is ready when the engine knows it and its relay listens on
 * loopback.
 */
export async function startRunner(
  instance: Instance,
  folder: string,
  options: { edgeUrl?: string; endpoint: string; name?: string; env?: Record<string, string> },
): Promise<Started & { relayUrl: string }> {
  const env = { ...runnerEnv(instance, folder, options), ...options.env };
  const relayUrl = `http://127.0.0.1:${env.RELAY_PORT}`;
  const started = await start({
    name: options.name ?? "runner",
    command: bin("node"),
    args: [path.join(root, "actors/main.ts"), "serve"],
    folder,
    env,
    ready: () => answers(`${relayUrl}/health`),
  });
  return { ...started, relayUrl };
}
