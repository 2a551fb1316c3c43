import { type ComponentProps, lazy, Suspense } from "react";
import type { DayChart } from "./day-chart.tsx";

const LazyChart = lazy(() => import("./day-chart.tsx").then((part) => ({ default: part.DayChart })));
/** The chart of days; nothing, where no day has anything to draw. */
export function DrawnDays(chart: ComponentProps<typeof DayChart>) {
  if (chart.days.every(({ parts }) => parts.every((part) => part === 0))) return null;
  return (
    <Suspense fallback={<p className="s13 sub">Drawing</p>}>
      <LazyChart {...chart} />
    </Suspense>
  );
}
