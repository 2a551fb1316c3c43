import type { ApprovalSubject } from "../../../schema/approval/approval.ts";
import type { PatchLine } from "../git/patch.ts";

/** The two sides of a conflict, for the screen. Pure. */
export type ConflictOf = Extract<ApprovalSubject, { kind: "conflict" }>;
export const conflictSides = ["ours", "theirs"] as const;
export type ConflictSide = (typeof conflictSides)[number];
/** An agent's branch has a name that means nothing to people. */
export const titleSide = (conflict: ConflictOf, side: ConflictSide) => (conflict[side].branch === "main" ? "main" : "the branch");

const linesIn = (text = "") => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
/** One side of a conflict with the lines around it. */
export function listSideLines(conflict: ConflictOf, side: ConflictSide): PatchLine[] {
  const before = linesIn(conflict.before);
  const parts = [before, linesIn(conflict[side].content), linesIn(conflict.after)].flatMap((lines, part) =>
    lines.map((text) => ({ kind: part === 1 ? ("a" as const) : ("n" as const), text })),
  );
  return parts.map((part, index) => ({ ...part, number: (conflict.line ?? 1) - before.length + index }));
}
