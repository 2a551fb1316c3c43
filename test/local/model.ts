import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, bin, root, type Started, start } from "./process.ts";

export type Model = Started & { url: string; key: string; model: string };

/** Starts the demo model as a process that speaks OpenAI's API. Callers must present `key`. */
export async function startModel(instance: Instance, folder: string, key: string): Promise<Model> {
  const port = instance.ports.model;
  const model = "demo";
  const started = await start({
    name: "model",
    command: bin("node"),
    args: [path.join(root, "test/doubles/model/server.ts")],
    folder,
    env: { MODEL_PORT: String(port), MODEL_KEY: key, MODEL_NAME: model },
    ready: () => answers(`http://127.0.0.1:${port}/health`),
  });
  return { ...started, url: `http://127.0.0.1:${port}/v1`, key, model };
}
