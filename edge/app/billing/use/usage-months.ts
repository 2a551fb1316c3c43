import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { dayMs } from "../../../../schema/wire/duration.ts";

/** A month as the API names it, and as people do. */
export type UsageMonth = { month: string; title: string };
const mostMonths = 12;
const monthName = new Intl.DateTimeFormat(undefined, { month: "long", timeZone: "UTC" });
const monthOfYear = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
/** The months (UTC) with days before the period, back to when the account began, the newest first. Pure. */
export function listUsageMonths({ from, began }: Pick<UsageOut, "from" | "began">): UsageMonth[] {
  const firstDay = Math.floor(from / dayMs) * dayMs;
  const months: UsageMonth[] = [];
  for (let end = firstDay; began < end && months.length < mostMonths; ) {
    const last = new Date(end - 1);
    const year = last.getUTCFullYear();
    const name = year === new Date(from).getUTCFullYear() ? monthName : monthOfYear;
    months.push({ month: last.toISOString().slice(0, 7), title: name.format(last) });
    end = Date.UTC(year, last.getUTCMonth());
  }
  return months;
}
