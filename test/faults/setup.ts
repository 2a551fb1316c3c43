import type { TestProject } from "vitest/node";
import { bringUp } from "../local/for-tests.ts";
import { testInstance } from "../local/test-instance.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { product, down } = await bringUp(testInstance("faults").name);
  project.provide("product", product);
  return down;
}
