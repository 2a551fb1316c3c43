import { readHostSettings } from "../../agent-host/config.ts";
import { type laterImages, prepareImage } from "../../agent-host/images.ts";
import { hostEnv } from "../local/host.ts";
import { engine } from "./clean-room.ts";
import { edgeUrl, folder, hostInstance } from "./ground.ts";

/**
 * An image that hosts make when it is first asked for: made before a file begins whose limits are shorter.
 */
export async function prepareLaterImage(name: (typeof laterImages)[number]): Promise<void> {
  const { images } = readHostSettings(hostEnv(hostInstance, folder, { edgeUrl }));
  await prepareImage(engine.docker, name, { ...images, log: () => undefined, signal: new AbortController().signal });
}
