import type { TestProject } from "vitest/node";
import { prepare } from "../harness/prepare.ts";
import { bringUp } from "../harness/product-under-test.ts";
import { forEachWorker } from "../harness/suite/each-worker.ts";
import { partsOf } from "../harness/suite/test-instance.ts";

/** What dies in one file is not missed in the one beside it: each has a product of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await prepare(() => undefined);
  const { all, down } = await forEachWorker(partsOf.faults, async (of) => {
    const { product, down } = await bringUp(of.name);
    return { up: product, down };
  });
  project.provide("products", all);
  return down;
}
