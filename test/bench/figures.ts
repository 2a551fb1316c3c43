/** A measured series: milliseconds. */
export type Series = number[];

export function quantile(series: Series, at: number): number {
  const sorted = [...series].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

const round = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
export type Figure = { name: string; ours: ReturnType<typeof spread>; raw: ReturnType<typeof spread>; ratio: number };

export function spread(series: Series) {
  return { n: series.length, p50: round(quantile(series, 0.5)), p95: round(quantile(series, 0.95)), p99: round(quantile(series, 0.99)) };
}

/** Ours beside the raw part, measured in the same run; the ratio is of the medians. */
export function figure(name: string, ours: Series, raw: Series): Figure {
  return { name, ours: spread(ours), raw: spread(raw), ratio: round(quantile(ours, 0.5) / quantile(raw, 0.5)) };
}

export function table(figures: readonly Figure[]): string {
  const row = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const lines = figures.map(({ name, ours, raw, ratio }) =>
    row([name, ours.n, ours.p50, ours.p95, ours.p99, raw.n, raw.p50, raw.p95, raw.p99, ratio]),
  );
  const head = ["figure (ms)", "n", "p50", "p95", "p99", "raw n", "raw p50", "raw p95", "raw p99", "ratio of p50"];
  return [row(head), row(head.map(() => "---")), ...lines].join("\n");
}
