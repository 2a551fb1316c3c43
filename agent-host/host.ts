import type { Instance } from "../schema/instance.ts";
import type { Log } from "../schema/log.ts";
import type { Engine } from "./docker.ts";
import type { ImageName } from "./images.ts";
import type { Ledger } from "./ledger.ts";

/** What every part of the daemon works with. */
export type Host = {
  instance: Instance;
  engine: Engine;
  ledger: Ledger;
  images: Record<ImageName, string>;
  log: Log;
  now: () => number;
};
