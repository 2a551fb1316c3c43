import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { bringGround, folder } from "./ground.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { ground, down } = await bringGround();
  project.provide("hostGround", ground);
  return async () => {
    await down();
    rmSync(folder, { recursive: true, force: true });
  };
}
