import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { dayMs } from "../../../../schema/wire/duration.ts";
import { formatBytes, formatCost } from "../../ui/format.ts";

/** What was used, in sums and words. Pure. */
export const sumOf = <T>(rows: readonly T[], read: (row: T) => number) => rows.reduce((sum, row) => sum + read(row), 0);

/** What the plan pays for it; where nothing but the member's own key paid, what that paid. */
export const formatSpent = ({ costMicros, ownMicros }: { costMicros: number; ownMicros: number }): string =>
  costMicros === 0 && ownMicros > 0 ? `${formatCost(ownMicros)}, own key` : formatCost(costMicros);

/** How long something ran, in hours also where these are days. */
export const formatRan = (ms: number): string =>
  `${Math.floor(ms / 3_600_000)} h ${String(Math.floor((ms % 3_600_000) / 60_000)).padStart(2, "0")} m`;

/** In what the bars of a chart are counted whose largest is of `most` bytes, as `formatBytes` writes that. */
export const chooseByteUnit = (most: number): { unit: "MB" | "GB"; bytes: number } =>
  most < 1_000 * 1_024 ** 2 ? { unit: "MB", bytes: 1_024 ** 2 } : { unit: "GB", bytes: 1_024 ** 3 };

/** Days are UTC wherever the reader is. */
const utcDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", timeZone: "UTC" });
const isMeasured = (row: UsageOut["machine"][number]): row is { day: number; egressBytes: number; diskBytes: number } =>
  row.diskBytes !== null;
/** What the stack keeps as it was measured last, and how that has changed in the period; nothing before. */
export function describeDisk(machine: UsageOut["machine"]): { kept: string; measured: string } | undefined {
  const known = machine.filter(isMeasured);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return undefined;
  const nameDay = ({ day }: { day: number }) => utcDay.format(day * dayMs);
  const grown = last.diskBytes - first.diskBytes;
  const change = Math.abs(grown) < 1_024 ** 2 ? "about as much as" : `${formatBytes(Math.abs(grown))} ${grown > 0 ? "more" : "less"} than`;
  return {
    kept: formatBytes(last.diskBytes),
    measured: `measured on ${nameDay(last)}${first === last ? "" : `: ${change} on ${nameDay(first)}`}`,
  };
}
