import { capText } from "../../../schema/wire/foreign-text.ts";

/** Lines of a unified diff: `n` unchanged, `a` added, `d` deleted, `gap` the jump between hunks. */
export type PatchLine = { kind: "n" | "a" | "d"; number: number; text: string } | { kind: "gap"; text: string };

/** In characters: a person does not read a longer change line by line. */
const patchCaps = { whole: 256 * 1024, line: 20_000 } as const;
const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/;

/** Our own parser: jsdiff throws at a truncated patch. */
export function parsePatch(patch: string): PatchLine[] {
  const lines: PatchLine[] = [];
  let [before, after] = [1, 1];
  for (const line of capText(patch, patchCaps).replace(/\n$/, "").split("\n")) {
    const head = hunk.exec(line);
    if (head) {
      [before, after] = [Number(head[1]), Number(head[2])];
      lines.push({ kind: "gap", text: head[3]!.trim() });
    } else if (line.startsWith("+")) lines.push({ kind: "a", number: after++, text: line.slice(1) });
    else if (line.startsWith("-")) lines.push({ kind: "d", number: before++, text: line.slice(1) });
    else if (!line.startsWith("\\")) {
      lines.push({ kind: "n", number: after++, text: line.slice(1) });
      before++;
    }
  }
  return lines[0]?.kind === "gap" ? lines.slice(1) : lines;
}

/** The first lines worth showing inline: from the first change on, with one line before it. */
export function shortenPatch(lines: readonly PatchLine[], count: number): readonly PatchLine[] {
  const first = lines.findIndex((line) => line.kind === "a" || line.kind === "d");
  return lines.slice(Math.max(0, first - 1), Math.max(0, first - 1) + count);
}
