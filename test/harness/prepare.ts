import { buildApp } from "../local/app.ts";
import { ensureImages } from "../local/docker/images.ts";
import { buildEdge } from "../local/edge/edge.ts";

/** Everything that is built before the product can start, one after the other; nothing happens where it is there already. */
export async function prepare(log: (line: string) => void): Promise<void> {
  await buildApp();
  await buildEdge(); // with the app's files beside it
  await ensureImages(log);
}
