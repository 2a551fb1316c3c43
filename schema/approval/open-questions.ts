import { z } from "zod";
import type { MemoryChange } from "../memory/memory-change.ts";
import { memoryChange } from "../memory/memory-change.ts";
import { proposalKinds } from "../proposal.ts";
import { id } from "../wire/id.ts";
import { type Parsed, printYaml, readYaml } from "../wire/yaml.ts";
import { type Approval, approvalShape } from "./approval.ts";

/**
 * What waits for the member, as Git remembers it: `snapshots/open/<id>.yaml`, there as long as it is
 * open. An actor that has lost its state asks the questions of the Grow Agent and shows the proposals
 * again; of all others it says that they are lost. OpenCode's own requests end with their session.
 */
const question = z.strictObject({ kind: z.literal("question"), title: z.string(), approval: approvalShape });
const other = z.strictObject({ kind: z.literal("other"), id: id("apr"), title: z.string(), about: z.string() });
const proposal = z.strictObject({
  kind: z.literal("proposal"),
  id: id("prp"),
  title: z.string(),
  of: z.enum(proposalKinds),
  text: z.string(),
  file: memoryChange,
  goal: id("gol").nullable(),
  agent: id("agt"),
  at: z.number(),
});
export const openQuestion = z.discriminatedUnion("kind", [question, other, proposal]);
export type OpenQuestion = z.infer<typeof openQuestion>;

export const openQuestionFolder = "snapshots/open/";
export const openQuestionPath = (key: string): string => `${openQuestionFolder}${key}.yaml`;
const openQuestionBounds = { bytes: 512 * 1024, depth: 12, tokens: 40_000 } as const;

const idOf = (question: OpenQuestion) => (question.kind === "question" ? question.approval.id : question.id);
export function openQuestionFile(question: OpenQuestion): MemoryChange {
  return { path: openQuestionPath(idOf(question)), content: printYaml(question) };
}
export function readOpenQuestion(path: string, text: string): Parsed<OpenQuestion> {
  const read = readYaml(text, openQuestion, openQuestionBounds);
  if (read.ok && openQuestionPath(idOf(read.value)) !== path)
    return { ok: false, issues: [{ path: "id", message: "is not the name of its file" }] };
  return read;
}
/**
 * A question as it is kept: whole when the Grow Agent can hear
 * its answer after all else is gone, else its name.
 */
export function toOpenQuestion(approval: Approval, askedByGrowAgent: boolean): OpenQuestion {
  const { id, title, subject } = approval;
  if (askedByGrowAgent && subject.kind === "question") {
    const { turn: _turn, task: _task, ...rest } = approval;
    return { kind: "question", title, approval: rest };
  }
  return { kind: "other", id, title, about: subject.kind };
}
