import { z } from "zod";
import type { AppMinute } from "../../schema/release/release-host.ts";
import { ifFound } from "../docker.ts";
import type { Host } from "../host.ts";
import type { AppProcess } from "./app-process.ts";

export const minuteMs = 60_000;
/** So many answers of a minute are timed. */
const mostTimed = 5_000;

type Measured = Pick<Host, "engine" | "elapsed">;
/** Counts what goes through one app. */
export class AppMeter {
  private requests = 0;
  private errors = 0;
  private times: number[] = [];
  private used: { id: string; nanoseconds: number; at: number } | undefined;

  /** `status` is undefined where there was no answer. */
  count(status: number | undefined, ms: number): void {
    this.requests += 1;
    if (status === undefined || status >= 500) this.errors += 1;
    if (status !== undefined && this.times.length < mostTimed) this.times.push(ms);
  }
  /** What was counted since the last time, and what the app uses now. */
  async take(host: Measured, process: Pick<AppProcess, "id"> | undefined, at: number): Promise<AppMinute> {
    const use = await this.readUse(host, process);
    const { requests, errors } = this;
    const times = this.times.sort((a, b) => a - b);
    this.requests = 0;
    this.errors = 0;
    this.times = [];
    return { at, ...use, requests, errors, p50: share(times, 0.5), p95: share(times, 0.95) };
  }
  private async readUse(host: Measured, process: Pick<AppProcess, "id"> | undefined): Promise<Pick<AppMinute, "cpu" | "memoryMb">> {
    const seen = process && (await readStats(host, process.id));
    if (!process || !seen) return { cpu: 0, memoryMb: 0 };
    const now = { id: process.id, nanoseconds: seen.cpu_stats.cpu_usage.total_usage, at: host.elapsed() };
    const before = this.used?.id === now.id && this.used.nanoseconds <= now.nanoseconds ? this.used : undefined;
    this.used = now;
    const cpu = before && now.at > before.at ? (now.nanoseconds - before.nanoseconds) / 1e6 / (now.at - before.at) : 0;
    const { usage, stats } = seen.memory_stats;
    const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0; // the kernel gives it back when it is needed
    return { cpu: round(cpu * 100), memoryMb: round(Math.max(0, usage - cache) / 1024 ** 2) };
  }
}
const round = (number: number) => Math.round(number * 10) / 10;
const share = (sorted: readonly number[], part: number) =>
  round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);

const use = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number().default(0),
    stats: z.object({ total_inactive_file: z.number().optional(), inactive_file: z.number().optional() }).default({}),
  }),
});
async function readStats(host: Measured, id: string): Promise<z.infer<typeof use> | undefined> {
  const { docker, call } = host.engine;
  const asked = docker.getContainer(id).stats({ stream: false, "one-shot": true });
  return use.safeParse(await call("app stats", ifFound(asked))).data; // of a container that has just ended nothing is known
}
