import { buildApp } from "../local/app.ts";
import { ensureImages } from "../local/docker/images.ts";
import { buildEdge } from "../local/edge/edge.ts";

/**
 * Builds what the product needs before it can start, one after the other. What is up to date is not built
 * again.
 */
export async function prepare(log: (line: string) => void): Promise<void> {
  await buildApp();
  await buildEdge(); // with the app's files beside it
  await ensureImages(log);
}
