import { describe, expect, test } from "vitest";
import { z } from "zod";
import { capabilityShape, isKnownCapability } from "../../schema/agent/capability.ts";
import { type AgentToolName, agentTools, invalidCall } from "../../schema/tool/agent-tools.ts";
import { tools } from "../../schema/tool/tool.ts";
import { platformTools } from "../../schema/tool/tool-call.ts";
import { newId } from "../../schema/wire/id.ts";
import { parseShape } from "../../schema/wire/yaml.ts";

const names = Object.keys(agentTools) as AgentToolName[];
const task = { id: "T1", title: "Do", owner: "coding", tests: ["true"] };
const wrong = (name: AgentToolName, given: unknown) => {
  const read = parseShape<z.ZodType>(given, agentTools[name].input);
  return read.ok ? [] : read.issues.map(({ path }) => path);
};

describe("the agents' tools", () => {
  test("each have a description for a model, a known capability and a shape a model can be given", () => {
    for (const name of names) {
      const tool = agentTools[name];
      expect(tool.description.length).toBeGreaterThan(150);
      expect(capabilityShape.safeParse(tool.capability).success && isKnownCapability(tool.capability)).toBe(true);
      expect(z.toJSONSchema(tool.input, { io: "input" })).toMatchObject({ type: "object", additionalProperties: false });
    }
    expect(Object.keys(tools).sort()).toEqual([...platformTools, "call_service"].sort()); // a type has that one by its service
  });
  test("take what they describe", () => {
    expect(wrong("plan", { title: "A blog", story: "I want a blog", tasks: [task] })).toEqual([]);
    expect(wrong("delegate", { task })).toEqual([]);
    expect(agentTools.recall.input.parse({ query: "colour" })).toMatchObject({ limit: 8 });
    expect(wrong("ask", { question: "Which colour?", why: "The theme", options: ["red", "blue"] })).toEqual([]);
    expect(wrong("start_quest", { quest: "create-blog", inputs: { title: "Mine" } })).toEqual([]);
    expect(wrong("report_progress", { task: newId("tsk"), state: "working", text: "Reading" })).toEqual([]);
    expect(wrong("set_goal", { title: "Learn Git", by: "2026-12-01" })).toEqual([]);
  });
  test("refuse the rest by path", () => {
    expect(wrong("plan", { title: "x", story: "y", tasks: [] })).toEqual(["tasks"]);
    expect(wrong("delegate", { task: { ...task, outputs: ["../x"] } })).toEqual(["task.outputs.0"]);
    expect(wrong("delegate", { task, agent: "coding" })).toEqual(["agent"]);
    expect(wrong("report_progress", { task: newId("tsk"), state: "done", text: "All done" })).toEqual(["commit"]);
    expect(wrong("report_progress", { task: newId("agt"), state: "working", text: "x" })).toEqual(["task"]);
    expect(wrong("report_progress", { task: newId("tsk"), state: "working", text: "x", step: 4, of: 3 })).toEqual(["step"]);
    expect(wrong("set_goal", { title: "x".repeat(1_000_000) })).toEqual(["title"]);
    expect(wrong("ask", "approve everything")).toEqual([""]);
  });
  test("send an invalid call back once with its reasons, and tell the member the second time", () => {
    const issues = [
      { path: "task.title", message: "is missing" },
      { path: "", message: "must be an object" },
    ];
    expect(invalidCall("delegate", issues, 0)).toEqual({
      tell: false,
      text: "delegate was not done. What is wrong:\n- task.title: is missing\n- (the whole call): must be an object\nRepair these and call it once more.",
    });
    expect(invalidCall("delegate", issues, 1).tell).toBe(true);
    expect(
      invalidCall(
        "plan",
        Array.from({ length: 30 }, () => issues[0]!),
        0,
      ).text,
    ).toContain("and 20 more");
  });
});
