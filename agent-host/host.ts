import type { Instance } from "../schema/machine/instance.ts";
import type { Logger } from "../schema/wire/log.ts";
import type { Engine } from "./docker.ts";
import type { HostImages } from "./host-images.ts";
import type { Ledger, LedgerStackRow } from "./ledger.ts";

/** What every part of the daemon works with. */
export type Host = {
  instance: Instance;
  engine: Engine;
  ledger: Ledger;
  images: HostImages;
  /** A file of this machine: the authorities that boxes trust, where they are not the image's own. */
  authorities: string | undefined;
  /** Addresses of rooms in which packages are being installed, and whose they are. */
  installs: Map<string, LedgerStackRow>;
  log: Logger;
  now: () => number;
  /**
   * Milliseconds on a clock that nobody can set and that goes on while the machine sleeps: leases are
   * measured by it.
   */
  elapsed: () => number;
  /** Whether the disk has less than its reserve left. */
  full: () => boolean;
};
