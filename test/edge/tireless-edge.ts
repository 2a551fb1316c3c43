import path from "node:path";
import type { EdgeUp } from "../harness/edge-parts.ts";
import { startEdge } from "../local/edge.ts";
import { beside, edgeUp } from "./client.ts";

/** Another Worker on the parts of `edgeUp`, for one file of tests: it takes as many calls as come. */
export async function startTirelessEdge(name: string): Promise<{ edge: EdgeUp; stop: () => Promise<void> }> {
  const { stop, url, log } = await startEdge(beside(60), path.join(edgeUp.folder, name), edgeUp.bindings, undefined, {
    mostCalls: 1_000_000,
  });
  return { edge: { ...edgeUp, url, log }, stop };
}
