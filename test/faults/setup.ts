import type { TestProject } from "vitest/node";
import { domainSettings } from "../harness/edge-parts.ts";
import { prepare } from "../harness/prepare.ts";
import { bringUp } from "../harness/product-under-test.ts";
import { forEachWorker } from "../harness/suite/each-worker.ts";
import { partsOf } from "../harness/suite/test-instance.ts";

/** Each file has a product of its own, so that a part that one file kills is not missed by another. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await prepare(() => undefined);
  const { all, down } = await forEachWorker(partsOf.faults, async (instance) => {
    const { product, down } = await bringUp(instance.name, domainSettings(instance));
    return { up: product, down };
  });
  project.provide("products", all);
  return down;
}
