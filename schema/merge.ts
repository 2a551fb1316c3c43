import { z } from "zod";
import { plainLine } from "./agent/prompt.ts";
import type { Approval, ApprovalSubject } from "./approval/approval.ts";
import { branchName, repoName } from "./proof/proof.ts";
import { commitHash } from "./task/task-command.ts";

/**
 * A merge before it is made: git says where it conflicts, the member decides each
 * place, and the agent that merges is told. Nothing is resolved by guessing: until
 * every place is decided that agent has no first step, and no right to push.
 */

/**
 * POST /stacks/:member/merges: what merging `from` into the head of `into` would give. Nothing is changed.
 */
export const mergeIn = z.strictObject({ repo: repoName, into: branchName, from: commitHash });
export type MergeIn = z.infer<typeof mergeIn>;
const by = z.object({ commit: commitHash, author: z.string(), mail: z.string(), title: z.string() });
/**
 * `text`: null when it is binary or larger than a person reads. `by`:
 * the last commit on this side that touched the file since both parted.
 */
const side = z.object({ there: z.boolean(), text: z.string().nullable(), by: by.nullable() });
export type MergeSide = z.infer<typeof side>;
/**
 * `marked`: the file with git's conflict marks, labelled with
 * both commits; null when they can't be read as text.
 */
export const mergeConflict = z.object({ path: z.string().max(400), marked: z.string().nullable(), ours: side, theirs: side });
export type MergeConflict = z.infer<typeof mergeConflict>;
/**
 * No conflicts: it merges by itself. `more`: files in conflict
 * beyond those told. `held`: `into` holds it already.
 */
export const mergeOut = z.object({
  into: commitHash,
  from: commitHash,
  conflicts: z.array(mergeConflict),
  more: z.number().int(),
  held: z.boolean().default(false),
});
export type MergeOut = z.infer<typeof mergeOut>;
export const mergeLimits = { files: 12, places: 20, sideBytes: 12_000, markedBytes: 400_000 } as const;

export type ConflictPlace = { line: number; before: string; ours: string; theirs: string; after: string };
const around = 3;
const joinLines = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/**
 * The places in conflict of a marked file, top to bottom; undefined when its
 * marks can't be told from its own lines. `line` counts in `into`'s file.
 */
export function findConflictPlaces(marked: string, into: string, from: string): ConflictPlace[] | undefined {
  const lines = marked.replace(/\r?\n$/, "").split(/\r?\n/);
  const found: (ConflictPlace & { start: number; end: number })[] = [];
  let line = 1;
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== `<<<<<<< ${into}`) {
      line += 1;
      continue;
    }
    const end = lines.indexOf(`>>>>>>> ${from}`, at);
    const middles = lines.slice(at, end).flatMap((text, index) => (text === "=======" ? [at + index] : []));
    if (end < 0 || middles.length !== 1) return undefined;
    const ours = lines.slice(at + 1, middles[0]);
    found.push({
      start: at,
      end,
      line,
      before: "",
      ours: joinLines(ours),
      theirs: joinLines(lines.slice(middles[0]! + 1, end)),
      after: "",
    });
    line += ours.length;
    at = end;
  }
  if (found.length === 0) return undefined;
  return found.map(({ start, end, ...place }, index) => ({
    ...place,
    before: joinLines(lines.slice(Math.max(start - around, (found[index - 1]?.end ?? -1) + 1), start)),
    after: joinLines(lines.slice(end + 1, Math.min(end + 1 + around, found[index + 1]?.start ?? lines.length))),
  }));
}

export type ConflictSubject = Extract<ApprovalSubject, { kind: "conflict" }>;
type Names = { into: string; from: string; who: (side: MergeSide) => string };
const sideText = ({ there, text }: MergeSide) =>
  there ? (text ?? "(not shown: no text, or too long to read here)") : "(not there on this side)";

/**
 * What the member is asked of one file: each place for itself where git marks them, else the file as a whole.
 */
export function conflictQuestions(conflict: MergeConflict, merge: Pick<MergeOut, "into" | "from">, names: Names): ConflictSubject[] {
  const read =
    conflict.ours.there && conflict.theirs.there && conflict.marked !== null
      ? findConflictPlaces(conflict.marked, merge.into, merge.from)
      : undefined;
  const found = read?.every((place) => Math.max(place.ours.length, place.theirs.length) <= mergeLimits.sideBytes) ? read : undefined;
  const [ours, theirs] = [
    { branch: names.into, by: names.who(conflict.ours) },
    { branch: names.from, by: names.who(conflict.theirs) },
  ];
  const common = { kind: "conflict", path: conflict.path } as const;
  if (!found)
    return [
      {
        ...common,
        whole: true,
        ours: { ...ours, content: sideText(conflict.ours) },
        theirs: { ...theirs, content: sideText(conflict.theirs) },
      },
    ];
  return found.map(({ line, before, after, ...sides }, index) => ({
    ...common,
    place: index + 1,
    places: found.length,
    line,
    before: before.slice(-4_000),
    after: after.slice(0, 4_000),
    ours: { ...ours, content: sides.ours },
    theirs: { ...theirs, content: sides.theirs },
  }));
}

// ── what was decided, for the agent that merges and for the check of what it did ───────────────────────────

/**
 * One decided place (or, without `place`, a whole file).
 * `side`: taken as it is; else `text` stands there from now on.
 */
export const resolutionShape = z.strictObject({
  path: z.string(),
  place: z.number().int().optional(),
  side: z.enum(["ours", "theirs"]).optional(),
  /** Absent for a whole file of which a side is taken. */
  text: z.string().optional(),
});
export type Resolution = z.infer<typeof resolutionShape>;

/** What an answered question decides; undefined while it is open or was refused. */
export function readResolution({ subject, state, decided }: Pick<Approval, "subject" | "state" | "decided">): Resolution | undefined {
  if (subject.kind !== "conflict" || state !== "allowed" || !decided) return undefined;
  const { path, place, whole, ours, theirs } = subject;
  const { side: taken, answer = "" } = decided;
  const content = taken ? (taken === "ours" ? ours : theirs).content : answer.endsWith("\n") ? answer : `${answer}\n`;
  return {
    path,
    ...(place === undefined ? {} : { place }),
    ...(taken ? { side: taken } : {}),
    ...(taken && whole ? {} : { text: content }),
  };
}

const sideNames = { ours: "main", theirs: "the branch" } as const;
const fence = (body: string) => "~".repeat(Math.max(4, ...[...body.matchAll(/~+/g)].map(([run]) => run.length + 1)));
function resolutionText({ path, place, side: taken, text: body }: Resolution): string {
  const where = place === undefined ? `${plainLine(path, 400)}, the whole file` : `${plainLine(path, 400)}, conflict ${place} from the top`;
  if (body === undefined)
    return `- ${where}: take it as it is on ${sideNames[taken ?? "ours"]} (git checkout --${taken ?? "ours"}, or git rm when it is not there)`;
  const mark = fence(body);
  return `- ${where}: ${taken ? `the side of ${sideNames[taken]}` : "the member's own words"}, exactly:\n${mark}\n${body}${mark}`;
}
/** What the agent that merges is told beside its task. */
export function composeMergePrompt(from: string, branch: string, decided: readonly Resolution[]): string {
  const head = `Merge commit ${from} (branch ${branch}) into main: git merge --no-ff ${from}. You may push to main until this task ends.`;
  if (decided.length === 0)
    return `${head} Git has tried it: it merges without a conflict. If main has moved and it conflicts now, report blocked.`;
  return `${head} It conflicts, and the member has decided each place; put exactly this there and nothing else, and leave the rest of these files as git merges it:\n${decided.map(resolutionText).join("\n")}`;
}

/**
 * Where a merged file is something else than git makes of it outside the places in conflict, which
 * are the member's; undefined: nowhere. `marked` is what git makes of it, its marks labelled with
 * `label`, which nobody who wrote the file could know. How lines end is not compared.
 */
export type StrayLine = { line: number; wanted: string };
export function findStrayLine(marked: string, merged: string, label: string): StrayLine | undefined {
  const [first = [], ...rest] = outside(marked, label);
  const last = rest.pop();
  if (!last) return undefined;
  const lines = splitLines(merged);
  let at = alike(first, lines);
  if (at < first.length) return { line: at + 1, wanted: first[at]! };
  for (const part of rest) {
    const { end, same } = search(lines, part, at);
    if (same < part.length) return { line: end + 1, wanted: part[same]! };
    at = end;
  }
  const same = alike(last.toReversed(), lines.slice(at).toReversed());
  return same < last.length ? { line: Math.max(1, lines.length - same), wanted: last[last.length - 1 - same]! } : undefined;
}
/** Whether git marks places in conflict in a file. */
export const hasConflictMarks = (marked: string, label: string): boolean => outside(marked, label).length > 1;

const splitLines = (text: string) => text.replace(/\r?\n$/, "").split(/\r?\n/);
/**
 * What stands before, between and after the places. Marks lie within
 * others where several branches are merged and each conflicts.
 */
function outside(marked: string, label: string): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const line of splitLines(marked)) {
    if (line.startsWith(`<<<<<<< ${label}`)) depth += 1;
    else if (line.startsWith(`>>>>>>> ${label}`)) {
      depth -= 1;
      if (depth === 0) parts.push([]);
    } else if (depth === 0) parts.at(-1)?.push(line);
  }
  return parts;
}
function alike(lines: readonly string[], other: readonly string[]): number {
  const end = lines.findIndex((line, index) => line !== other[index]);
  return end < 0 ? lines.length : end;
}
/**
 * Where the first `part` at or after `from` ends, or the longest beginning of
 * it. By Knuth, Morris and Pratt: a file may be made to be slow to search.
 */
function search(lines: readonly string[], part: readonly string[], from: number): { end: number; same: number } {
  const back = [0];
  const next = (line: string | undefined, same: number): number => {
    while (same > 0 && line !== part[same]) same = back[same - 1]!;
    return line === part[same] ? same + 1 : same;
  };
  for (let at = 1; at < part.length; at++) back.push(next(part[at], back[at - 1]!));
  let best = { end: from, same: 0 };
  for (let at = from, same = 0; at < lines.length && best.same < part.length; at++) {
    same = next(lines[at], same);
    if (same > best.same) best = { end: at + 1, same };
  }
  return best;
}

/**
 * Decisions that the merged files do not show; empty when all were followed.
 * `textAt`: a file's text at the merge, undefined when it is not there.
 */
export function findUnmetResolutions(decided: readonly Resolution[], textAt: (path: string) => string | undefined): string[] {
  return decided.flatMap(({ path, place, text: body }) => {
    if (body === undefined) return [];
    const there = textAt(path);
    const followed = place === undefined ? there === body : there !== undefined && there.replaceAll("\r\n", "\n").includes(body.trimEnd());
    const marks = there !== undefined && /^(?:<{7} |>{7} )/m.test(there);
    return followed && !marks
      ? []
      : [`conflict: ${path} does not hold what the member decided${place === undefined ? "" : ` for place ${place}`}`];
  });
}
