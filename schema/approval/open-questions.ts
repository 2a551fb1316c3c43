import { z } from "zod";
import type { MemoryChange } from "../memory/memory-change.ts";
import { memoryChange } from "../memory/memory-change.ts";
import { proposalKinds } from "../proposal.ts";
import { id } from "../wire/id.ts";
import { type Parsed, printYaml, readYaml } from "../wire/yaml.ts";
import { type Approval, approvalShape } from "./approval.ts";

/**
 * What waits for the member, as Git remembers it: `snapshots/open/<id>.yaml`, there as long as it is open. An actor that has lost its state asks the
 * questions of the Grow Agent and shows the proposals again; of all others it says that they are lost. OpenCode's own requests end with their session.
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
const bounds = { bytes: 512 * 1024, depth: 12, tokens: 40_000 } as const;

const idOf = (of: OpenQuestion) => (of.kind === "question" ? of.approval.id : of.id);
export function openQuestionFile(of: OpenQuestion): MemoryChange {
  return { path: openQuestionPath(idOf(of)), content: printYaml(of) };
}
export function readOpenQuestion(path: string, text: string): Parsed<OpenQuestion> {
  const read = readYaml(text, openQuestion, bounds);
  if (read.ok && openQuestionPath(idOf(read.value)) !== path)
    return { ok: false, issues: [{ path: "id", message: "is not the name of its file" }] };
  return read;
}
/** A question as it is kept: whole when the Grow Agent can hear its answer after all else is gone, else its name. */
export function toOpenQuestion(of: Approval, own: boolean): OpenQuestion {
  const { id, title, subject } = of;
  if (own && subject.kind === "question") {
    const { turn: _turn, task: _task, ...rest } = of;
    return { kind: "question", title, approval: rest };
  }
  return { kind: "other", id, title, about: subject.kind };
}
