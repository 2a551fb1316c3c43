/** A measured series, in the figure's unit. */
export type Series = number[];

export function quantile(series: Series, at: number): number {
  const sorted = [...series].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

const round = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
export function spread(series: Series) {
  return { n: series.length, p50: round(quantile(series, 0.5)), p95: round(quantile(series, 0.95)), p99: round(quantile(series, 0.99)) };
}

/** `must`: what the median or the 95th percentile of ours has to stay below; said beside it, and never a reason to fail. */
export type Figure = {
  name: string;
  unit: string;
  ours: ReturnType<typeof spread>;
  raw?: ReturnType<typeof spread>;
  ratio?: number;
  must?: string;
};

function mustBeMeasured(name: string, series: Series): void {
  const wrong = series.find((value) => !Number.isFinite(value) || value < 0);
  if (series.length === 0 || wrong !== undefined) throw new Error(`${name} does not add up: ${wrong ?? "nothing"} was measured`);
}

/**
 * Ours beside the raw part (none where there is nothing to compare with), measured in the same run; the ratio is of
 * the medians. `contains`: ours goes the raw part's way and more. Throws where the measured does not add up: nothing,
 * less than nothing, or less than the raw part that it contains.
 */
export function figure(name: string, ours: Series, raw?: Series, more: { unit?: string; must?: string; contains?: boolean } = {}): Figure {
  for (const series of [ours, ...(raw ? [raw] : [])]) mustBeMeasured(name, series);
  if (more.contains && raw && quantile(ours, 0.5) < quantile(raw, 0.5))
    throw new Error(`${name} does not add up: ${round(quantile(ours, 0.5))} with the raw part's ${round(quantile(raw, 0.5))} in it`);
  const beside = raw ? { raw: spread(raw), ratio: round(quantile(ours, 0.5) / quantile(raw, 0.5)) } : {};
  return { name, unit: more.unit ?? "ms", ours: spread(ours), ...beside, ...(more.must ? { must: more.must } : {}) };
}

/** The figures as Markdown, to be pasted where they are told. */
export function table(figures: readonly Figure[]): string {
  const row = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const show = (figures?: ReturnType<typeof spread>) => (figures ? `${figures.p50} / ${figures.p95} (${figures.n})` : "–");
  const lines = figures.map(({ name, unit, ours, raw, ratio, must }) => row([name, unit, show(ours), show(raw), ratio ?? "–", must ?? ""]));
  const head = ["figure", "unit", "p50 / p95 (n)", "raw p50 / p95 (n)", "ratio of p50", "must"];
  return [row(head), row(head.map(() => "---")), ...lines].join("\n");
}
