import type { AppState } from "../release/release-host.ts";
import { describeErrorRate, type ErrorRate } from "./error-rate.ts";
import type { IncidentCause } from "./incident.ts";

/**
 * How what serves was seen. `since`: since when it is out of order, or as it is. `ends`: how often its
 * process has ended by itself within `flapping.minutes`.
 */
export type AppSight = { state: AppState; bad: boolean; reason: string | undefined; since: number; rate: ErrorRate; ends: number };
/** So long an app may be out of order before it is an incident. */
const incidentAfter = 60_000;
/** An app that ends so often is an incident, however soon it is back each time. */
export const flapping = { minutes: 10, ends: 5 } as const;
/** Whether an app is down because somebody wants it so. Nobody looks after it then. Pure. */
export const isOff = (state: AppState): boolean => state === "stopped" || state === "suspended";
/** Whether an app that should run ends again and again. Pure. */
export const isFlapping = ({ state, ends }: Pick<AppSight, "state" | "ends">): boolean => !isOff(state) && ends >= flapping.ends;

/** Why an app is an incident; undefined of one that is none. Pure. */
export function findFault(sight: AppSight, now: number): { cause: IncidentCause; reason: string } | undefined {
  const { state, bad, reason, since, rate, ends } = sight;
  if (bad) return now - since >= incidentAfter ? { cause: "health", reason: reason ?? `It is ${state}.` } : undefined;
  if (isFlapping(sight)) return { cause: "health", reason: `It has ended ${ends} times within ${flapping.minutes} minutes.` };
  return !isOff(state) && rate.verdict === "bad" ? { cause: "errors", reason: describeErrorRate(rate) } : undefined;
}
