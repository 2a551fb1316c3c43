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

/** Ours beside the raw part (none where there is nothing to compare with), measured in the same run; the ratio is of the medians. */
export function figure(name: string, ours: Series, raw?: Series, more: { unit?: string; must?: string } = {}): Figure {
  const beside = raw?.length ? { raw: spread(raw), ratio: round(quantile(ours, 0.5) / quantile(raw, 0.5)) } : {};
  return { name, unit: more.unit ?? "ms", ours: spread(ours), ...beside, ...(more.must ? { must: more.must } : {}) };
}

/** The figures as Markdown, to be pasted where they are told. */
export function table(figures: readonly Figure[]): string {
  const row = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const of = (one?: ReturnType<typeof spread>) => (one ? `${one.p50} / ${one.p95} (${one.n})` : "–");
  const lines = figures.map(({ name, unit, ours, raw, ratio, must }) => row([name, unit, of(ours), of(raw), ratio ?? "–", must ?? ""]));
  const head = ["figure", "unit", "p50 / p95 (n)", "raw p50 / p95 (n)", "ratio of p50", "must"];
  return [row(head), row(head.map(() => "---")), ...lines].join("\n");
}
