import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { bringUp } from "../harness/product-under-test.ts";
import { reachRegistries } from "../harness/registries.ts";
import { testInstance } from "../harness/suite/test-instance.ts";

/** One product for all stories; the one that kills its parts waits for the end of the others. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ended = mkdtempSync(path.join(tmpdir(), "growqr-stories-"));
  const files = [...project.vitest.state.getPaths()].map((file) => path.basename(file));
  project.provide("stories", { files, ended });
  const { product, down } = await bringUp(testInstance("stories").name, await reachRegistries());
  project.provide("product", product);
  return async () => {
    rmSync(ended, { recursive: true, force: true });
    await down();
  };
}
