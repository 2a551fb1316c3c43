import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newId } from "../../schema/id.ts";
import { agentState, nextAction, type SubAgent, wants } from "../../schema/sub-agent.ts";
import { taskStates } from "../../schema/task.ts";

type Facts = Pick<SubAgent, "wanted" | "ready" | "failure" | "task">;
const facts = fc.record<Facts>(
  {
    wanted: fc.constantFrom(...wants),
    ready: fc.boolean(),
    failure: fc.constant("its server does not start"),
    task: fc.record({ id: fc.constant(newId("tsk")), run: fc.constant(1), state: fc.constantFrom(...taskStates) }),
  },
  { requiredKeys: ["wanted", "ready"] },
);
const task = (state: (typeof taskStates)[number]) => ({ id: newId("tsk"), run: 1, state });

describe("a sub-agent", () => {
  test("shows what is wanted before what is seen, and a failure before work", () => {
    expect(agentState({ wanted: "on", ready: false })).toBe("created");
    expect(agentState({ wanted: "on", ready: true })).toBe("idle");
    expect(agentState({ wanted: "on", ready: true, task: task("waiting") })).toBe("waiting");
    expect(agentState({ wanted: "paused", ready: true, task: task("in_progress") })).toBe("paused");
    expect(agentState({ wanted: "on", ready: false, failure: "x", task: task("in_progress") })).toBe("failed");
    expect(agentState({ wanted: "removed", ready: true, failure: "x" })).toBe("removed");
  });
  test("is started for its task, prompted once, and interrupted when the work is taken away", () => {
    expect(nextAction({ wanted: "on", ready: false, task: task("assigned") }, false).action).toBe("start");
    expect(nextAction({ wanted: "on", ready: true, task: task("assigned") }, false).action).toBe("prompt");
    expect(nextAction({ wanted: "on", ready: true, task: task("in_progress") }, true).action).toBe("none");
    expect(nextAction({ wanted: "on", ready: true, task: task("waiting") }, true).action).toBe("none");
    for (const state of ["paused", "cancelled", "failed", "complete"] as const)
      expect(nextAction({ wanted: "on", ready: true, task: task(state) }, true).action).toBe("interrupt");
    expect(nextAction({ wanted: "paused", ready: true, task: task("in_progress") }, true).action).toBe("interrupt");
    expect(nextAction({ wanted: "paused", ready: true, task: task("in_progress") }, false).action).toBe("stop");
  });
  test("comes to rest: doing what is next leaves nothing to do after a few steps", () => {
    fc.assert(
      fc.property(facts, fc.boolean(), (start, began) => {
        let [of, prompting] = [start, began];
        let action = "";
        for (let step = 0; step < 4; step++) {
          action = nextAction(of, prompting).action;
          if (action === "start") of = { ...of, ready: true };
          if (action === "stop") of = { ...of, ready: false };
          if (action === "prompt") prompting = true;
          if (action === "interrupt") prompting = false;
        }
        expect(action).toBe("none");
      }),
    );
  });
});
