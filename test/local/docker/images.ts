import path from "node:path";
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
