import { judgeErrorRate } from "../../schema/incident/error-rate.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { openLanes } from "../deadline.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { type AppName, ensureAppWay, jobContainer, listAppObjects, startAppContainer, stopAppContainer } from "./app-container.ts";
import { lookAtHealth } from "./app-health.ts";
import { readLogEnd } from "./app-logs.ts";
import { AppProcess } from "./app-process.ts";
import { type AppGround, describeAppEnd, renewServices, waitForHealth } from "./deployment.ts";
import { isInWatchTime, LiveApp, unwellLooks, wantsRunning } from "./live-app.ts";
import { type AppRow, isPastMigration, isStarting, listKeptReleases, type ReadyRelease, type ReleaseRow } from "./release-ledger.ts";
import { ReleaseError } from "./release-setup.ts";

/** How often a release is looked at: within its watch time or after a failure, and as long as all is well. */
const lookEvery = { watched: 2_000, later: 90_000 } as const;

/** Keeps the release running that serves, and takes it back where it fails within its watch time. */
export class AppKeeper {
  private readonly ground: AppGround;
  private readonly lanes = openLanes();
  private readonly lives = new Map<string, LiveApp>();

  constructor(ground: AppGround) {
    this.ground = ground;
  }
  private get ledger() {
    return this.ground.host.ledger.releases;
  }
  live({ member, project }: AppName): LiveApp {
    const key = `${member} ${project}`;
    const known = this.lives.get(key) ?? new LiveApp(this.ground.host.ledger.history.lastVisit(member, project));
    this.lives.set(key, known);
    return known;
  }
  /** What changes which release serves follows one another. */
  inLane<T>({ member, project }: AppName, work: () => Promise<T>): Promise<T> {
    return this.lanes(`${member} ${project}`, work);
  }
  /** All that this daemon has heard of. */
  allLive(): LiveApp[] {
    return [...this.lives.values()];
  }
  requireRelease(member: string, release: string | null): ReadyRelease {
    const row = release === null ? undefined : this.ledger.release(member, release);
    if (!row?.plan) throw new AppError("not_found", { what: "release", release });
    return { ...row, plan: row.plan };
  }

  /** From now on requests go to this process; the one before is retired. */
  serveFrom(app: AppName, process: AppProcess): void {
    this.live(app).beginAnew();
    this.ground.host.ways.forgetRefused(app);
    this.attach(process);
    this.tick();
  }
  private attach(process: AppProcess): void {
    const { release } = process;
    this.live(release).processes.set(release.release, process);
    void process.ended
      .then((code) => this.noteEnd(process, code))
      .catch((error: unknown) => this.warn("an end was not noted", release, error));
  }
  /** A line of the platform's own in the app's log. */
  note({ member, project }: AppName, release: Id<"rel">, text: string): void {
    const { ledger, now } = this.ground.host;
    ledger.history.note(member, project, { release, at: now(), text });
  }
  private warn(text: string, { member, project }: AppName, error: unknown): void {
    this.ground.host.log("warn", text, { member, project, error });
  }
  private async noteEnd(process: AppProcess, code: number): Promise<void> {
    const { host } = this.ground;
    const { release } = process;
    const live = this.live(release);
    if (live.processes.get(release.release) !== process) return;
    live.processes.delete(release.release);
    const app = this.ledger.app(release.member, release.project);
    const stack = host.ledger.stack(release.member);
    if (process.isStopping || !stack || app?.current !== release.release || !wantsRunning(app, stack.ceiling)) return;
    live.nextStart = Number.POSITIVE_INFINITY; // until it is known what comes next
    try {
      await this.answerEnd(stack, app, release, code);
    } finally {
      if (live.nextStart === Number.POSITIVE_INFINITY) live.nextStart = host.now();
    }
  }
  private async answerEnd(stack: LedgerStackRow, app: AppRow, release: ReadyRelease, code: number): Promise<void> {
    const { host } = this.ground;
    const live = this.live(app);
    const why = await describeAppEnd(host, release);
    live.wrong = why.message;
    const at = host.now();
    const next = live.noteEnd([...this.listEnds(app, release), at], this.isWatched(app, release));
    host.log("warn", "an app ended", { member: app.member, project: app.project, release: release.release, next, reason: why.message });
    const words = { again: "It is started again.", crashed: "It is started no more.", take_back: "The release before is gone back to." };
    const ended = code < 0 ? {} : { code };
    host.ledger.history.note(app.member, app.project, { release: release.release, at, text: `${why.message} ${words[next]}`, ended });
    if (next === "again") this.ledger.noteRestart(app);
    if (next === "crashed") this.ledger.noteCrashed(app, `${why.message} It was started again and again.`);
    if (next === "take_back") await this.takeBack(stack, app, why);
  }
  private listEnds(app: AppRow, { release }: Pick<ReleaseRow, "release">): number[] {
    return this.ground.host.ledger.history.ends(app.member, app.project, release, app.switched_at);
  }
  /** Whether it is taken back where it fails now. */
  private isWatched(app: AppRow, release: ReleaseRow): boolean {
    const watch = { switchedAt: app.switched_at, seconds: release.watch_seconds, ends: this.listEnds(app, release) };
    return listKeptReleases(app).length > 0 && isInWatchTime(this.ground.host.now(), watch);
  }
  /** The release that serves, where it has been well longer than its watch time. */
  findGood({ member, project }: AppName): Id<"rel"> | undefined {
    const { now, ledger } = this.ground.host;
    const app = this.ledger.app(member, project);
    const release = app?.current ? this.ledger.release(member, app.current) : undefined;
    if (!app || !release || app.crashed !== null || this.live(app).failedLooks > 0) return undefined;
    if (now() < app.switched_at + release.watch_seconds * 1_000) return undefined;
    const minutes = ledger.history.minutes(member, project, app.switched_at);
    return judgeErrorRate(minutes, app.switched_at, now()).verdict === "bad" ? undefined : release.release;
  }
  private async takeBack(stack: LedgerStackRow, app: AppRow, why: ReleaseError): Promise<void> {
    const failing = app.current;
    await this.inLane(app, async () => {
      const now = this.ledger.app(app.member, app.project);
      if (!failing || now?.current !== failing) return;
      for (const to of listKeptReleases(now)) if (await this.replaceFailing(stack, now, { failing, to, why })) return;
    });
  }
  /** False where the kept release is not well either. */
  private async replaceFailing(
    stack: LedgerStackRow,
    app: AppRow,
    { failing, to, why }: { failing: Id<"rel">; to: Id<"rel">; why: ReleaseError },
  ): Promise<boolean> {
    const { host } = this.ground;
    try {
      const process = await this.startAgain(stack, this.requireRelease(app.member, to));
      const changed = isPastMigration(to, this.ledger.releases(app.member, app.project));
      const reason = changed ? `${why.message} What its migration has changed stays.` : why.message;
      this.ledger.switchBack(app, to, host.now(), { release: failing, at: host.now(), reason, log: why.log });
      this.serveFrom(app, process);
      this.note(app, failing, `This release was taken back. ${reason}`);
      host.log("warn", "a release was taken back", { member: app.member, project: app.project, release: failing, reason });
      return true;
    } catch (error) {
      this.warn("a release was not taken back", app, error);
      return false;
    }
  }
  /** A release that served before, well again. */
  async startAgain(stack: LedgerStackRow, release: ReadyRelease): Promise<AppProcess> {
    const known = this.live(release).processes.get(release.release);
    if (known && (await known.recall())) return known;
    const { host } = this.ground;
    await this.startServer(stack, release);
    try {
      const process = await AppProcess.find(host, release);
      await waitForHealth(this.ground, process, new AbortController().signal);
      return process;
    } catch (error) {
      await stopAppContainer(host, jobContainer(host, release, "serve"));
      throw error;
    }
  }

  /** Databases that were removed from outside are told of: what was in them is gone. */
  private async startServer(stack: LedgerStackRow, release: ReadyRelease): Promise<void> {
    const { host } = this.ground;
    const emptied = await renewServices(host, stack, release);
    if (emptied) this.note(release, release.release, "The data of its services was removed from outside. It goes on with empty databases.");
    await startAppContainer(host, stack, release, "serve");
  }

  /** Takes over what runs. */
  async takeOver(): Promise<void> {
    const { host } = this.ground;
    const members = new Map<string, Id<"mem">>(host.ledger.stacks().map((row) => [row.stack, row.member]));
    for (const { name, release: id, stack, running } of await listAppObjects(host, "app")) {
      const member = members.get(stack);
      const row = member && this.ledger.release(member, id);
      if (!running || !row?.plan || name !== jobContainer(host, { ...row, plan: row.plan }, "serve")) continue;
      const process = await AppProcess.find(host, { ...row, plan: row.plan }).catch(() => undefined); // it ends just now
      if (process) this.attach(process);
    }
  }
  /** What the clock does: start what should run, stop what should not, look how it is. */
  tick(): void {
    for (const app of this.ledger.apps()) {
      const stack = this.ground.host.ledger.stack(app.member);
      if (stack) this.tend(stack, app);
    }
  }
  private tend(stack: LedgerStackRow, app: AppRow): void {
    const live = this.live(app);
    const { now, appRestSeconds } = this.ground.host;
    const rests = live.decideRest(app, now(), stack.limits.appsAwake ? undefined : appRestSeconds * 1_000);
    const wanted = wantsRunning(app, stack.ceiling) && !rests;
    const current = app.current ? live.processes.get(app.current) : undefined;
    for (const process of live.processes.values()) {
      const row = this.ledger.release(app.member, process.release.release);
      const serves = process === current && wanted;
      if (!serves && !(row && isStarting(row)))
        process.retire(this.ground.host).catch((error: unknown) => this.warn("an app was not stopped", app, error));
    }
    if (wanted && current) this.look(stack, app, live, current);
    if (current) void ensureAppWay(this.ground.host, current.release, "serve");
    if (wanted && !current && !live.working && this.ground.host.now() >= live.nextStart) void this.start(stack, app, live);
  }
  private async start(stack: LedgerStackRow, app: AppRow, live: LiveApp): Promise<void> {
    live.working = true;
    const { host } = this.ground;
    try {
      await this.inLane(app, async () => {
        const now = this.ledger.app(app.member, app.project);
        if (now?.current !== app.current || live.processes.has(app.current!)) return;
        const release = this.requireRelease(app.member, app.current);
        await this.startServer(stack, release);
        this.attach(await AppProcess.find(host, release));
        live.nextLook = 0;
      });
    } catch (error) {
      live.noteAwake();
      if (error instanceof ReleaseError) this.ledger.noteCrashed(app, error.message);
      this.warn("an app was not started", app, error);
      live.nextStart = host.now() + 5_000;
    } finally {
      live.working = false;
    }
  }
  private look(stack: LedgerStackRow, app: AppRow, live: LiveApp, process: AppProcess): void {
    const { host, connections } = this.ground;
    if (live.looking || host.now() < live.nextLook) return;
    live.looking = true;
    const watched = this.isWatched(app, process.release);
    const look = async () => {
      const wrong = await lookAtHealth(connections, process);
      if (process.hasEnded) return;
      if (wrong === undefined) live.noteAwake();
      live.failedLooks = wrong === undefined ? 0 : live.failedLooks + 1;
      live.wrong = wrong;
      if (!watched || live.failedLooks < unwellLooks) return;
      await this.takeBack(
        stack,
        app,
        new ReleaseError(`It was not well any more: ${wrong}`, await readLogEnd(host, process.release, "serve")),
      );
    };
    look()
      .catch((error: unknown) => this.warn("an app was not looked at", app, error))
      .finally(() => {
        live.nextLook = host.now() + (watched || live.failedLooks > 0 ? lookEvery.watched : lookEvery.later);
        live.looking = false;
      });
  }
}
