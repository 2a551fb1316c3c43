import type { TestProject } from "vitest/node";
import { bringUp } from "../local/for-tests.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { product, down } = await bringUp("test-e2e");
  project.provide("product", product);
  return down;
}
