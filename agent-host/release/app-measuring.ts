import pLimit from "p-limit";
import type { Host } from "../host.ts";
import type { AppName } from "./app-container.ts";
import { judgeData, readDataUse } from "./app-data.ts";
import type { AppKeeper } from "./app-keeper.ts";
import { minuteMs } from "./app-meter.ts";
import type { AppRow } from "./release-ledger.ts";

/** So many apps are measured at once: by Docker, and on the disk. */
const measuredAtOnce = { minutes: 8, data: 2 } as const;

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

  /** An app that keeps more than it may is stopped, and says so; told before, in its log. */
  private async checkData({ member, project }: AppName): Promise<void> {
    const { host } = this;
    const app = this.ledger.app(member, project);
    const stack = host.ledger.stack(member);
    const live = this.keeper.live({ member, project });
    const process = app?.current ? live.processes.get(app.current) : undefined;
    if (!app || !stack || !process) return;
    const use = await readDataUse(host, app);
    if (use === undefined) return host.log("warn", "an app's data was not measured", { member, project });
    if (live.processes.get(process.release.release) !== process || process.isStopping) return; // it has ended meanwhile
    const before = live.data;
    const { finding, words, isOver } = judgeData(use, before, stack.limits.appDataMb);
    live.data = isOver ? "fine" : finding;
    if (words === undefined) return;
    if (isOver || finding !== before) this.keeper.note(app, process.release.release, isOver ? `${words} It is stopped.` : words);
    if (!isOver) return;
    this.ledger.noteCrashed(app, `${words} Once it is started it has a minute to take something away.`);
    await process.retire(host);
  }
  private sizing = false;
  /** Looks at what every app keeps, beside all else: a disk may be slow. */
  private async checkAllData(): Promise<void> {
    if (this.sizing) return;
    this.sizing = true;
    const turn = pLimit(measuredAtOnce.data);
    const check = (app: AppRow) => this.checkData(app).catch((error: unknown) => this.warn("an app's data was not looked at", app, error));
    try {
      await Promise.all(this.ledger.apps().map((app) => turn(() => check(app))));
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
