import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Gzipped bytes of what a first visit loads; fonts are compressed already. */
const kB = 1_000;
export const budgets = { entry: 180 * kB, css: 12 * kB, fonts: 45 * kB, live: 75 * kB, lazy: 100 * kB } as const;

type Chunk = { name: string; entry: boolean; imports: string[]; bytes: number };

/** Fails the build when a budget is exceeded. The entry counts with all that it imports statically. */
export function budget(): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle: {
      order: "post", // after the one sheet of styles is there
      handler(_options, bundle) {
        const chunks = new Map<string, Chunk>();
        const sizes = { css: 0, fonts: 0 };
        for (const [file, part] of Object.entries(bundle)) {
          if (part.type === "chunk")
            chunks.set(file, { name: part.name, entry: part.isEntry, imports: part.imports, bytes: gzipSync(part.code).length });
          else if (file.endsWith(".css")) sizes.css += gzipSync(part.source).length;
          else if (file.endsWith(".woff2")) sizes.fonts += part.source.length;
        }
        const report = [["css", sizes.css, budgets.css] as const, ["fonts", sizes.fonts, budgets.fonts] as const, ...chunkSizes(chunks)];
        for (const [name, bytes, limit] of report) this.info(`${name}: ${(bytes / kB).toFixed(1)} of ${limit / kB} kB`);
        const over = report.filter(([, bytes, limit]) => bytes > limit).map(([name, bytes]) => `${name} ${(bytes / kB).toFixed(1)} kB`);
        if (over.length > 0) this.error(`over budget: ${over.join(", ")}`);
      },
    },
  };
}

function chunkSizes(chunks: Map<string, Chunk>) {
  const first = new Set<string>();
  const visit = (file: string) => {
    if (first.has(file)) return;
    first.add(file);
    for (const next of chunks.get(file)?.imports ?? []) visit(next);
  };
  for (const [file, chunk] of chunks) if (chunk.entry) visit(file);
  const entry = [...first].reduce((sum, file) => sum + (chunks.get(file)?.bytes ?? 0), 0);
  const lazy = [...chunks].filter(([file]) => !first.has(file));
  return [
    ["entry", entry, budgets.entry] as const,
    ...lazy.map(([, { name, bytes }]) => [name, bytes, name.startsWith("live") ? budgets.live : budgets.lazy] as const),
  ];
}
