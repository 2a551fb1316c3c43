import { z } from "zod";
import { commandLine } from "../proof/check.ts";
import { specId, specShape } from "../task/spec.ts";
import { commitHash, mostDeclared } from "../task/task-command.ts";
import { trimmedText } from "../wire/bounded-text.ts";
import type { Prefix } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import type { Issue } from "../wire/yaml.ts";

/**
 * The tools by which agents plan, hand on, remember, ask and report.
 * Who may call one is a capability; descriptions are for a model.
 */
/** An id that JSON Schema can say, for shapes that a model is given. */
const idText = <const P extends Prefix>(prefix: P) => z.templateLiteral([`${prefix}_`, z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/)]);

export const agentTools = {
  plan: {
    capability: "tasks:plan",
    description:
      "Turn a story into a plan of tasks. Each task has an id, a title, an owner (agent type), what it depends on, declared outputs and checks that a machine can run, each in a clean checkout of its own. The member sees the plan, edits it and accepts it; nothing runs before. Testing, review and merge are added after coding tasks by themselves. Use it when the work needs more than one task; for a single task use delegate. When the wish resembles one of the plans that worked before, offer that one.",
    input: z
      .strictObject({
        title: trimmedText(200).describe("What will be there when all is done"),
        story: trimmedText(16_000).describe("The member's wish in their words, with what you found out"),
        tasks: z.array(specShape).max(30).default([]).describe("Leave empty with a pattern, to take its tasks as they are"),
        pattern: trimmedText(300).optional().describe("A file in patterns/ of memory: a plan that worked before, to be proposed again"),
        replaces: idText("pln").optional().describe("A plan that waits for the member's yes and that this one takes the place of"),
        concurrency: z
          .number()
          .int()
          .min(1)
          .max(20)
          .optional()
          .describe("How many tasks may work at once, when it must be fewer than the plan allows"),
      })
      .refine((given) => given.tasks.length > 0 || given.pattern !== undefined, {
        path: ["tasks"],
        message: "say the tasks, or the pattern that has them",
      }),
  },
  delegate: {
    capability: "tasks:delegate",
    description:
      "Give one task to a sub-agent of the type named as its owner. The task starts when a place is free. Returns the task's id at once; the result comes later as a message to you, so do not wait and do not ask for it. Give checks that would fail if the work were not done. Do not use it for questions you can answer yourself.",
    input: z.strictObject({
      task: specShape,
      replaces: specId.optional().describe("Id of an earlier task of yours that this one replaces; it is cancelled"),
    }),
  },
  recall: {
    capability: "memory:read",
    description:
      "Search what is remembered: the memory repository, project files, messages and decisions. Returns passages with their file, line and commit, so that you can say where you know something from. Use it before you answer from memory, and before you ask the member something they may have told you.",
    input: z.strictObject({
      query: trimmedText(400).describe("A few words, as in a search box"),
      in: z
        .array(z.enum(["memory", "files", "messages", "decisions"]))
        .min(1)
        .max(4)
        .default(["memory", "decisions", "messages", "files"]),
      limit: z.number().int().min(1).max(20).default(8),
    }),
  },
  ask: {
    capability: "member:ask",
    description:
      "Ask the member one question. Returns its id at once; the answer comes later as a message to you. Give options when there are few answers. Go on with other work if you can. Do not ask for permission to run a command: run it, and the platform asks by itself when it must.",
    input: z.strictObject({
      question: trimmedText(4_000),
      why: trimmedText(1_000).describe("What depends on the answer"),
      options: z.array(trimmedText(200)).max(8).default([]).describe("Leave empty for an answer in words"),
      goes_on: z.boolean().default(true).describe("false when the task can't continue without an answer"),
      hours: z.number().int().min(1).max(336).default(168).describe("After this many hours without an answer it counts as no"),
    }),
  },
  start_quest: {
    capability: "quests:start",
    description:
      "Propose a quest to the member: a prepared way to a goal, with steps that are checked. The member sees what it may touch and what it costs, and starts it. Inputs are those the quest names.",
    input: z.strictObject({
      quest: trimmedText(500).describe("Id of a quest in the library, or a Git address followed by @ and a commit"),
      inputs: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/), z.union([z.string().max(4_000), z.number(), z.boolean()])).default({}),
    }),
  },
  report_progress: {
    capability: "tasks:report",
    description:
      "Say how your task stands: working when a step begins or ends, done when everything is committed and pushed and you have run every check in a fresh clone, blocked when you can't go on (say what you tried and what is missing). done is a claim: a clean room runs the checks without you.",
    input: z
      .strictObject({
        task: idText("tsk"),
        state: z.enum(["working", "done", "blocked"]),
        text: trimmedText(1_000).describe("One or two sentences for the member"),
        step: z.number().int().min(1).max(100).optional(),
        of: z.number().int().min(1).max(100).optional(),
        commit: commitHash.optional().describe("With done: the full hash of the pushed commit"),
        outputs: z
          .array(innerPath)
          .max(mostDeclared)
          .optional()
          .describe(
            "With done: files, or folders of files, that the commit adds, changes or removes beside those that the task names; no other may be changed",
          ),
      })
      .refine((report) => report.state !== "done" || report.commit !== undefined, {
        path: ["commit"],
        message: "done needs the full hash of the pushed commit",
      })
      .refine((report) => report.step === undefined || report.of === undefined || report.step <= report.of, {
        path: ["step"],
        message: "is beyond of",
      }),
  },
  set_goal: {
    capability: "goals:write",
    description:
      "Write down a goal of the member, or change one: what they want, why, how they will know, by when, and how far they are. Only what the member said or agreed to. It becomes a file in their memory that they can change.",
    input: z.strictObject({
      goal: idText("gol").optional().describe("Leave out for a new goal"),
      title: trimmedText(120),
      why: trimmedText(1_000).optional(),
      measure: trimmedText(500).optional().describe("How the member will know that it is reached"),
      by: z.iso.date().optional(),
      state: z.enum(["active", "paused", "reached", "dropped"]).optional().describe("Leave out to let it be; a new goal is active"),
      progress: z.number().int().min(0).max(100).optional().describe("Percent"),
      steps: z
        .array(z.strictObject({ text: commandLine, done: z.boolean().default(false) }))
        .max(50)
        .optional(),
    }),
  },
} as const satisfies Record<string, { capability: string; description: string; input: z.ZodType }>;
export type AgentToolName = keyof typeof agentTools;
export type AgentToolInput<N extends AgentToolName> = z.infer<(typeof agentTools)[N]["input"]>;

/**
 * What an invalid call gets: the first in a turn goes back
 * with the reasons; a second becomes an event the member sees.
 */
export function invalidCall(tool: string, issues: readonly Issue[], earlier: number): { text: string; tell: boolean } {
  const reasons = issues.slice(0, 10).map(({ path, message }) => `- ${path || "(the whole call)"}: ${message}`);
  const more = issues.length > 10 ? [`- and ${issues.length - 10} more`] : [];
  const next =
    earlier === 0
      ? "Repair these and call it once more."
      : "Don't try again: go on without it and say what you could not do. The member was told.";
  return { text: [`${tool} was not done. What is wrong:`, ...reasons, ...more, next].join("\n"), tell: earlier > 0 };
}
