import type { TestProject } from "vitest/node";
import { forEachWorker } from "../local/each-worker.ts";
import { prepare } from "../local/prepare.ts";
import { partsOf } from "../local/test-instance.ts";
import { bringGround } from "./bring.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await prepare(() => undefined);
  const { all, down } = await forEachWorker(partsOf["agent-host"], bringGround);
  project.provide("hostGround", all);
  return down;
}
