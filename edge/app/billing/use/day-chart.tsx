import { useEffect, useRef } from "react";
import Plot from "uplot";
import { useTheme } from "../../shell/theme.ts";
import { readColour } from "../../ui/read-colour.ts";
import { useMedia } from "../../ui/use-media.ts";
import { type DayBar, stackBars } from "./day-bars.ts";

/** `className` is one of the page's colours. */
export type BarSeries = { title: string; className: string };
type ChartProps = { title: string; days: readonly DayBar[]; series: readonly BarSeries[]; unit: string };
const height = 120;
const axisWidth = 64;
const tickStyle = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", maximumSignificantDigits: 3 } as const;
const dollarTick = new Intl.NumberFormat(undefined, tickStyle);

/** Bars by day, one on another, with the same in words for who does not see them. */
export function DayChart({ title, days, series, unit }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const dark = useMedia("(prefers-color-scheme: dark)");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const axis = { stroke: readColour(element, "sub"), grid: { show: false }, ticks: { show: false } };
    const { at, tops } = stackBars(days, series.length);
    const paths = Plot.paths.bars?.({ size: [0.7, 40] });
    const first = at[0] ?? 0;
    const plot = new Plot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        axes: [
          { ...axis, size: 24, space: 64, incrs: [1, 2, 7, 14].map((n) => n * 86_400), values: (_plot, ticks) => ticks.map(nameDay) },
          {
            ...axis,
            size: axisWidth,
            values: (_plot, ticks) => ticks.map((tick) => (unit === "$" ? dollarTick.format(tick) : `${tick} ${unit}`)),
          },
        ],
        scales: {
          x: { time: false, range: () => [first - 43_200, (at.at(-1) ?? first) + 43_200] },
          y: { range: (_plot, _least, most) => [0, (most ?? 0) > 0 ? (most ?? 0) * 1.1 : 1] },
        },
        // The whole bar first, then what is below its top over it.
        series: [
          {},
          ...series.map(({ className }) => ({
            fill: readColour(element, className),
            width: 0,
            points: { show: false },
            ...(paths ? { paths } : {}),
          })),
        ],
      },
      [at, ...tops],
      element,
    );
    const watched = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watched.observe(element);
    return () => {
      watched.disconnect();
      plot.destroy();
    };
  }, [days, series, unit, theme, dark]);
  return <div ref={place} className="drawn" role="img" aria-label={title} style={{ height, overflow: "hidden" }} />;
}
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const nameDay = (seconds: number) => shortDay.format(seconds * 1_000);
