import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { ensureDocker } from "../local/docker/docker.ts";
import { ensureImages } from "../local/docker/images.ts";
import { removeObjects } from "../local/docker/instance-objects.ts";
import { portsFree } from "../local/ports.ts";
import { folder, instance, openCompose } from "./compose-cell.ts";

/** The images, which a whole product's tests need as well; what an earlier run left goes first. */
export default async function setup(_project: TestProject): Promise<() => Promise<void>> {
  const docker = await ensureDocker(() => undefined);
  const compose = await openCompose(() => undefined);
  const wipe = async () => {
    await compose.down();
    await removeObjects(docker, instance);
    rmSync(folder, { recursive: true, force: true });
  };
  await wipe();
  await portsFree(instance);
  await ensureImages(() => undefined);
  return wipe;
}
