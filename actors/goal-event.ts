import { goalProgress, readGoal } from "../schema/goal.ts";
import type { MemoryChange } from "../schema/memory/memory-change.ts";
import type { Writer } from "./kernel/writer.ts";

/** Says what a goal is now, after a change of its file. */
export async function tellGoal(writer: Writer, change: MemoryChange | undefined, at: number = writer.now): Promise<void> {
  const read = change && "content" in change && change.path.startsWith("goals/") ? readGoal(change.content) : undefined;
  if (!change || !read?.ok) return;
  const { id, title, state } = read.value;
  await writer.append("goal.state", {
    at,
    body: { goalId: id, title, state, progress: goalProgress(read.value) ?? null, path: change.path },
  });
}
