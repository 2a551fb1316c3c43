import type { TestProject } from "vitest/node";
import { buildWorker } from "../../edge/deploy/build-worker.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { readVerdicts } from "../doubles/payments/endpoint.ts";
import { startStripeMock } from "../doubles/payments/stripe-mock.ts";
import {
  beatFor,
  domainSettings,
  type EdgeUp,
  freshFolder,
  joinEmptyHost,
  joinRunner,
  reminderSettings,
  startParts,
} from "../harness/edge-parts.ts";
import { forEachWorker } from "../harness/suite/each-worker.ts";
import { addResultRows } from "../harness/suite/evidence/results.ts";
import { partsOf } from "../harness/suite/test-instance.ts";
import { startEngine } from "../local/engine.ts";
import { startModel } from "../local/model.ts";
import { portsFree } from "../local/ports.ts";
import { startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";

async function bring(instance: Instance): Promise<{ up: EdgeUp; down: () => Promise<void> }> {
  await portsFree(instance);
  const folder = freshFolder(instance);
  const secrets = await openSecrets(folder);
  const [engine, model] = await Promise.all([
    startEngine(instance, folder, secrets.engineToken),
    startModel(instance, folder, secrets.modelKey),
  ]);
  const others = { rivetUrl: engine.url, rivetToken: secrets.engineToken, modelUrl: model.url, modelKey: model.key };
  const { up, parts } = await startParts(instance, folder, others, {
    ...{ MODEL_FAST: "demo-fast", MODEL_DEEP: "demo-deep", MODEL_SILENCE: "1500", MODEL_LONGEST: "8000" },
    ...reminderSettings(instance, secrets),
    ...domainSettings(instance),
  });
  await joinRunner(instance, up);
  const runner = await startRunner(instance, folder, { edgeUrl: up.url, endpoint: engine.endpoint, env: { ACTOR_BYTES: "12000000" } });
  const host = await joinEmptyHost(instance, up);
  const still = await beatFor(up, host);
  const down = async () => {
    still();
    for (const part of [runner, ...parts, model, engine]) await part.stop();
  };
  return { up: { ...up, host }, down };
}

/**
 * Real database, engine, runner and Worker; the sign-in page and the model are doubles. There is no host:
 * other projects test what needs Docker.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [mock] = await Promise.all([startStripeMock(), buildWorker()]);
  const { all, down } = await forEachWorker(partsOf.edge, bring).catch(async (error: unknown) => {
    await mock.stop();
    throw error;
  });
  project.provide("edge", all);
  project.provide("description", await (await fetch(`${all[0]!.url}/openapi.json`)).text());
  project.provide("stripeMock", mock.socket);
  return async () => {
    await down();
    const asked = [...readVerdicts(mock.socket)].map(([endpoint, each]) => [endpoint, String(each.asked), String(each.refused)]);
    if (asked.length > 0) addResultRows("stripe-endpoints", ["endpoint of Stripe", "asked", "refused by its mock"], asked.sort());
    await mock.stop();
  };
}
