/** A measured series, in the figure's unit. */
export type Series = number[];

export function quantile(series: Series, at: number): number {
  const sorted = [...series].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

const round = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
export function summarizeSeries(series: Series) {
  return { n: series.length, p50: round(quantile(series, 0.5)), p95: round(quantile(series, 0.95)), p99: round(quantile(series, 0.99)) };
}

/**
 * `must`: the limit for the median or the 95th percentile. It is printed beside the figure; a bench never
 * fails by it.
 */
export type Figure = {
  name: string;
  unit: string;
  ours: ReturnType<typeof summarizeSeries>;
  raw?: ReturnType<typeof summarizeSeries>;
  ratio?: number;
  must?: string;
};

function refuseUnmeasured(name: string, series: Series): void {
  const wrong = series.find((value) => !Number.isFinite(value) || value < 0);
  if (series.length === 0 || wrong !== undefined) throw new Error(`${name} does not add up: ${wrong ?? "nothing"} was measured`);
  if (quantile(series, 0.5) === 0) throw new Error(`${name} does not add up: its median is 0`);
}

/**
 * Ours beside the raw part, measured in the same run; the ratio is of the medians. `contains`: our way
 * includes the raw part's. Throws where the measurements do not add up: nothing was measured, a time is
 * negative, a median is zero, or ours is below the raw part that it contains.
 */
export function makeFigure(
  name: string,
  ours: Series,
  raw?: Series,
  more: { unit?: string; must?: string; contains?: boolean } = {},
): Figure {
  for (const series of [ours, ...(raw ? [raw] : [])]) refuseUnmeasured(name, series);
  if (more.contains && raw && quantile(ours, 0.5) < quantile(raw, 0.5))
    throw new Error(`${name} does not add up: ${round(quantile(ours, 0.5))} with the raw part's ${round(quantile(raw, 0.5))} in it`);
  const beside = raw ? { raw: summarizeSeries(raw), ratio: round(quantile(ours, 0.5) / quantile(raw, 0.5)) } : {};
  return { name, unit: more.unit ?? "ms", ours: summarizeSeries(ours), ...beside, ...(more.must ? { must: more.must } : {}) };
}

/** The figures as a Markdown table. */
export function formatFigures(figures: readonly Figure[]): string {
  const row = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const cell = (summary?: ReturnType<typeof summarizeSeries>) => (summary ? `${summary.p50} / ${summary.p95} (${summary.n})` : "–");
  const lines = figures.map(({ name, unit, ours, raw, ratio, must }) => row([name, unit, cell(ours), cell(raw), ratio ?? "–", must ?? ""]));
  const head = ["figure", "unit", "p50 / p95 (n)", "raw p50 / p95 (n)", "ratio of p50", "must"];
  return [row(head), row(head.map(() => "---")), ...lines].join("\n");
}
