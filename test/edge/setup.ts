import type { TestProject } from "vitest/node";
import { startEngine } from "../local/engine.ts";
import { startModel } from "../local/model.ts";
import { startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";
import { testInstance } from "../local/test-instance.ts";
import { freshFolder, joinEmptyHost, joinRunner, reminderSettings, startParts } from "./parts.ts";

/** Real database, engine, runner and Worker; the sign-in page and the model are doubles. No host: what needs Docker is tested elsewhere. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const of = testInstance("edge");
  const folder = freshFolder(of);
  const secrets = await openSecrets(folder);
  const [engine, model] = await Promise.all([startEngine(of, folder, secrets.engineToken), startModel(of, folder, secrets.modelKey)]);
  const others = { rivetUrl: engine.url, rivetToken: secrets.engineToken, modelUrl: model.url, modelKey: model.key };
  const { up, parts } = await startParts(of, folder, others, {
    ...{ MODEL_FAST: "demo-fast", MODEL_DEEP: "demo-deep" },
    ...reminderSettings(of, secrets),
  });
  await joinRunner(of, up);
  const runner = await startRunner(of, folder, { edgeUrl: up.url, endpoint: engine.endpoint });
  project.provide("edge", { ...up, host: await joinEmptyHost(of, up) });
  return async () => {
    for (const part of [runner, ...parts, model, engine]) await part.stop();
  };
}
