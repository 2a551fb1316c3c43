import { z } from "zod";
import { taskStates } from "../task/task.ts";
import { id } from "../wire/id.ts";
import { queryNumber } from "../wire/query-number.ts";
import { questInput, questSource } from "./quest.ts";
import { questRun, questStates, questStep } from "./quest-run.ts";

/**
 * Actions of the growAgent on quests. The app calls them live, REST by the
 * edge. Times are milliseconds since 1970, money millionths of a dollar.
 */
/** A library id, `projects/<name>@<commit>` or `https://…@<commit>`. */
export const questText = z.string().trim().min(2).max(600);
export const questInputs = z
  .record(z.string().max(60), z.union([z.string().max(4_000), z.number(), z.boolean()]))
  .refine((inputs) => Object.keys(inputs).length <= 60, "names more than 60 inputs");

const range = z.object({ expected: z.number(), most: z.number() });
export const questPackage = z.object({
  source: questSource,
  id: z.string(),
  version: z.string(),
  title: z.string(),
  summary: z.string(),
  inputs: z.array(questInput),
  steps: z.array(z.object({ id: z.string(), title: z.string(), owner: z.string(), repeats: z.number().int() })),
  /** What it may do, for people, and as capabilities. */
  touches: z.array(z.string()),
  permissions: z.array(z.string()),
});
export const questPreview = z.object({
  title: z.string(),
  summary: z.string(),
  version: z.string(),
  steps: questPackage.shape.steps,
  touches: z.array(z.string()),
  projects: z.array(z.string()),
  outputs: z.array(z.string()),
  /** Run in a clean room. */
  commands: z.array(z.string()),
  /** Files it puts into memory. */
  memory: z.array(z.string()),
  estimate: z.object({ costMicros: range, minutes: range }),
  /** Never more than this. */
  budgetMicros: z.number().nullable(),
});
export const questLibraryOut = z.object({ quests: z.array(questPackage) });
export const questPreviewIn = z.strictObject({ quest: questText, inputs: questInputs.default({}) });
/** `preview` is null while inputs are missing or wrong; `issues` says which. */
export const questPreviewOut = z.object({
  package: questPackage,
  preview: questPreview.nullable(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })),
});

export const questView = questRun.omit({ values: true, steps: true, skipped: true, since: true, goal: true, plan: true }).extend({
  goal: id("gol").nullable(),
  plan: id("pln").nullable(),
  /** Steps with a receipt, of all there will be. */
  proven: z.number().int(),
  of: z.number().int(),
  /** Ids of the steps that are worked on. */
  current: z.array(z.string()),
  /** When a step that repeats comes next. */
  nextAt: z.number().nullable(),
  updatedAt: z.number(),
});
export type QuestView = z.infer<typeof questView>;
export const questDetail = z.object({
  quest: questView.extend({ values: questRun.shape.values, skipped: questRun.shape.skipped, touches: z.array(z.string()) }),
  steps: z.array(
    z.object({
      step: z.string(),
      title: z.string(),
      owner: z.string(),
      /** How often it comes; 1 when it does not repeat. */
      repeats: z.number().int(),
      tasks: z.array(questStep.extend({ state: z.enum(taskStates) }).omit({ step: true })),
    }),
  ),
});
export const questOut = z.object({ quest: questView });
export const questsIn = z.strictObject({
  cursor: id("qst").optional(),
  limit: queryNumber(z.number().int().min(1).max(50)).default(20),
  state: z.enum(questStates).optional(),
});
export const questsOut = z.object({ quests: z.array(questView), next: id("qst").nullable() });
export const questIn = z.strictObject({ questId: id("qst") });
export const questStartIn = questPreviewIn.extend({ goal: id("gol").optional() });
/**
 * `start`: one that was proposed. `resume`: one that is
 * paused, or has failed; its failed steps are tried again.
 */
export const questActs = ["start", "pause", "resume", "cancel"] as const;
export const questActIn = z.strictObject({ questId: id("qst"), act: z.enum(questActs) });

/** Body of the event `quest.state`. */
export const questStateBody = questView.pick({ title: true, state: true, proven: true, of: true, current: true, nextAt: true }).extend({
  questId: id("qst"),
  planId: id("pln").optional(),
  reason: z.string().max(500).optional(),
});
