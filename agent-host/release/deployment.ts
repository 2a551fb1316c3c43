import type { ReleaseStep } from "../../schema/release/release.ts";
import type { AppLine } from "../../schema/release/release-host.ts";
import { AppError } from "../../schema/wire/error.ts";
import { orAborted } from "../deadline.ts";
import { describeFailure } from "../disk.ts";
import { ifFound, removeContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import type { BoxConnections } from "../preview/box-connector.ts";
import type { Runs } from "../run/run.ts";
import { hasCurrentPassword } from "../service/app-services.ts";
import { accessName } from "../service/service-access.ts";
import { waitForServicesImage } from "../service/services-container.ts";
import type { DiskUse } from "../stack/disk-use.ts";
import { jobContainer, startAppContainer } from "./app-container.ts";
import { lookAtHealth, lookMs } from "./app-health.ts";
import { readLogEnd } from "./app-logs.ts";
import { AppProcess } from "./app-process.ts";
import { migrateRelease } from "./migration.ts";
import type { ReadyRelease, ReleaseRow } from "./release-ledger.ts";
import { ReleaseError, readServePlan, setUpRelease } from "./release-setup.ts";

/** What a deployment works with. */
export type AppGround = { host: Host; runs: Runs; connections: BoxConnections; disk: Pick<DiskUse, "isOver"> };
const healthEvery = 100;
/** What of its output is told while it goes on. */
const mostReleaseOutput = 64 * 1024;

/** A release on its way. Who asks for it again joins it. */
export class Deployment {
  readonly release: ReleaseRow["release"];
  /** Ends it; what it has made stays for who asks again, or is removed as nobody's. */
  readonly stop = new AbortController();
  private readonly lines: AppLine[] = [];
  private readonly listeners = new Set<(line: AppLine) => void>();
  private said = 0;
  step: ReleaseStep = "setup";

  constructor(release: ReleaseRow["release"]) {
    this.release = release;
  }
  /** When it has ended, however. */
  done: Promise<void> = Promise.resolve();
  begin(work: () => Promise<void>): void {
    this.done = work().catch((error: unknown) => this.emit({ type: "error", ...describeReleaseTrouble(error) }));
  }
  /** Hears all from its beginning; answers at its end. */
  async follow(heard: (line: AppLine) => void): Promise<void> {
    for (const line of this.lines) heard(line);
    this.listeners.add(heard);
    await this.done;
    this.listeners.delete(heard);
  }
  emit(line: AppLine): void {
    this.lines.push(line);
    for (const heard of this.listeners) heard(line);
  }
  enter(step: ReleaseStep): void {
    if (this.stop.signal.aborted) throw new AppError("unavailable", { what: "deployment was ended" });
    this.step = step;
    this.emit({ type: "step", step });
  }
  /** The machine prepares something before this goes on. */
  wait(detail: string): void {
    this.emit({ type: "waits", detail });
  }
  say(text: string): void {
    if (this.said >= mostReleaseOutput) return;
    this.said += text.length;
    this.emit({ type: "output", step: this.step, text });
  }
}

export function describeReleaseTrouble(error: unknown): { code: string; message: string } {
  const { code, message } = describeFailure(error);
  return { code, message };
}

/** Brings a release as far as it answers well. Each step may be done again after a crash in its middle. */
export async function bringUpRelease(ground: AppGround, row: LedgerStackRow, asked: ReleaseRow, way: Deployment): Promise<AppProcess> {
  const { host } = ground;
  way.enter("setup");
  const release = await ensureSetUp(ground, row, asked, way);
  if (release.plan.services.length > 0) await waitForServicesImage(host, way.stop.signal, (detail) => way.wait(detail));
  if (release.plan.migrate !== undefined) {
    way.enter("migrate");
    await migrateRelease(host, row, release, { signal: way.stop.signal, say: (text) => way.say(text) });
  }
  way.enter("start");
  await startAppContainer(host, row, release, "serve");
  const process = await AppProcess.find(host, release).catch(async (error: unknown) => {
    if (error instanceof AppError && error.code === "unavailable") throw await describeAppEnd(host, release);
    throw error;
  });
  way.enter("health");
  await waitForHealth(ground, process, way.stop.signal);
  return process;
}

async function ensureSetUp({ host, runs }: AppGround, row: LedgerStackRow, release: ReleaseRow, way: Deployment): Promise<ReadyRelease> {
  if (release.plan) return { ...release, plan: release.plan };
  const read = await readServePlan(host, row, release);
  const packages = await setUpRelease(
    { host, runs, row, say: (text) => way.say(text), wait: (detail) => way.wait(detail), signal: way.stop.signal },
    release,
    read,
  );
  const plan = { ...read, made: { ...read.made, ...packages } };
  host.ledger.releases.savePlan(release.member, release.release, plan);
  return { ...release, plan };
}

/**
 * Where the services' data was removed from outside, what a release's container holds of passwords opens
 * nothing any more: its migration is run again, on what is empty now, and the container goes, to be made with
 * the passwords of today. Answers whether that was so. May be done again at any point.
 */
export async function renewServices(host: Host, row: LedgerStackRow, release: ReadyRelease): Promise<boolean> {
  if (release.plan.services.length === 0) return false;
  const name = jobContainer(host, release, "serve");
  if (await hasCurrentPassword(host, row, name, accessName(release.project, "live"))) return false;
  host.ledger.releases.forgetMigrated(release.member, release.release);
  const again = { ...release, migrated: false };
  if (release.plan.migrate !== undefined)
    await migrateRelease(host, row, again, { signal: new AbortController().signal, say: () => undefined }).catch(async (error: unknown) => {
      if (error instanceof ReleaseError) await removeContainer(host.engine, jobContainer(host, release, "migrate")); // the next try is anew
      throw error;
    });
  await removeContainer(host.engine, name);
  return true;
}

/** Why its server ended, with the end of what it said. */
export async function describeAppEnd(host: Host, release: ReadyRelease): Promise<ReleaseError> {
  const container = host.engine.docker.getContainer(jobContainer(host, release, "serve"));
  const { call } = host.engine;
  // Docker learns of an end a little after the kernel.
  const ended: Promise<{ StatusCode: number }> = container.wait();
  const code = (await call("app end", ifFound(ended)))?.StatusCode;
  const memory = (await call("app inspect", ifFound(container.inspect())))?.State.OOMKilled ? " It used up its memory." : "";
  const words = code === undefined ? "Its container was removed." : `Its process ended with ${code}.`;
  return new ReleaseError(words + memory, await readLogEnd(host, release, "serve"));
}

const hasGone = "It has ended.";
/** Each look has at least so long, however late it is. */
const leastLookMs = 1_000;
/** Throws a `ReleaseError` where it ends, or is not well within its time. */
export async function waitForHealth({ host, connections }: AppGround, process: AppProcess, signal: AbortSignal): Promise<void> {
  const { release } = process;
  const until = host.elapsed() + release.plan.health.seconds * 1_000;
  for (;;) {
    const ms = Math.min(lookMs, Math.max(leastLookMs, until - host.elapsed()));
    const look = lookAtHealth(connections, process, ms).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "unavailable") return hasGone; // Docker says so soon
      throw error;
    });
    const wrong = await orAborted(Promise.race([look, process.ended.then(() => hasGone)]), signal);
    if (process.hasEnded) throw await describeAppEnd(host, release);
    if (wrong === undefined) return;
    if (host.elapsed() >= until)
      throw new ReleaseError(`It was not well within ${release.plan.health.seconds} s: ${wrong}`, await readLogEnd(host, release, "serve"));
    await new Promise((resolve) => setTimeout(resolve, healthEvery));
  }
}
