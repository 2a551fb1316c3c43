import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { dayMs } from "../../../../schema/wire/duration.ts";
import { formatCost, formatDay } from "../../ui/format.ts";

/** What models will have cost when the period ends, and when the plan's model time is used up, if before. */
type Forecast = { micros: number; by: number; usedUpAt: number | null };
type ForecastFacts = {
  usedMicros: number;
  limitMicros: number;
  /** When the period began and when it ends; null: no end is known. */
  periodStart: number | null;
  periodEnd: number | null;
  days: readonly Pick<UsageOut["days"][number], "day" | "costMicros">[];
};
/**
 * Linear, from the days (UTC) that are over: today is not counted as a slow one. Undefined before a whole day
 * is known, where nothing was used in them, and where nothing is left to use.
 */
export function forecastUse({ usedMicros, limitMicros, periodStart, periodEnd, days }: ForecastFacts, now: number): Forecast | undefined {
  if (periodStart === null || periodEnd === null || periodEnd <= now || usedMicros >= limitMicros) return undefined;
  const today = Math.floor(now / dayMs);
  const known = today * dayMs - periodStart;
  const before = days.filter(({ day }) => day < today).reduce((sum, { costMicros }) => sum + costMicros, 0);
  if (known < dayMs || before === 0) return undefined;
  const pace = before / known; // millionths of a dollar a millisecond
  const micros = Math.round(usedMicros + pace * (periodEnd - now));
  return { micros, by: periodEnd, usedUpAt: micros > limitMicros ? Math.round(now + (limitMicros - usedMicros) / pace) : null };
}
export function describeForecast({ micros, by, usedUpAt }: Forecast, limitMicros: number): string {
  const pace = `At this pace: about ${formatCost(micros)} by ${formatDay(by)}`;
  if (usedUpAt === null) return `${pace}.`;
  return `${pace}. Your plan has ${formatCost(limitMicros)}: it is used up about ${formatDay(usedUpAt)}. Then your agents wait for the next period, unless you take a larger plan or your own key for a model.`;
}
