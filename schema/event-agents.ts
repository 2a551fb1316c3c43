import { z } from "zod";
import { approval } from "./approval.ts";
import { goalStates } from "./goal.ts";
import { id } from "./id.ts";
import { planStates } from "./plan.ts";
import { questStates } from "./quest-run.ts";
import { agentStates } from "./sub-agent.ts";
import { commitHash } from "./task-command.ts";
import { taskStateBody } from "./task-file.ts";

/** What agents and tasks add to a member's log, by kind; merged into `eventBodies`. The later event of a thing replaces the earlier. */
const issue = z.object({ path: z.string(), message: z.string() });
const text = z.string().max(4_000);

export const agentEventBodies = {
  "agent.state": z.object({
    agentId: id("agt"),
    parent: id("agt"),
    type: z.string(),
    title: z.string(),
    channel: id("chn"),
    state: z.enum(agentStates),
    taskId: id("tsk").optional(),
    reason: text.optional(),
  }),
  /** A member's own type in memory was taken up or refused. */
  "agent.type": z.object({ path: z.string(), type: z.string(), state: z.enum(["taken", "refused", "removed"]), issues: z.array(issue) }),
  "plan.state": z.object({
    planId: z.string().max(60),
    rev: z.number().int(),
    state: z.enum(planStates),
    title: z.string(),
    tasks: z.number().int(),
    costMicros: z.object({ expected: z.number(), most: z.number() }),
    minutes: z.object({ expected: z.number(), most: z.number() }),
  }),
  "task.state": taskStateBody,
  "task.progress": z.object({
    taskId: id("tsk"),
    agentId: id("agt"),
    text,
    step: z.number().int().optional(),
    of: z.number().int().optional(),
  }),
  "task.handoff": z.object({ planId: z.string().max(60), from: id("tsk"), to: id("tsk"), fromOwner: z.string(), toOwner: z.string() }),
  /** One check in the clean room. */
  "task.check": z.object({
    taskId: id("tsk"),
    commit: commitHash,
    name: z.string(),
    state: z.enum(["started", "passed", "failed"]),
    reason: text.optional(),
    ms: z.number().optional(),
  }),
  receipt: z.object({
    receiptId: id("rct"),
    taskId: id("tsk"),
    repo: z.string(),
    commit: commitHash,
    checks: z.number().int(),
    state: z.enum(["current", "stale"]),
    reason: text,
  }),
  "approval.state": z.object({ approval }),
  "quest.state": z.object({
    questId: id("qst"),
    title: z.string(),
    state: z.enum(questStates),
    proven: z.number().int(),
    of: z.number().int(),
    current: z.array(z.string()),
  }),
  "goal.state": z.object({
    goalId: id("gol"),
    title: z.string(),
    state: z.enum(goalStates),
    progress: z.number().optional(),
    by: z.string().optional(),
  }),
  /** A tool call that stayed wrong after its one repair. */
  "tool.invalid": z.object({ agentId: id("agt"), turnId: id("trn").optional(), tool: z.string(), issues: z.array(issue) }),
} as const;
export type AgentEventKind = keyof typeof agentEventBodies;
