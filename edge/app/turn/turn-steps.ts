import { plainCommitTitle } from "../git/commit-title.ts";
import type { Turn } from "./turn.ts";

export type TaskStep = {
  key: string;
  title: string;
  state: "working" | "done" | "failed" | "cancelled";
  ms: number | undefined;
  at: number | undefined;
};

/** A turn as steps, in order; the running one comes last. Commits and texts have no time of their own. */
export function listSteps(turn: Turn): TaskStep[] {
  const running = turn.state === "running";
  const steps = turn.parts.flatMap((part): TaskStep[] => {
    if (part.type === "tool") {
      const { call } = part;
      const state = call.state === "running" ? (running ? "working" : "cancelled") : call.state;
      return [{ key: part.key, title: `${call.verb} ${call.target}`, state, ms: call.ms, at: part.at }];
    }
    if (part.type === "commit")
      return [{ key: part.key, title: `Commit ${plainCommitTitle(part.commit.title)}`, state: "done", ms: undefined, at: part.at }];
    if (part.type === "text") return [{ key: part.key, title: "Write to you", state: "done", ms: undefined, at: undefined }];
    return [];
  });
  const writing = turn.live.at(-1);
  if (running && writing)
    steps.push({ key: `live:${writing.partId}`, title: "Write to you", state: "working", ms: undefined, at: undefined });
  else if (running && !steps.some((step) => step.state === "working"))
    steps.push({ key: "think", title: "Think", state: "working", ms: undefined, at: undefined });
  return steps;
}
