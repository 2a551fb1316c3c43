import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decideSubAgentStep,
  mostInterruptions,
  mostNudges,
  newSubState,
  type SubCommand,
  type SubInput,
  type SubState,
} from "../../../schema/agent/sub-agent.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";

const task = newId("tsk");
const hash = "a".repeat(40);
const context = {
  directory: "/work",
  clone: "http://gitea:3000/projects/x.git",
  branch: "agent/a/x",
  earlier: [],
  handedOn: [],
  recalled: [],
};
const smallSpec = specShape.parse({ id: "x", title: "X", owner: "coding", outputs: ["x.txt"] });
const assigned: SubInput = { kind: "assigned", task, run: 1, spec: smallSpec, context };

/** Hears inputs one after another; answers the last state and all commands. */
function hears(inputs: (SubInput | ((state: SubState) => SubInput))[], from = newSubState) {
  const commands: SubCommand[] = [];
  let state = from;
  for (const input of inputs) {
    const next = decideSubAgentStep(state, typeof input === "function" ? input(state) : input);
    state = next.state;
    commands.push(...next.commands);
  }
  return { state, commands };
}
const ended = (end: "done" | "interrupted" | "failed" | "stopped", commit?: string) => (state: SubState) =>
  ({ kind: "turn_ended", key: state.turn ?? "", end, reason: "", ...(commit ? { commit } : {}) }) satisfies SubInput;
const said = (state: "working" | "done" | "blocked", commit?: string): SubInput => ({
  kind: "reported",
  task,
  state,
  text: state,
  ...(commit ? { commit } : {}),
});

test("a task becomes a prompt that names its checks, its branch and how to report", () => {
  const { state, commands } = hears([assigned]);
  expect(commands).toMatchObject([{ kind: "execute", key: `${task}:1:1`, task, run: 1 }]);
  const [first] = commands;
  expect(first?.kind === "execute" && first.prompt).toMatch(/x\.txt is in the commit[\s\S]*report_progress/);
  expect(state).toMatchObject({ phase: "working", turn: `${task}:1:1` });
});
test("a task says which files it may change, and how others are named", () => {
  const prompt = (more: object) => {
    const { commands } = hears([{ ...assigned, spec: { ...assigned.spec, ...more } }]);
    return commands[0]?.kind === "execute" ? commands[0].prompt : "";
  };
  expect(prompt({})).toMatch(/Change no other files than those named above\. Where the work needs more, name each in outputs/);
  expect(prompt({ anywhere: true })).toMatch(/You may change what the work needs\. But a check that was there before/);
});
test("the same assignment heard twice begins one turn", () => {
  expect(hears([assigned, assigned]).commands).toHaveLength(1);
});
test("done counts when the turn has ended and the branch stands at the commit that was named", () => {
  const { state, commands } = hears([assigned, said("done", hash), ended("done", hash)]);
  expect(commands.at(-1)).toMatchObject({ kind: "report", outcome: { kind: "complete", commit: hash } });
  expect(state.phase).toBe("verifying");
});
test("done with a commit that is not on the branch goes back to the agent", () => {
  const { commands } = hears([assigned, said("done", hash), ended("done", "b".repeat(40))]);
  expect(commands.at(-1)).toMatchObject({ kind: "execute" });
});
test("a turn that ends without a word is asked about, and given up in the end", () => {
  const { commands, state } = hears([assigned, ...Array.from({ length: mostNudges + 1 }, () => ended("done", hash))]);
  expect(commands.filter((command) => command.kind === "execute")).toHaveLength(1 + mostNudges);
  expect(commands.at(-1)).toMatchObject({ kind: "report", outcome: { kind: "give_up" } });
  expect(state.phase).toBe("failed");
});
test("a turn that ends with a question open waits for the answer, whose turn ends the same step; one that is done is done", () => {
  const asked = (state: SubState) => ({ ...ended("done", hash)(state), asked: true }) satisfies SubInput;
  const { state, commands } = hears([assigned, asked]);
  expect(commands.slice(1)).toMatchObject([{ kind: "report", outcome: { kind: "wait" } }]);
  expect([state.turn, state.nudges]).toEqual([`${task}:1:1`, 0]);
  const twice = hears([asked, said("done", hash), asked], state);
  expect(new Set([...commands, ...twice.commands].map(({ key }) => key)).size).toBe(4);
  expect(twice.commands.at(-1)).toMatchObject({ outcome: { kind: "complete", commit: hash } });
});
test("who was interrupted is told to go on where it was, with the task as a reminder: it may never have reached it", () => {
  const { commands } = hears([assigned, ended("interrupted")]);
  const prompts = commands.flatMap((command) => (command.kind === "execute" ? [command.prompt] : []));
  expect(prompts).toHaveLength(2);
  expect(prompts[1]).toContain(prompts[0]);
  expect(prompts[1]).toMatch(/^You were interrupted in the middle of tsk_\w+\. Go on where you were/);
});

test("an interrupted turn goes on in the same session; again and again it is another agent's", () => {
  const { commands } = hears([assigned, ...Array.from({ length: mostInterruptions + 1 }, () => ended("interrupted"))]);
  expect(commands.filter((command) => command.kind === "execute")).toHaveLength(1 + mostInterruptions);
  expect(commands.at(-1)).toMatchObject({ outcome: { kind: "error", class: "stale_worker" } });
});
test("blocked is told as giving up with the agent's words", () => {
  expect(hears([assigned, said("blocked"), ended("done")]).commands.at(-1)).toMatchObject({
    outcome: { kind: "give_up", reason: "blocked" },
  });
});
test("a failed verdict is a repair with what failed, three times at most", () => {
  const round = [
    said("done", hash),
    ended("done", hash),
    { kind: "verdict", task, passed: false, failures: ["tests.0: exit 1"] } satisfies SubInput,
  ];
  const { commands, state } = hears([assigned, ...round, ...round, ...round, ...round]);
  const repairs = commands.filter((command) => command.kind === "execute" && command.prompt.includes("tests.0: exit 1"));
  expect(repairs).toHaveLength(3);
  expect(state.phase).toBe("failed");
});
test("a pause holds the next step back and a resume brings it, wherever the turn was stopped", () => {
  const pause: SubInput = { kind: "pause", task };
  const { commands, state } = hears([assigned, pause, ended("stopped"), { kind: "resume", task }]);
  expect(commands.map((command) => command.kind)).toEqual(["execute", "execute"]);
  expect(state).toMatchObject({ paused: false, turn: `${task}:1:2` });
});
test("a resume that is heard before the end of the stopped turn is not lost", () => {
  const { commands, state } = hears([assigned, { kind: "pause", task }, { kind: "resume", task }, ended("stopped")]);
  expect(commands.map((command) => command.kind)).toEqual(["execute", "execute"]);
  expect(state.turn).toBe(`${task}:1:2`);
});
test("a step the parent refuses because of a pause that is over comes again", () => {
  const { commands } = hears([assigned, (state) => ({ kind: "refused", key: state.turn! })]);
  expect(commands.map((command) => command.kind)).toEqual(["execute", "execute"]);
});
test("a cancelled task asks for nothing any more", () => {
  const { commands } = hears([assigned, { kind: "cancel", task }, ended("stopped"), said("done", hash), { kind: "resume", task }]);
  expect(commands).toHaveLength(1);
});
test("what is said of another task changes nothing", () => {
  const other = newId("tsk");
  const { state, commands } = hears([assigned, { kind: "cancel", task: other }, { kind: "again", task: other }]);
  expect(commands).toHaveLength(1);
  expect(state.phase).toBe("working");
});

const inputs: fc.Arbitrary<(state: SubState) => SubInput> = fc.oneof(
  fc.constant(() => assigned),
  fc.constantFrom("done", "interrupted", "failed", "stopped").map((end) => ended(end as "done", hash)),
  fc.constantFrom("working", "done", "blocked").map((state) => () => said(state as "done", hash)),
  fc.boolean().map((passed) => (): SubInput => ({ kind: "verdict", task, passed, failures: ["x"] })),
  fc.constantFrom("again", "pause", "resume", "cancel").map((kind) => (): SubInput => ({ kind: kind as "pause", task })),
  fc.constant((state: SubState): SubInput => ({ kind: "refused", key: state.turn ?? "" })),
);
test("in any order: no key twice, one turn at a time, none while paused or after the end", () => {
  fc.assert(
    fc.property(fc.array(inputs, { maxLength: 60 }), (list) => {
      let state = newSubState;
      const keys = new Set<string>();
      for (const input of list) {
        const before = state;
        const next = decideSubAgentStep(state, input(state));
        state = next.state;
        expect(next.commands.length).toBeLessThanOrEqual(1);
        for (const command of next.commands) {
          expect(keys.has(command.key)).toBe(false);
          keys.add(command.key);
          if (command.kind === "execute") {
            expect(before.paused && state.paused).toBe(false);
            expect(state.turn).toBe(command.key);
            expect(["cancelled", "done"]).not.toContain(before.phase);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});
