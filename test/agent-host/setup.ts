import type { TestProject } from "vitest/node";
import { prepare } from "../harness/prepare.ts";
import { forEachWorker } from "../harness/suite/each-worker.ts";
import { partsOf } from "../harness/suite/test-instance.ts";
import { bringGround } from "./enrolled-host.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await prepare(() => undefined);
  const { all, down } = await forEachWorker(partsOf["agent-host"], bringGround);
  project.provide("hostGround", all);
  return down;
}
