import type { AppSeen } from "../../schema/release/release-host.ts";
import type { Ceiling } from "../../schema/stack/stack.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { DataFinding } from "./app-data.ts";
import { AppMeter } from "./app-meter.ts";
import type { AppProcess } from "./app-process.ts";
import type { Deployment } from "./deployment.ts";
import type { AppRow } from "./release-ledger.ts";

/** So many ends within this time are a crash loop. */
const crashLoop = { ends: 5, ms: 120_000 } as const;
/** Within its watch time a release that ends so often is taken back. */
const watchedEnds = 2;
/**
 * Whether a release is in its watch time, which is that of its switch; the first end in it gives it as much
 * time once more, so that one that ends a little later each time is found. `ends`: the oldest first. Pure.
 */
export function isInWatchTime(
  now: number,
  { switchedAt, seconds, ends }: { switchedAt: number; seconds: number; ends: readonly number[] },
) {
  const until = switchedAt + seconds * 1_000;
  const [first = until] = ends;
  return now < (first < until ? first + seconds * 1_000 : until);
}
/** So many looks in a row must find it unwell. */
export const unwellLooks = 3;

/** What the daemon knows of an app beside its ledger. A restart loses it and observes it again. */
export class LiveApp {
  /** Servers that run, by their release. */
  readonly processes = new Map<Id<"rel">, AppProcess>();
  deployment: Deployment | undefined;
  readonly meter = new AppMeter();
  nextStart = 0;
  /** Looks in a row that found it unwell, and what the last one found. */
  failedLooks = 0;
  wrong: string | undefined;
  nextLook = 0;
  looking = false;
  working = false;
  /** What its `/data` was like when it was last looked at. What it is like is said once. */
  data: DataFinding = "fine";
  /** The same of its databases. */
  databases: DataFinding = "fine";
  /** Until then what it keeps is not measured: its member has started it to take something away. */
  measuredFrom = 0;
  /** When a visitor last came. */
  private visitedAt: number;
  /** Nobody has come for so long that it sleeps, where its member's plan has it so. */
  private rests = false;
  /** A visitor came while it slept, or its member starts it: waking until it answers, or until then. */
  private wakesUntil = 0;
  private seen: { state: AppSeen["state"]; since: number } | undefined;

  /** `visitedAt`: when a visitor last came, as far as the ledger says. */
  constructor(visitedAt = 0) {
    this.visitedAt = visitedAt;
  }
  /** A visitor comes: what sleeps is to be up within so many seconds. `starts`: its member starts it. */
  visit(now: number, seconds: number, starts = this.rests): void {
    if (starts) this.wakesUntil = now + seconds * 1_000;
    this.visitedAt = now;
    this.rests = false;
  }
  /**
   * Decides whether it sleeps: nobody has come since its switch for `ms`, and nobody is in it. Without `ms`
   * it stays up. One that has crashed is not started by a visitor, so it does not sleep.
   */
  decideRest(app: AppRow, now: number, ms: number | undefined): boolean {
    const current = app.current ? this.processes.get(app.current) : undefined;
    if (current?.isBusy) this.visitedAt = now;
    const quietSince = Math.max(this.visitedAt, app.switched_at, this.wakesUntil);
    this.rests = ms !== undefined && app.crashed === null && now >= quietSince + ms;
    return this.rests;
  }
  /** It answers, or will not by itself. */
  noteAwake(): void {
    this.wakesUntil = 0;
  }
  /** Another release serves, or its member has said that it should go on. */
  beginAnew(): void {
    this.nextStart = 0;
    this.failedLooks = 0;
    this.wrong = undefined;
    this.nextLook = 0;
  }
  /**
   * Notes an end of the current release: what it means for what comes next. `ends`: all of it since its
   * switch or its member's last start, the oldest first and this one the last.
   */
  noteEnd(ends: readonly number[], watched: boolean): "again" | "take_back" | "crashed" {
    const now = ends.at(-1) ?? 0;
    const lately = ends.filter((at) => at > now - crashLoop.ms).length;
    if (watched && ends.length >= watchedEnds) return "take_back";
    if (lately >= crashLoop.ends) return "crashed";
    this.nextStart = now + 1_000 * 2 ** (lately - 1);
    return "again";
  }

  /** `ends`: when it ended by itself within the last ten minutes, as far as that counts. */
  describe(app: AppRow, ceiling: Ceiling, now: number, ends: readonly number[]): Omit<AppSeen, "kept"> {
    const state = this.state(app, ceiling, now);
    if (this.seen?.state !== state) this.seen = { state, since: this.seen ? now : app.switched_at };
    const reason = app.crashed ?? (state === "unwell" || state === "restarting" ? this.wrong : undefined);
    return {
      project: app.project,
      state,
      ...(app.current ? { current: app.current } : {}),
      ...(app.taken_back ? { takenBack: app.taken_back } : {}),
      since: this.seen.since,
      ...(reason === undefined ? {} : { reason }),
      ...(state === "crashed" && app.over ? { over: true } : {}),
      restarts: app.restarts,
      ends: ends.length,
    };
  }
  private state(app: AppRow, ceiling: Ceiling, now: number): AppSeen["state"] {
    if (!app.running) return "stopped";
    if (ceiling !== "running") return "suspended";
    if (app.crashed !== null) return "crashed";
    if (now < this.wakesUntil) return "waking";
    if (!app.current || !this.processes.has(app.current)) return this.rests ? "asleep" : "restarting";
    return this.failedLooks >= unwellLooks ? "unwell" : "well";
  }
}

/** Whether an app should run now. */
export function wantsRunning(app: AppRow, ceiling: Ceiling): boolean {
  return app.running && app.crashed === null && app.current !== null && ceiling === "running";
}
