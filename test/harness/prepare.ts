import { buildApp } from "../../edge/deploy/build-app.ts";
import { buildWorker } from "../../edge/deploy/build-worker.ts";
import { ensureImages } from "../local/docker/images.ts";

/**
 * Builds what the product needs before it can start, one after the other. What is up to date is not built
 * again.
 */
export async function prepare(log: (line: string) => void): Promise<void> {
  await buildApp();
  await buildWorker(); // with the app's files beside it
  await ensureImages(log);
}
