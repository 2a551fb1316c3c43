import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { describeAwaited, readImageStates } from "../../../agent-host/host-images.ts";
import * as images from "../../../agent-host/images.ts";
import { root } from "../process.ts";
import { ensureDocker } from "./docker.ts";

/** Both container images: local, pulled or built, with a line per step and its time. Answers their tags. */
export async function ensureImages(log: (line: string) => void): Promise<Record<images.ImageName, string>> {
  const docker = await ensureDocker(log);
  const digests = images.imageDigests.optional().parse(process.env.GROWQR_IMAGE_DIGESTS || undefined);
  return images.ensureImages(docker, {
    registry: process.env.GROWQR_IMAGE_REGISTRY,
    digests,
    cache: path.join(root, ".growqr/cache"),
    log,
  });
}

/**
 * Tells how the daemon of this state folder gets on with its images: that they are built beside what runs,
 * each failure, and when they are there. Says nothing where both are there already.
 */
export async function tellImages(folder: string, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  const began = Date.now();
  let told: string | undefined;
  for (; !signal.aborted; await after(500, undefined, { signal }).catch(() => undefined)) {
    const states = readImageStates(folder);
    if (!states) continue; // the daemon is just being started again
    const waits = describeAwaited(states, images.imageNames);
    if (!waits) break;
    if (told === undefined)
      log("container images are being built behind it (about 5 minutes); a stack that is started meanwhile waits for them");
    const failure = waits.since === undefined ? waits.detail : "";
    if (failure && failure !== told) log(failure);
    told = failure;
  }
  if (told !== undefined && !signal.aborted)
    log(`container images are here (${((Date.now() - began) / 1000).toFixed(1)} s after the start)`);
}
