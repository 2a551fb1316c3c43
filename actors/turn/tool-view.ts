import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { removeCommandMark } from "../../schema/approval/permission.ts";
import type { ToolView } from "../../schema/event.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import { limits } from "../../schema/wire/limits.ts";

/** What the agent gave, without what our plugin puts before a command. */
function asGiven(input: Record<string, unknown>): Record<string, unknown> {
  return typeof input.command === "string" ? { ...input, command: removeCommandMark(input.command) } : input;
}
/** OpenCode's tool part, as far as we use it. */
export const toolPart = z.looseObject({
  id: z.string(),
  callID: z.string(),
  tool: z.string(),
  state: z.looseObject({
    status: z.enum(["pending", "running", "completed", "error"]),
    input: z.record(z.string(), z.unknown()).default({}).transform(asGiven),
    title: z.string().optional(),
    output: z.string().optional(),
    error: z.string().optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    time: z.looseObject({ start: z.number().optional(), end: z.number().optional() }).optional(),
  }),
});
export type ToolPart = z.infer<typeof toolPart>;

/** The tool by which OpenCode answers a call that it can't read, or whose tool is not there. */
const unreadable = "invalid";
/** The same for two calls of one tool with the same arguments. */
export function sameCall({ tool, state }: ToolPart): string {
  if (tool === unreadable) return opaqueId("s", `${tool} ${text(state.input.tool) ?? ""}`); // no two are broken in the same way
  return opaqueId("s", `${tool} ${JSON.stringify(Object.entries(state.input).sort(([a], [b]) => (a < b ? -1 : 1)))}`);
}
/** A public id that always belongs to one of OpenCode's, which itself is not shown. */
export function opaqueId(prefix: string, id: string): string {
  return prefix + createHash("sha256").update(id).digest("base64url").slice(0, 16);
}

const known: Record<string, { verb: string; target: string[] }> = {
  read: { verb: "Read", target: ["filePath"] },
  write: { verb: "Write", target: ["filePath"] },
  edit: { verb: "Edit", target: ["filePath"] },
  multiedit: { verb: "Edit", target: ["filePath"] },
  patch: { verb: "Edit", target: ["path"] },
  apply_patch: { verb: "Edit", target: ["path"] },
  bash: { verb: "Run", target: ["command"] },
  grep: { verb: "Search", target: ["pattern"] },
  glob: { verb: "Find", target: ["pattern"] },
  list: { verb: "List", target: ["path"] },
  todowrite: { verb: "Plan", target: [] },
  todoread: { verb: "Plan", target: [] },
  task: { verb: "Delegate", target: ["description"] },
  webfetch: { verb: "Fetch", target: ["url"] },
  platform_remember: { verb: "Remember", target: ["title"] },
  platform_recall: { verb: "Recall", target: ["query"] },
  platform_plan: { verb: "Plan", target: ["title"] },
  platform_delegate: { verb: "Delegate", target: [] },
  platform_open_preview: { verb: "Show", target: ["title"] },
  platform_deploy: { verb: "Deploy", target: ["project"] },
  platform_report_progress: { verb: "Report", target: ["text"] },
  platform_set_goal: { verb: "Set goal", target: ["title"] },
  platform_start_quest: { verb: "Start quest", target: ["quest"] },
  platform_ask: { verb: "Ask", target: ["question"] },
  platform_call_service: { verb: "Call", target: ["operation"] },
  platform_open_project: { verb: "Open project", target: ["name"] },
  [unreadable]: { verb: "Call", target: ["tool"] },
};

const oneLine = (text: string, length: number) => cutText(text.replace(/\s+/g, " ").trim(), length);
const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** What a command is for, in its agent's words, if they say more than the command itself. */
function purpose({ tool, state: { input } }: ToolPart): string | undefined {
  const command = text(input.command) ?? "";
  const words = (tool === "bash" ? (text(input.description) ?? "") : "").trim().replace(/^runs?\s+/i, "");
  return words === "" || command.startsWith(words) ? undefined : oneLine(words, 160);
}

function target(part: ToolPart, directory: string): string {
  const names = known[part.tool]?.target ?? Object.keys(part.state.input);
  const value = names.map((name) => text(part.state.input[name])).find((found) => found !== undefined) ?? "";
  const inside = path.isAbsolute(value) ? path.relative(directory, value) : value;
  return oneLine(inside.startsWith("../") ? value : inside, 160);
}

function result(part: ToolPart): string | undefined {
  const { state } = part;
  if (part.tool === unreadable) return state.status === "running" ? undefined : unreadableResult(state.input);
  if (state.status === "error")
    return misfit.test(state.error ?? "")
      ? "The call lacked what it needs, and the model was told so"
      : oneLine(state.error ?? "failed", 200);
  if (state.status !== "completed") return undefined;
  const exit = state.metadata?.exit;
  if (part.tool === "bash") return typeof exit === "number" && exit !== 0 ? `exit ${exit}` : lastLine(state.output);
  if (part.tool === "read") return `${(state.output ?? "").split("\n").length} lines`;
  if (part.tool === "grep" || part.tool === "glob") {
    const n = state.metadata?.matches ?? state.metadata?.count;
    return typeof n === "number" ? `${n} found` : undefined;
  }
  return undefined;
}

/** What OpenCode says of arguments that are not the tool's. */
const misfit = /^The \w+ tool was called with invalid arguments/;
const unreadableResult = ({ error }: Record<string, unknown>) =>
  text(error)?.includes("unavailable tool")
    ? "There is no tool of that name, and the model was told so"
    : "The call could not be read, and the model was told so";

/**
 * What became of a call of a platform tool, for people: what the tool answers is written for the model, and
 * none of it is shown.
 */
const goalThere = (answer: string) => (answer.startsWith("No second one was proposed") ? "It is there already" : undefined);
const goalNotes = [
  ["Proposed", "Proposed to you"],
  ["Noted in the proposal", "Noted where it waits for you"],
] as const;
const outcomes: Record<string, (answer: string) => string | undefined> = {
  platform_remember: (answer) => goalThere(answer) ?? (answer.startsWith("Proposed") ? "Proposed to you" : "Kept"),
  platform_set_goal: (answer) =>
    goalThere(answer) ?? goalNotes.find(([start]) => answer.startsWith(start))?.[1] ?? "Not taken up yet, so nothing was noted",
  platform_plan: (answer) => (answer.startsWith("Nothing was proposed") ? "Not proposed" : "Proposed to you"),
  platform_delegate: () => "Given to a helper",
  platform_ask: () => "Asked you",
  platform_start_quest: () => "Proposed to you",
  platform_open_project: () => "Open",
  platform_recall: (answer) => (answer.startsWith("Nothing is remembered") ? "Nothing found" : undefined),
};
const external = new Set(["platform_call_service"]); // its answer comes from the service
function platformView({ tool, state }: ToolPart): Pick<ToolView, "result"> | undefined {
  if (!tool.startsWith("platform_") || external.has(tool)) return undefined;
  if (state.status === "running") return {};
  const answer = state.output ?? state.error ?? "";
  const refused = state.status === "error" || /^\w+ was not done\. What is wrong:|^[a-z_]+: /.test(answer);
  const outcome = refused ? "It did not work and was told why" : outcomes[tool]?.(answer);
  return outcome === undefined ? {} : { result: outcome };
}
const lastLine = (output: string | undefined) => {
  const lines = (output ?? "").trim().split("\n");
  return oneLine(lines.at(-1) ?? "", 120) || undefined;
};

/** A call whose answer broke off before its arguments were there: OpenCode closes it; it was never made. */
const isUnmade = ({ state }: ToolPart) =>
  state.status === "error" && state.metadata?.interrupted === true && Object.keys(state.input).length === 0;

/**
 * What a tool call shows when folded: `Run npm test · 12 passed`. Undefined while OpenCode still writes its
 * arguments.
 */
export function viewToolPart(part: ToolPart, directory: string): ToolView | undefined {
  const { state } = part;
  if (state.status === "pending" || isUnmade(part)) return undefined;
  const failed =
    state.status === "error" || part.tool === unreadable || (typeof state.metadata?.exit === "number" && state.metadata.exit !== 0);
  const output = state.status === "error" ? state.error : state.output;
  const platform = platformView(part);
  const ended = platform ? platform.result : result(part);
  const why = purpose(part);
  const { start, end } = state.time ?? {};
  return {
    callId: opaqueId("c", part.id), // the provider's own id comes again: some number the calls of each answer from 0
    tool: part.tool,
    verb:
      (part.tool === "platform_set_goal" && state.input.goal !== undefined ? "Note on goal" : known[part.tool]?.verb) ??
      oneLine(part.tool.replace(/[_-]+/g, " "), 40),
    target: why ?? target(part, directory),
    ...(why === undefined ? {} : { command: (text(state.input.command) ?? "").slice(0, limits.toolTextChars) }),
    state: state.status === "running" ? "running" : failed ? "failed" : "done",
    ...(ended ? { result: ended } : {}),
    ...(output && !platform && part.tool !== unreadable ? { output: output.slice(-limits.toolTextChars) } : {}),
    ...(start !== undefined && end !== undefined ? { ms: end - start } : {}),
  };
}
