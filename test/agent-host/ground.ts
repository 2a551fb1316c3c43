import { inject } from "vitest";
import { readInstance } from "../../schema/machine/instance.ts";
import { ofThisWorker } from "../harness/suite/each-worker.ts";
import { startHost } from "../local/host.ts";
import type { Ground } from "./enrolled-host.ts";

declare module "vitest" {
  interface ProvidedContext {
    hostGround: Ground[];
  }
}

/** What a test file stands on: an edge with one enrolled host, whose daemon the file starts and kills. */
export const ground = ofThisWorker(inject("hostGround"));
export const hostInstance = readInstance(ground.instance);
export const { folder, edgeUrl } = ground;
export const startDaemon = (env: Record<string, string> = {}) => startHost(hostInstance, folder, { edgeUrl, env });
