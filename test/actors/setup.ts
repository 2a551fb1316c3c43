import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { buildWorker } from "../../edge/deploy/build-worker.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { freshFolder, operatorMail, startParts } from "../harness/edge-parts.ts";
import { forEachWorker } from "../harness/suite/each-worker.ts";
import { partsOf } from "../harness/suite/test-instance.ts";
import { engineAddress } from "../local/engine.ts";
import { signIn } from "../local/identity.ts";
import { portsFree } from "../local/ports.ts";
import { bin, root } from "../local/process.ts";
import { runnerFolder } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";

/**
 * What the tests of actors stand on: a real edge (it holds the keys and lets machines in) and a runner that
 * has joined. Each file starts engine and runner itself.
 */
export type Ground = { instance: string; folder: string; edgeUrl: string };
declare module "vitest" {
  interface ProvidedContext {
    actors: Ground[];
  }
}

async function joinRunner(folder: string, edgeUrl: string, operator: string): Promise<void> {
  const headers = { authorization: `Bearer ${operator}`, "content-type": "application/json" };
  const response = await fetch(`${edgeUrl}/hosts/tokens`, { method: "POST", headers, body: JSON.stringify({ role: "runner" }) });
  const { token } = z.object({ token: z.string() }).parse(await response.json());
  const env = { PATH: process.env.PATH, STATE_FOLDER: runnerFolder(folder), EDGE_URL: edgeUrl };
  await promisify(execFile)(bin("node"), [path.join(root, "actors/main.ts"), "join", token], { cwd: root, env });
}

async function bring(instance: Instance): Promise<{ up: Ground; down: () => Promise<void> }> {
  await portsFree(instance);
  const folder = freshFolder(instance);
  const { engineToken } = await openSecrets(folder);
  const rivetUrl = `http://${engineAddress()}:${instance.ports.engine}`;
  const nowhere = { modelUrl: "http://127.0.0.1:9/v1", modelKey: "none" };
  const { up, parts } = await startParts(instance, folder, { rivetUrl, rivetToken: engineToken, ...nowhere });
  const operator = await signIn(up.identityUrl, operatorMail);
  await joinRunner(folder, up.url, await operator.token());
  const down = async () => {
    for (const part of parts) await part.stop();
    freshFolder(instance);
  };
  return { up: { instance: instance.name, folder, edgeUrl: up.url }, down };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildWorker();
  const { all, down } = await forEachWorker(partsOf.actors, bring);
  project.provide("actors", all);
  return down;
}
