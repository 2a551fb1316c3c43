/** A changed place of a text: `before` stood where now `count` lines stand from `line` on (from 1). */
export type Hunk = { line: number; count: number; before: string[]; changed: number[] };

/** The changed places of each file in a unified diff. Files whose names git has to quote are left out. */
export function readHunks(diff: string): Map<string, Hunk[]> {
  const files = new Map<string, Hunk[]>();
  let hunks: Hunk[] | undefined;
  let hunk: Hunk | undefined;
  let now = 0; // the number of the next line of the commit
  for (const line of diff.split("\n")) {
    if (line.startsWith("diff --git ")) [hunks, hunk] = [undefined, undefined];
    else if (!hunk && line.startsWith("+++ b/")) {
      hunks = [];
      files.set(line.slice(6).replace(/\t$/, ""), hunks);
    }
    const head = line.startsWith("@@ ") && hunks ? /^@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,(\d{1,9}))? @@/.exec(line) : undefined;
    if (head && hunks) {
      const count = Number(head[2] ?? 1);
      now = Number(head[1]) + (count === 0 ? 1 : 0);
      hunk = { line: now, count, before: [], changed: [] };
      hunks.push(hunk);
    } else if (hunk) {
      if (line.startsWith("-") || line.startsWith(" ")) hunk.before.push(line.slice(1));
      if (line.startsWith("-") || line.startsWith("+")) hunk.changed.push(now);
      if (line.startsWith("+") || line.startsWith(" ")) now += 1;
    }
  }
  return files;
}
/** The text with one changed place as it was before. */
export function takeOutHunk(text: string, { line, count, before }: Hunk): string {
  const lines = text.split("\n");
  lines.splice(line - 1, count, ...before);
  return lines.join("\n");
}
