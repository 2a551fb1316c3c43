import type { Instance } from "../schema/machine/instance.ts";
import type { Logger } from "../schema/wire/log.ts";
import type { Engine } from "./docker.ts";
import type { HostImages } from "./host-images.ts";
import type { Ledger, LedgerStackRow } from "./ledger.ts";
import type { AppWays } from "./network/app-ways.ts";
import type { OpenNames } from "./network/open-names.ts";
import type { RunningContainer } from "./opencode/cgroup.ts";
import type { KnownProcesses } from "./opencode/known-processes.ts";
import type { KnownListeners } from "./preview/known-listeners.ts";
import type { OpenedDatabases } from "./service/database-use.ts";
import type { StackUse } from "./stack/stack-use.ts";

/**
 * A setup that runs: whose it is, the names that its environment file asks for beside the registries, those
 * of them that the member allows, and those that it asked for and that are closed to it.
 */
export type Installation = { row: LedgerStackRow; asks: readonly string[]; open: readonly string[]; refused: Set<string> };

/** What every part of the daemon works with. */
export type Host = {
  instance: Instance;
  engine: Engine;
  ledger: Ledger;
  images: HostImages;
  /** A file of this machine: the authorities that boxes trust, where they are not the image's own. */
  authorities: string | undefined;
  /** A folder of this machine: what serves static sites. */
  siteServer: string;
  /** What is being installed, by the addresses of the rooms. */
  installs: Map<string, Installation>;
  /** Databases of agents that stay open for a while, however large they are. */
  openedDatabases: OpenedDatabases;
  /** By which apps get out, where their environment files name something. */
  ways: AppWays;
  /** Connections that end where their member takes a yes back. */
  openNames: OpenNames;
  /** What members do with their stacks past their agents. */
  use: StackUse;
  /** Agents' servers by Docker's id of their start, and boxes by their container's name. */
  servers: KnownProcesses<{ pid: number }>;
  boxes: KnownProcesses<RunningContainer>;
  /** Who listens in them. */
  listeners: KnownListeners;
  log: Logger;
  now: () => number;
  /**
   * Milliseconds on a clock that nobody can set and that goes on while the machine sleeps: leases are
   * measured by it.
   */
  elapsed: () => number;
  /** Whether the disk has less than its reserve left. */
  full: () => boolean;
  /** Bytes that are free where Docker keeps volumes. */
  free: () => number;
  /** How long the installation of what one commit needs may take. */
  setupSeconds: number;
  appRestSeconds: number;
};
