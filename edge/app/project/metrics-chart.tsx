import { useEffect, useRef } from "react";
import Plot from "uplot";
import type { AppMinute } from "../../../schema/release/release-host.ts";
import { useTheme } from "../shell/theme.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { readColour } from "../ui/read-colour.ts";
import { useMedia } from "../ui/use-media.ts";
import { drawMinutes, type SeriesName } from "./minutes.ts";
import styles from "./project.module.css";

type Colour = "run" | "bad" | "acc" | "wait";
export type ChartSeries = { name: SeriesName; title: string; colour: Colour };
type ChartProps = { title: string; text: string; minutes: readonly AppMinute[]; unit?: string; series: readonly ChartSeries[] };
const height = 140;

const dayInSeconds = 86_400;
/** The marks below a chart: times of a day, days of a week. */
function nameTimes(ticks: readonly number[]): string[] {
  const long = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > 1.5 * dayInSeconds;
  return ticks.map((tick) => (long ? formatDay(tick * 1_000) : formatTime(tick * 1_000)));
}

/** Lines over time, with the same in words beside the title. */
export function MetricsChart({ title, text, minutes, unit = "", series }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const dark = useMedia("(prefers-color-scheme: dark)");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const grid = { stroke: readColour(element, styles.grid), width: 1 };
    const axis = { stroke: readColour(element, "sub"), grid, ticks: grid };
    const plot = new Plot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        axes: [
          { ...axis, size: 28, space: 64, values: (_plot, ticks) => nameTimes(ticks) },
          { ...axis, size: 64, values: (_plot, ticks) => ticks.map((tick) => `${tick}${unit}`) },
        ],
        scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most ?? 0) * 1.1] } },
        series: [
          {},
          ...series.map(({ title: label, colour }, index) => ({
            label,
            stroke: readColour(element, `c-${colour}`),
            width: 1.5,
            ...(index > 0 ? { dash: [5, 3] } : {}), // shape tells them apart too
          })),
        ],
      },
      drawMinutes(
        minutes,
        series.map(({ name }) => name),
      ),
      element,
    );
    const watched = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watched.observe(element);
    return () => {
      watched.disconnect();
      plot.destroy();
    };
  }, [minutes, series, unit, theme, dark]);
  return (
    <figure className={styles.chart}>
      <figcaption>
        <h2>{title}</h2>
        <p className="s13 sub num">{text}</p>
        {series.length > 1 && (
          <p className={`s12 ${styles.legend}`}>
            {series.map((each, index) => (
              <span key={each.name} className={`c-${each.colour}`}>
                {each.title}
                {index > 0 && ", dashed"}
              </span>
            ))}
          </p>
        )}
      </figcaption>
      <div ref={place} className={`drawn ${styles.plot}`} role="img" aria-label={`${title}: ${text}`} />
    </figure>
  );
}
