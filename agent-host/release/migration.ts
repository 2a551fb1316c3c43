import { AppError } from "../../schema/wire/error.ts";
import { openLanes, orAborted, withDeadline } from "../deadline.ts";
import { ifFound, removeContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { ensureAppWay, jobContainer, listAppObjects, startAppContainer, stopAppContainer } from "./app-container.ts";
import { readLogEnd } from "./app-logs.ts";
import type { ReadyRelease } from "./release-ledger.ts";
import { ReleaseError } from "./release-setup.ts";

/** How long a release's migration may take. */
const migrateMs = 10 * 60_000;
const changesStay = "What it changed until then stays.";
const cutOff = `Its migration was cut off half-way. ${changesStay}`;

/** Migrations of one project follow one another. */
const lanes = openLanes();
type Heard = { signal: AbortSignal; say: (text: string) => void };
/**
 * Once for a release: where the daemon ended meanwhile, the same run of it is waited for. No other one of the
 * project runs beside it. Where the release is given up in its middle, it has ended when this throws.
 */
export function migrateRelease(host: Host, row: LedgerStackRow, release: ReadyRelease, heard: Heard): Promise<void> {
  if (release.migrated) return Promise.resolve();
  return lanes(`${release.member} ${release.project}`, async () => {
    if (heard.signal.aborted) throw new AppError("unavailable", { what: "it was ended" });
    await endOthers(host, row, release, heard.signal);
    await migrate(host, row, release, heard);
  });
}

async function migrate(host: Host, row: LedgerStackRow, release: ReadyRelease, { signal, say }: Heard): Promise<void> {
  const { docker, call } = host.engine;
  const name = jobContainer(host, release, "migrate");
  const there = await call("app inspect", ifFound(docker.getContainer(name).inspect()));
  if (!there || there.State.Status === "created") await startAppContainer(host, row, release, "migrate");
  else if (there.State.Running) await ensureAppWay(host, release, "migrate");
  const ended: Promise<{ StatusCode: number }> = docker.getContainer(name).wait();
  const code = await withDeadline(orAborted(ended, signal), migrateMs, "migration").then(
    ({ StatusCode }) => StatusCode,
    async (error: unknown) => {
      if (signal.aborted) await endGivenUp(host, release.member, { name, release: release.release });
      else if (error instanceof AppError && error.code === "timeout") return undefined;
      throw error;
    },
  );
  const log = await readLogEnd(host, release, "migrate");
  if (code === undefined) {
    await endMigration(host, name);
    throw new ReleaseError(`\`${release.plan.migrate}\` did not end within ${migrateMs / 60_000} minutes. ${cutOff}`, log);
  }
  if (code !== 0) throw new ReleaseError(`\`${release.plan.migrate}\` ended with ${code}. ${changesStay}`, log);
  if (log !== "") say(`${log}\n`);
  host.ledger.releases.noteMigrated(release.member, release.release);
  await removeContainer(host.engine, name);
}

/** Ends a run, and waits until nothing of it is left. Answers whether it was in its middle. */
export async function endMigration(host: Host, name: string): Promise<boolean> {
  const there = await host.engine.call("app inspect", ifFound(host.engine.docker.getContainer(name).inspect()));
  if (!there) return false;
  if (there.State.Running)
    await stopAppContainer(host, name).catch((error: unknown) => host.log("warn", "a migration was not stopped kindly", { name, error }));
  await removeContainer(host.engine, name);
  return there.State.Running;
}
type Run = { name: string; release: string };
/** Ends the run of a release that never will serve. That of one that only its daemon leaves goes on. */
async function endGivenUp(host: Host, member: string, { name, release }: Run): Promise<void> {
  const { releases } = host.ledger;
  const known = releases.release(member, release);
  if (known && !known.failed) return;
  if (await endMigration(host, name)) releases.noteCutOff(member, release, cutOff);
}
/** Runs that a dead daemon has left: those of releases that were given up end, others are waited for. */
async function endOthers(host: Host, row: LedgerStackRow, { project, release }: ReadyRelease, signal: AbortSignal): Promise<void> {
  const apps = await listAppObjects(host, "app", row.stack);
  for (const other of apps.filter((each) => each.project === project && each.release !== release && each.name.endsWith("-migrate"))) {
    await endGivenUp(host, row.member, other);
    const container = host.engine.docker.getContainer(other.name);
    const left = await host.engine.call("app inspect", ifFound(container.inspect()));
    if (left?.State.Running) await withDeadline(orAborted<unknown>(container.wait(), signal), migrateMs, "migration of another release");
  }
}
