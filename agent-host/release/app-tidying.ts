import pLimit from "p-limit";
import { hasDockerStatus, removeContainer, removeVolume } from "../docker.ts";
import type { Host } from "../host.ts";
import { appContainer, listAppObjects, releaseVolume } from "./app-container.ts";
import { endMigration } from "./migration.ts";
import { isStarting, keptOf } from "./release-ledger.ts";

/** Removes containers and files of releases that nobody needs. What an app keeps is never among them. */
export class AppTidying {
  private readonly host: Host;
  private readonly turn = pLimit(1);

  constructor(host: Host) {
    this.host = host;
  }
  /** A further call waits for the one that goes on: it may have looked too early. */
  now(): Promise<void> {
    return this.turn(() => this.tidy()).catch((error: unknown) => this.host.log("warn", "apps were not tidied", { error }));
  }
  soon(): void {
    if (this.turn.pendingCount === 0) void this.now();
  }
  /** Things are listed before the ledger is read: what is made meanwhile stands in the ledger before. */
  private async tidy(): Promise<void> {
    const [containers, volumes] = await Promise.all([listAppObjects(this.host, "app"), listAppObjects(this.host, "app-release")]);
    const known = this.pruneReleases();
    for (const { name } of containers.filter((each) => !known.has(each.name)))
      await (name.endsWith("-migrate") ? endMigration(this.host, name) : removeContainer(this.host.engine, name));
    for (const { name } of volumes) {
      if (known.has(name)) continue;
      await removeVolume(this.host, name, 60_000).catch((error: unknown) => {
        if (!hasDockerStatus(error, 409)) throw error; // a room fills it just now; the next time
      });
    }
  }
  /** Forgets what the ledger need not hold. Answers the names of what is kept. */
  private pruneReleases(): Set<string> {
    const { releases: ledger } = this.host.ledger;
    const known = new Set<string>();
    for (const app of ledger.apps()) {
      const rows = ledger.releases(app.member, app.project);
      const kept = keptOf(app, rows);
      ledger.prune(rows, kept);
      for (const release of kept) {
        const name = appContainer(this.host, app, release);
        known.add(name).add(releaseVolume(this.host, { member: app.member, release }));
        if (rows.some((row) => row.release === release && isStarting(row))) known.add(`${name}-migrate`);
      }
    }
    return known;
  }
}
