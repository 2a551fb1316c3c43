import type { AppSeen, AppState } from "../../schema/release/release-host.ts";
import type { Ceiling } from "../../schema/stack/stack.ts";
import type { Id } from "../../schema/wire/id.ts";
import { AppMeter } from "./app-meter.ts";
import type { AppProcess } from "./app-process.ts";
import type { Deployment } from "./deployment.ts";
import type { AppRow } from "./release-ledger.ts";

/** So many ends within this time are a crash loop. */
const crashLoop = { ends: 5, ms: 120_000 } as const;
/** Within its watch time a release that ends so often is taken back. */
const watchedEnds = 2;
/** So many looks in a row must find it unwell. */
export const unwellLooks = 3;

/** What the daemon knows of an app beside its ledger. A restart loses it and observes it again. */
export class LiveApp {
  /** Servers that run, by their release. */
  readonly processes = new Map<Id<"rel">, AppProcess>();
  deployment: Deployment | undefined;
  readonly meter = new AppMeter();
  /** When the current release ended by itself lately. */
  private ends: number[] = [];
  nextStart = 0;
  /** Looks in a row that found it unwell, and what the last one found. */
  failedLooks = 0;
  wrong: string | undefined;
  nextLook = 0;
  looking = false;
  working = false;
  /** Whether its `/data` is nearly as large as it may be, which is said once. */
  hasLargeData = false;
  private seen: { state: AppState; since: number } | undefined;

  /** Another release serves, or its member has said that it should go on. */
  beginAnew(): void {
    this.ends = [];
    this.nextStart = 0;
    this.failedLooks = 0;
    this.wrong = undefined;
    this.nextLook = 0;
  }
  /** Notes an end of the current release: what it means for what comes next. */
  noteEnd(now: number, watched: boolean): "again" | "take_back" | "crashed" {
    this.ends = [...this.ends.filter((at) => at > now - crashLoop.ms), now];
    if (watched && this.ends.length >= watchedEnds) return "take_back";
    if (this.ends.length >= crashLoop.ends) return "crashed";
    this.nextStart = now + 1_000 * 2 ** (this.ends.length - 1);
    return "again";
  }

  describe(app: AppRow, ceiling: Ceiling, now: number): AppSeen {
    const state = this.state(app, ceiling);
    if (this.seen?.state !== state) this.seen = { state, since: this.seen ? now : app.switched_at };
    const reason = app.crashed ?? (state === "well" || state === "stopped" ? undefined : this.wrong);
    return {
      project: app.project,
      state,
      ...(app.current ? { current: app.current } : {}),
      ...(app.previous ? { previous: app.previous } : {}),
      ...(app.taken_back ? { takenBack: app.taken_back } : {}),
      since: this.seen.since,
      ...(reason === undefined ? {} : { reason }),
      restarts: app.restarts,
    };
  }
  private state(app: AppRow, ceiling: Ceiling): AppState {
    if (!app.running || ceiling !== "running") return "stopped";
    if (app.crashed !== null) return "crashed";
    if (!app.current || !this.processes.has(app.current)) return "restarting";
    return this.failedLooks >= unwellLooks ? "unwell" : "well";
  }
}

/** Whether an app should run now. */
export function wantsRunning(app: AppRow, ceiling: Ceiling): boolean {
  return app.running && app.crashed === null && app.current !== null && ceiling === "running";
}
