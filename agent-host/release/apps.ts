import { limitReached } from "../../schema/billing/limit-reached.ts";
import { flapping } from "../../schema/incident/app-sight.ts";
import type { AppLine, AppPut, AppSeen } from "../../schema/release/release-host.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { removeContainer } from "../docker.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { dropProjectServices } from "../service/app-services.ts";
import { type AppName, listAppObjects, removeAppData } from "./app-container.ts";
import { AppKeeper } from "./app-keeper.ts";
import { AppMeasuring } from "./app-measuring.ts";
import { minuteMs } from "./app-meter.ts";
import type { AppProcess } from "./app-process.ts";
import { AppTidying } from "./app-tidying.ts";
import { type AppGround, bringUpRelease, Deployment, describeReleaseTrouble } from "./deployment.ts";
import { type AppRow, describeMade, isPastMigration, isStarting, listKeptReleases, type ReleaseRow } from "./release-ledger.ts";
import { ReleaseError } from "./release-setup.ts";

const cancelledReason = "It was cancelled before it served.";
/** The ends of an app that are counted are those within so long. */
const endsMs = flapping.minutes * 60_000;

/** The apps of all projects on this machine: which release serves, and that it does. */
export class Apps {
  private readonly ground: AppGround;
  readonly keeper: AppKeeper;
  readonly measuring: AppMeasuring;
  private readonly tidying: AppTidying;

  constructor(ground: AppGround) {
    this.ground = ground;
    this.keeper = new AppKeeper(ground);
    this.measuring = new AppMeasuring(ground.host, this.keeper);
    this.tidying = new AppTidying(ground.host);
  }
  private get ledger() {
    return this.ground.host.ledger.releases;
  }

  /** Takes a release, or throws; nothing of the machine is touched yet. The same again is the same. */
  accept(row: LedgerStackRow, project: string, body: AppPut): ReleaseRow {
    const { host, disk } = this.ground;
    const known = this.ledger.release(row.member, body.release);
    if (known && (known.project !== project || known.repo !== body.repo || known.commit_hash !== body.commit))
      throw new AppError("conflict", { what: "release", release: body.release }, { message: "This release was another commit." });
    if (!known) {
      if (host.full()) throw new AppError("storage_full", { what: "host" });
      const isTooMany = this.countOthers(row.member, project) >= row.limits.apps;
      const isNew = (this.ledger.app(row.member, project)?.current ?? null) === null; // a repair of what serves may free the disk
      const isFull = isNew && disk.isOver(row.member);
      const reached = isTooMany ? limitReached.apps(row.limits.apps) : isFull ? limitReached.disk : undefined;
      const older = this.ledger.take(row.member, project, body);
      if (reached) this.ledger.fail(row.member, body.release, { step: "setup", reason: reached, log: "" });
      const { deployment } = this.keeper.live({ member: row.member, project });
      if (deployment && older.includes(deployment.release)) deployment.stop.abort();
    } else {
      this.ledger.saveReach(row.member, body.release, body.reach);
      host.openNames.review(row.member);
    }
    return this.ledger.release(row.member, body.release)!;
  }
  /** Further apps of a member that run, or are on their way. */
  private countOthers(member: string, project: string): number {
    const others = this.ledger.apps(member).filter((app) => app.project !== project);
    return others.filter((app) => app.current !== null || this.ledger.releases(member, app.project).some(isStarting)).length;
  }
  /** Tells how it goes with a release that was accepted; the answer comes at its end. */
  async deploy(row: LedgerStackRow, release: ReleaseRow, listen: (line: AppLine) => void): Promise<void> {
    const live = this.keeper.live(release);
    if (live.deployment?.release === release.release) return live.deployment.follow(listen);
    if (!isStarting(release)) return listen(this.describeOutcome(release));
    const deployment = new Deployment(release.release);
    const before = live.deployment;
    live.deployment = deployment;
    deployment.begin(async () => {
      before?.stop.abort();
      await before?.done;
      await this.carryOut(row, release, deployment);
      if (live.deployment === deployment) live.deployment = undefined;
      this.tidying.soon();
    });
    return deployment.follow(listen);
  }
  private describeOutcome({ member, project, release }: ReleaseRow): AppLine {
    const row = this.ledger.release(member, release);
    const current = this.ledger.app(member, project)?.current;
    const failed = row ? row.failed : { step: "setup" as const, reason: "The app was removed.", log: "" };
    const made = row && describeMade(row);
    const more = { ...(failed ? { failed } : {}), ...(made ? { made } : {}), ...(current ? { current } : {}) };
    return { type: "end", served: row?.served === true, ...more };
  }
  private async carryOut(row: LedgerStackRow, release: ReleaseRow, deployment: Deployment): Promise<void> {
    const { host } = this.ground;
    const about = { member: row.member, project: release.project, release: release.release };
    try {
      const process = await bringUpRelease(this.ground, row, release, deployment);
      deployment.enter("switch");
      await this.keeper.inLane(release, async () => {
        if (!this.ledger.switchTo(release, host.now(), this.keeper.findGood(release))) return;
        this.keeper.serveFrom(release, process);
        this.keeper.note(release, release.release, "This release serves now.");
      });
    } catch (error) {
      if (error instanceof ReleaseError) {
        this.ledger.fail(row.member, release.release, {
          step: deployment.step,
          reason: error.message,
          log: error.log,
          closed: error.closed,
        });
        host.log("info", "release failed", { ...about, step: deployment.step, reason: error.message });
      } else if (this.ledger.release(row.member, release.release)?.failed === null) {
        host.log("warn", "release not brought up", { ...about, step: deployment.step, error });
        return deployment.emit({ type: "error", ...describeReleaseTrouble(error) });
      }
    }
    deployment.emit(this.describeOutcome(release));
  }

  /** Counts a request that went into an app. After a failure the app is looked at. */
  count(app: AppName, status: number | undefined, ms: number): void {
    const live = this.keeper.live(app);
    live.meter.count(status, ms);
    if (status !== undefined) live.noteAwake();
    if (status === undefined || status >= 500) live.nextLook = 0;
  }

  /** All that have ever served. */
  list(row: LedgerStackRow): AppSeen[] {
    const apps = this.ledger.apps(row.member).filter((app) => app.current !== null);
    return apps.map((app) => this.see(row, app));
  }
  private see(row: LedgerStackRow, app: AppRow): AppSeen {
    const { host } = this.ground;
    const since = Math.max(app.switched_at, host.now() - endsMs);
    const ends = app.current === null ? [] : host.ledger.history.ends(app.member, app.project, app.current, since);
    const release = app.current === null ? undefined : this.ledger.release(row.member, app.current);
    const network = release?.plan?.network.length ? { network: { reach: release.reach, refused: host.ways.listRefused(app) } } : {};
    const releases = this.ledger.releases(app.member, app.project);
    const kept = listKeptReleases(app).map((each) => ({ release: each, pastMigration: isPastMigration(each, releases) }));
    const made = release && describeMade(release);
    const more = { ...network, ...(made ? { made } : {}) };
    return { ...this.keeper.live(app).describe(app, row.ceiling, host.now(), ends), kept, ...more };
  }
  /** What the member lets a project's app reach from now on; what is closed by that ends at once. */
  setReach(row: LedgerStackRow, project: string, names: readonly string[]): AppSeen {
    const app = this.requireApp(row, project);
    const { host } = this.ground;
    this.ledger.saveAppReach(app.member, project, names);
    host.openNames.review(app.member);
    host.ways.forgetRefused(app);
    return this.see(row, app);
  }
  requireApp(row: LedgerStackRow, project: string): AppRow {
    const app = this.ledger.app(row.member, project);
    if (!app?.current) throw new AppError("not_found", { what: "app", project });
    return app;
  }
  describe(row: LedgerStackRow, project: string): AppSeen {
    return this.see(row, this.requireApp(row, project));
  }
  /** The server to which a visitor's request goes. One that sleeps is started by it. */
  requireProcess(app: AppRow): AppProcess {
    this.visit(app);
    const process = app.current && this.keeper.live(app).processes.get(app.current);
    if (process) return process;
    this.keeper.tick();
    throw new AppError("unavailable", { what: "app is not running" });
  }
  private visit(app: AppRow, starts?: boolean): void {
    const seconds = this.keeper.requireRelease(app.member, app.current).plan.health.seconds;
    this.keeper.live(app).visit(this.ground.host.now(), seconds, starts);
  }
  async rollBack(row: LedgerStackRow, project: string, to: Id<"rel">): Promise<AppSeen> {
    const { host } = this.ground;
    const app = this.requireApp(row, project);
    if (app.current === to) return this.describe(row, project);
    if (row.ceiling !== "running") throw new AppError("ceiling");
    await this.keeper.inLane(app, async () => {
      const now = this.requireApp(row, project);
      if (now.current === to) return;
      if (!listKeptReleases(now).includes(to)) throw new AppError("conflict", { to }, { message: "This release is not kept any more." });
      try {
        const process = await this.keeper.startAgain(row, this.keeper.requireRelease(row.member, to));
        this.giveUp(app, "An earlier release was gone back to.");
        this.ledger.switchBack(now, to, host.now());
        this.keeper.serveFrom(app, process);
        this.keeper.note(app, to, "This release was gone back to.");
      } catch (error) {
        throw error instanceof ReleaseError ? new AppError("upstream", { what: "release" }, { message: error.message }) : error;
      }
    });
    return this.describe(row, project);
  }
  /**
   * Gives up a release before it serves. Whether it serves is decided in one row of the ledger: what has been
   * switched to goes on. One that is not known here is nothing to end.
   */
  cancel(row: LedgerStackRow, project: string, release: Id<"rel">): { served: boolean } {
    const known = this.ledger.release(row.member, release);
    if (known && known.project !== project) throw new AppError("not_found", { what: "release", release });
    if (!known || known.served) return { served: known?.served === true };
    const { deployment } = this.keeper.live({ member: row.member, project });
    const step = deployment?.release === release ? deployment.step : "setup";
    this.ledger.fail(row.member, release, { step, reason: cancelledReason, log: "", cancelled: true });
    if (deployment?.release === release) deployment.stop.abort();
    else this.tidying.soon(); // what is on its way is tidied at its end
    return { served: false };
  }
  /** Ends what still starts. */
  private giveUp(app: AppName, reason: string): void {
    const starting = this.ledger.releases(app.member, app.project).filter(isStarting);
    const { deployment } = this.keeper.live(app);
    for (const { release } of starting) this.ledger.fail(app.member, release, { step: deployment?.step ?? "setup", reason, log: "" });
    deployment?.stop.abort();
  }
  async power(row: LedgerStackRow, project: string, running: boolean): Promise<AppSeen> {
    const app = this.requireApp(row, project);
    await this.keeper.inLane(app, async () => {
      const live = this.keeper.live(app);
      const process = app.current ? live.processes.get(app.current) : undefined;
      const runs = process !== undefined && !process.isOver;
      this.ledger.savePower(app, running);
      live.beginAnew();
      if (running) this.visit(app, !runs);
      if (running) live.measuredFrom = this.ground.host.now() + minuteMs;
      this.ground.host.ledger.history.pardonEnds(app.member, app.project);
      if (app.current) this.keeper.note(app, app.current, running ? "It was started by its member." : "It was stopped by its member.");
      if (!running && process) await process.retire(this.ground.host);
    });
    this.keeper.tick();
    return this.describe(row, project);
  }
  /** Takes an app away, and on request what it has kept. Answers whether there was one. */
  async remove(row: LedgerStackRow, project: string, data: boolean): Promise<boolean> {
    const { host } = this.ground;
    const app = { member: row.member, project };
    const { deployment } = this.keeper.live(app);
    const removed = this.ledger.remove(row.member, project);
    deployment?.stop.abort();
    await deployment?.done;
    await this.keeper.inLane(app, async () => {
      const mine = (await listAppObjects(host, "app", row.stack)).filter((each) => each.project === project);
      await Promise.all(mine.map(({ name }) => removeContainer(host.engine, name)));
      if (data) await removeAppData(host, app);
      if (data) await dropProjectServices(host, row, project);
      host.ledger.history.remove(row.member, project);
      host.ways.forgetRefused(app);
    });
    await this.tidying.now();
    return removed;
  }
  /** Removes what nobody needs any more. */
  tidy(): void {
    this.tidying.soon();
  }
  /** Ends what is on its way; what runs goes on. */
  async settle(): Promise<void> {
    for (const { deployment } of this.keeper.allLive()) deployment?.stop.abort();
    await Promise.all([...this.keeper.allLive()].map(({ deployment }) => deployment?.done));
    await this.tidying.now();
  }
}
