import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readTypeLibrary, typeCommandPolicy } from "../../../schema/agent/agent-type.ts";
import { composeTaskPrompt } from "../../../schema/agent/prompt.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { type SpecIn, specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import { next } from "./next.ts";
import { chatIn, type ToolUse } from "./wire.ts";

/** Plays what is around the demo model: the loop of an agent, its tools' answers, its box. */
const folder = path.join(import.meta.dirname, "../../../schema/agents");
export const types = readTypeLibrary(
  readdirSync(folder).map((name) => ({ path: `agents/${name}`, text: readFileSync(path.join(folder, name), "utf8") })),
);
const hash = "0123456789abcdef0123456789abcdef01234567";
const tools = ["bash", "write", "platform_plan", "platform_set_goal", "platform_remember", "platform_recall", "platform_report_progress"];

export type Turn = { role: string; content: string; tool_calls?: object[]; tool_call_id?: string };
export type Reply = (use: ToolUse) => string;
/** Plays an agent's loop until the model only talks. */
export function play(system: string, text: string, reply: Reply, before: Turn[] = []) {
  const messages: Turn[] = [{ role: "system", content: system }, ...before, { role: "user", content: text }];
  const used: ToolUse[] = [];
  for (let turn = 0; turn < 20; turn++) {
    const step = next(chatIn.parse({ model: "demo", messages, tools: tools.map((name) => ({ function: { name } })) }));
    if (!step.tools?.length)
      return { used, text: step.text ?? "", messages: [...messages.slice(1), { role: "assistant", content: step.text ?? "" }] };
    const id = (at: number) => `c${before.length}_${turn}_${at}`;
    const ids = step.tools.map((use, at) => ({ id: id(at), function: { name: use.tool, arguments: JSON.stringify(use.args) } }));
    messages.push({ role: "assistant", content: step.text ?? "", tool_calls: ids });
    for (const [at, use] of step.tools.entries()) {
      used.push(use);
      messages.push({ role: "tool", tool_call_id: id(at), content: reply(use) });
    }
  }
  throw new Error("the model never came to an end");
}

/** What a sub-agent at a task is told and finds; `first`: no task was done before it. */
type Work = { first?: boolean; said?: string; before?: Turn[]; there?: string; run?: (command: string) => string };
/** A sub-agent at one task of a plan, with a box that does what it is told. */
export function workOn(spec: SpecIn | undefined, { first = false, said, before = [], there = "README.md", run = () => "" }: Work) {
  const briefed = specShape.parse(spec);
  const context = {
    task: newId("tsk", 1),
    run: 1,
    directory: "/workspace/a",
    clone: "http://gitea:3000/projects/bakery-website.git",
    branch: briefed.owner === "repo" ? "main" : "agent/x/site",
  };
  const from = { title: "Before", outcome: `verified. Begin from its branch agent/y/site at ${hash}.` };
  const prompt = composeTaskPrompt(briefed, { ...context, earlier: [], handedOn: first ? [] : [from], recalled: [] }).text;
  const box: Reply = ({ tool, args }) => {
    const command = String(args.command ?? "");
    if (tool !== "bash") return "ok";
    if (command.includes("ls-files")) return `On agent/x/site:\n${there}`;
    if (command.includes("git push")) return run(command) || `commit ${hash}`;
    return command.includes("git merge") ? "merged 0123456" : "";
  };
  const system = `You are a sub-agent of type ${briefed.owner} .\n  Working directory: /workspace/a\n`;
  return { prompt, ...play(system, said ?? prompt, box, said ? [{ role: "user", content: prompt }, ...before] : before) };
}
export const commands = (used: ToolUse[]) => used.filter((use) => use.tool === "bash").map((use) => String(use.args.command));
/** The commands that its type's policy would ask the member about, or refuse. */
export const asks = (owner: string, used: ToolUse[]) =>
  commands(used).filter((command) => judgeCommand([typeCommandPolicy(types.get(owner)!.commands)], command).decision !== "allow");
