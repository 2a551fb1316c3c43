import { z } from "zod";
import type { QuestInput } from "../../../schema/quest/quest.ts";
import type { QuestView } from "../../../schema/quest/quest-api.ts";
import type { RingState } from "../ui/ring.tsx";

/** The typed values by input; an untouched input has its default. Pure. */
export const questDraft = z.record(z.string(), z.union([z.string(), z.boolean()]));
export type QuestDraft = Readonly<z.infer<typeof questDraft>>;

export function showInput(input: QuestInput, draft: QuestDraft): string | boolean {
  return draft[input.name] ?? (input.kind === "boolean" ? (input.default ?? false) : (input.default?.toString() ?? ""));
}

/** Reads the values of a draft. An empty one is left out, unless its default would silently replace it. */
export function readQuestInputs(inputs: readonly QuestInput[], draft: QuestDraft): Record<string, string | number | boolean> {
  return Object.fromEntries(
    inputs.flatMap((input): [string, string | number | boolean][] => {
      const typed = draft[input.name];
      if (typed === undefined) return [];
      if (typeof typed === "boolean") return [[input.name, typed]];
      if (typed.trim() === "") return input.required && input.default !== undefined ? [[input.name, typed]] : [];
      const number = input.kind === "number" ? Number(typed) : Number.NaN;
      return [[input.name, Number.isNaN(number) ? typed : number]];
    }),
  );
}

type Issue = { path: string; message: string };
export function findInputIssue(issues: readonly Issue[], name: string): string | undefined {
  return issues.find((issue) => issue.path === `inputs.${name}`)?.message;
}
/** The issues of the package itself. */
export const listOtherIssues = (issues: readonly Issue[]) => issues.filter((issue) => !issue.path.startsWith("inputs."));

const questStates: Record<QuestView["state"], { ring: RingState; text: string }> = {
  ready: { ring: "waiting", text: "Waiting for you" },
  running: { ring: "working", text: "Running" },
  paused: { ring: "cancelled", text: "Paused" },
  done: { ring: "done", text: "Done" },
  failed: { ring: "failed", text: "A step failed" },
  cancelled: { ring: "cancelled", text: "Cancelled" },
};
/** A quest's ring and words. A repeating quest may wait for its next time without an agent at work. */
export function describeQuest(quest: Pick<QuestView, "state" | "current" | "nextAt">): { ring: RingState; text: string; works: boolean } {
  const waits = quest.state === "running" && quest.current.length === 0 && quest.nextAt !== null;
  return waits
    ? { ring: "complete", text: "Waits for its next time", works: false }
    : { ...questStates[quest.state], works: quest.state === "running" };
}
export type QuestAct = "start" | "pause" | "resume" | "cancel";
const actsByState: Record<QuestView["state"], readonly QuestAct[]> = {
  ready: ["start", "cancel"],
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  failed: ["resume", "cancel"],
  done: [],
  cancelled: [],
};
export const listQuestActs = (state: QuestView["state"]) => actsByState[state];
export const isQuestOver = (state: QuestView["state"]) => actsByState[state].length === 0;
export function describeQuestAct(act: QuestAct, state: QuestView["state"]): string {
  if (act === "resume") return state === "failed" ? "Try the failed step again" : "Resume";
  return { start: "Start", pause: "Pause", cancel: state === "ready" ? "No" : "End it" }[act];
}
