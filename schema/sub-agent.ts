import { z } from "zod";
import { boxTools, platformTools, service } from "./agent-type.ts";
import { capability } from "./capability.ts";
import { id } from "./id.ts";
import { typeName } from "./spec.ts";
import { type TaskState, taskStates } from "./task.ts";

/** A sub-agent as its own actor keeps it (SPEC 6.2). Its execution goes through the parent; times are milliseconds since 1970. */
export const subAgentKey = (member: string, agent: string): [string, string] => [member, agent];

/** What the member or the Grow Agent wants of it; what it does is observed, and what people see is derived from both. */
export const wants = ["on", "paused", "removed"] as const;
export type Wanted = (typeof wants)[number];
export const subAgent = z.strictObject({
  id: id("agt"),
  member: id("mem"),
  parent: id("agt"),
  type: typeName,
  title: z.string().min(1).max(60),
  channel: id("chn"),
  /** Its directory in the parent's container. */
  workspace: z.string().startsWith("/workspace/agents/").max(200),
  tools: z.strictObject({ box: z.array(z.enum(boxTools)), platform: z.array(z.enum(platformTools)) }),
  /** Its type's capabilities, bounded by its owner's and, inside a quest, by the quest's. */
  capabilities: z.array(capability),
  service: service.optional(),
  wanted: z.enum(wants),
  /** Its server runs and its session answers. */
  ready: z.boolean(),
  failure: z.string().max(500).optional(),
  task: z.strictObject({ id: id("tsk"), run: z.number().int().positive(), state: z.enum(taskStates) }).optional(),
  progress: z
    .strictObject({ text: z.string().max(1_000), step: z.number().int().optional(), of: z.number().int().optional(), at: z.number() })
    .optional(),
  createdAt: z.number(),
});
export type SubAgent = z.infer<typeof subAgent>;

export const agentStates = ["created", "idle", "working", "waiting", "paused", "failed", "removed"] as const;
export type AgentState = (typeof agentStates)[number];
const byTask: Record<TaskState, AgentState> = {
  created: "idle",
  assigned: "working",
  in_progress: "working",
  waiting: "waiting",
  paused: "paused",
  complete: "idle",
  verified: "idle",
  deployed: "idle",
  failed: "idle",
  cancelled: "idle",
};
/** One word for lists and rings. What is wanted comes before what is seen, a failure before work. */
export function agentState(of: Pick<SubAgent, "wanted" | "ready" | "failure" | "task">): AgentState {
  if (of.wanted === "removed") return "removed";
  if (of.wanted === "paused") return "paused";
  if (of.failure !== undefined) return "failed";
  const state = of.task ? byTask[of.task.state] : "idle";
  return state === "idle" && !of.ready ? "created" : state;
}

/** What the parent does next for it, and why. Idempotent: asked again in the same situation it says the same. */
export type AgentNext = { action: "start" | "prompt" | "interrupt" | "stop" | "none"; reason: string };
export function nextAction(of: Pick<SubAgent, "wanted" | "ready" | "failure" | "task">, prompting: boolean): AgentNext {
  const works = of.task?.state === "assigned" || of.task?.state === "in_progress";
  if (prompting && (of.wanted !== "on" || !(works || of.task?.state === "waiting")))
    return { action: "interrupt", reason: "its work was paused, cancelled or taken away" };
  if (of.wanted !== "on")
    return of.ready ? { action: "stop", reason: `it is ${of.wanted}` } : { action: "none", reason: `it is ${of.wanted}` };
  if (!works) return { action: "none", reason: of.task ? `its task is ${of.task.state.replace("_", " ")}` : "it has no task" };
  if (of.failure !== undefined) return { action: "none", reason: of.failure };
  if (!of.ready) return { action: "start", reason: "its server does not run" };
  return prompting ? { action: "none", reason: "it works" } : { action: "prompt", reason: "its task waits for it" };
}
