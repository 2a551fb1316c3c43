import pLimit from "p-limit";
import type { Host } from "../host.ts";
import { countUsed, judgeDatabase, type MeasuredDatabase, measureDatabases } from "../service/database-use.ts";
import { accessName } from "../service/service-access.ts";
import type { AppName } from "./app-container.ts";
import { type DataVerdict, judgeData, readDataUse } from "./app-data.ts";
import type { AppKeeper } from "./app-keeper.ts";
import { minuteMs } from "./app-meter.ts";
import type { AppProcess } from "./app-process.ts";
import type { AppRow } from "./release-ledger.ts";

/** So many apps are measured at once: by Docker, and on the disk. */
const measuredAtOnce = { minutes: 8, data: 2 } as const;

/** `reason`: in its member's words, where those of its log are for others. */
type Finding = DataVerdict & { kept: "data" | "databases"; reason?: string };
/** What its member is told: how it comes up again. */
const wayOut = "Once it is started it has a minute to take something away.";
const describeOver = (mb: number, mostMb: number) =>
  `Its databases hold ${mb} MB, and its plan lets it keep ${mostMb} MB in them. Have an agent change it so that it takes away what is not needed, and put that online. ${wayOut}`;

/** What the apps of this machine take, each minute, and what they keep. */
export class AppMeasuring {
  private readonly host: Host;
  private readonly keeper: AppKeeper;

  constructor(host: Host, keeper: AppKeeper) {
    this.host = host;
    this.keeper = keeper;
  }
  private get ledger() {
    return this.host.ledger.releases;
  }
  private warn(text: string, { member, project }: AppName, error: unknown): void {
    this.host.log("warn", text, { member, project, error });
  }

  /** An app that keeps more than it may, as files or in its databases, is stopped, and says so. */
  private async checkData({ member, project }: AppName, databases: ReadonlyMap<string, MeasuredDatabase>): Promise<void> {
    const { host } = this;
    const app = this.ledger.app(member, project);
    const stack = host.ledger.stack(member);
    const live = this.keeper.live({ member, project });
    const process = app?.current ? live.processes.get(app.current) : undefined;
    if (!app || !stack || !process || host.now() < live.measuredFrom) return;
    const use = await readDataUse(host, app);
    if (use === undefined) host.log("warn", "an app's data was not measured", { member, project });
    else await this.follow(app, process, { kept: "data", ...judgeData(use, live.data, stack.limits.appDataMb) });
    const database = databases.get(`${member} ${accessName(project, "live")}`);
    if (!database || database.at < Math.max(app.switched_at, live.measuredFrom)) return; // it may have taken something away since
    const used = countUsed(database.use, process.release.plan.services);
    const reason = describeOver(used.postgres + used.redis, stack.limits.appDataMb);
    await this.follow(app, process, { kept: "databases", reason, ...judgeDatabase(used, stack.limits.appDataMb) });
  }
  /** What was found is told once, in the app's log, and ends it where it is too much. */
  private async follow(app: AppRow, process: AppProcess, found: Finding): Promise<void> {
    const { kept, finding, words, isOver, reason = `${words} ${wayOut}` } = found;
    const live = this.keeper.live(app);
    const { release } = process.release;
    const serves = this.ledger.app(app.member, app.project)?.current === release;
    if (!serves || live.processes.get(release) !== process || process.isStopping) return; // it has ended meanwhile
    const before = live[kept];
    live[kept] = isOver ? "fine" : finding;
    if (words === undefined) return;
    if (isOver || finding !== before) this.keeper.note(app, release, isOver ? `${words} It is stopped.` : words);
    if (!isOver) return;
    this.ledger.noteCrashed(app, reason, true);
    await process.retire(this.host);
  }
  private sizing = false;
  /** Looks at what every app keeps, beside all else: a disk may be slow. */
  private async checkAllData(): Promise<void> {
    if (this.sizing) return;
    this.sizing = true;
    const turn = pLimit(measuredAtOnce.data);
    const check = (app: AppRow, databases: ReadonlyMap<string, MeasuredDatabase>) =>
      this.checkData(app, databases).catch((error: unknown) => this.warn("an app's data was not looked at", app, error));
    try {
      const databases = await measureDatabases(this.host).catch((error: unknown) => {
        this.host.log("warn", "databases were not measured", { error });
        return new Map<string, MeasuredDatabase>();
      });
      await Promise.all(this.ledger.apps().map((app) => turn(() => check(app, databases))));
    } catch (error) {
      this.host.log("warn", "the data of apps was not looked at", { error });
    } finally {
      this.sizing = false;
    }
  }

  private measuring = false;
  /** Writes down the minute that has just ended, of every app. */
  async measure(): Promise<void> {
    void this.checkAllData();
    if (this.measuring) return;
    this.measuring = true;
    const { host } = this;
    const at = (Math.floor(host.now() / minuteMs) - 1) * minuteMs;
    const turn = pLimit(measuredAtOnce.minutes);
    const measure = (app: AppRow) => this.measureApp(app, at).catch((error: unknown) => this.warn("an app was not measured", app, error));
    try {
      await Promise.all(this.ledger.apps().map((app) => turn(() => measure(app))));
      host.ledger.history.pruneMinutes(host.now());
    } catch (error) {
      host.log("warn", "apps were not measured", { error });
    } finally {
      this.measuring = false;
    }
  }
  private async measureApp(app: AppRow, at: number): Promise<void> {
    const { host } = this;
    const live = this.keeper.live(app);
    const process = app.current ? live.processes.get(app.current) : undefined;
    const minute = await live.meter.take(host, process, at);
    if (process || minute.requests > 0) host.ledger.history.saveMinute(app.member, app.project, minute);
  }
}
