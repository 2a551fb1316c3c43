import { setTimeout as after } from "node:timers/promises";
import type { HostImages } from "../host-images.ts";
import type { EmitStep } from "./apply.ts";
import type { PairSide } from "./stack-plan.ts";

/** How soon the wait sees that its images are here, or that its stack is wanted no more. */
const lookEveryMs = 200;

/**
 * Waits, as a step of its own, for the images that `awaited` names, and tells each change of what is done for
 * them. It ends as soon as `awaited` names none, which is also so when the stack is stopped meanwhile.
 */
export async function waitForImages(images: HostImages, emit: EmitStep, awaited: () => readonly PairSide[]): Promise<void> {
  const started = performance.now();
  let told: string | undefined;
  const first = awaited();
  for (let names = first; names.length > 0 && !images.ended; names = awaited()) {
    const line = images.describe(names);
    if (line && JSON.stringify(line) !== told) {
      emit({ type: "step", step: "image", state: "started", ...line });
      told = JSON.stringify(line);
    }
    await after(lookEveryMs);
  }
  const missing = images.missing();
  if (first.some((name) => missing.includes(name))) return;
  emit({ type: "step", step: "image", state: "done", ms: Math.round(performance.now() - started) });
}
