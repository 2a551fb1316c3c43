import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { killPart, type Part, parts } from "../harness/kill-part.ts";
import { send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { long } from "../harness/suite/long-run.ts";
import { chance, seed, shuffled } from "../harness/suite/seed.ts";
import { root } from "../local/process.ts";
import {
  answerQuestions,
  expectAllIsWell,
  longestStep,
  type Member,
  newMember,
  questionsOf,
  startTaskInSteps,
  startTwoInPlan,
  turnsOf,
  waitForCommand,
  waitUntilVerified,
} from "./interrupted-work.ts";
import { product } from "./product.ts";

/**
 * Each step of a task × each part that may die at it. When the log shows the step, the part is killed. The
 * task must come to its right end, and nothing that was acknowledged is lost, doubled or left hanging. The
 * seed decides the order, the sample, and whether a question is answered while the part is away or after it
 * is back.
 */
const steps = ["assigned", "cloned", "prompting", "tool running", "waiting for approval", "committing", "pushing", "verifying"] as const;
type Case = { step: (typeof steps)[number]; part: Part; early: boolean };
const random = chance();
const all: Case[] = shuffled(
  [...steps.flatMap((step) => parts.map((part) => ({ step, part }))), { step: "verifying", part: "edge" } as const],
  random,
).map((task) => ({ ...task, early: random() < 0.5 }));
/** A sample in which no step and no part occurs twice. */
const sample: Case[] = [];
for (const candidate of all)
  if (sample.length < 3 && !sample.some((other) => other.step === candidate.step || other.part === candidate.part)) sample.push(candidate);

let member: Member;
/** The result of each case, for the table in README.md. */
const figures = path.join(root, ".growqr/results/steps.md");
beforeAll(async () => {
  member = await newMember(product, `sol-${Date.now()}@example.com`);
});
afterAll(() => member?.events.close());

const stateOf = (task: string, state: string) =>
  member.events.wait("task.state", ({ body }) => body.taskId === task && body.facts.state === state, longestStep);

/** Resolves when the task is at the step. */
const at: Record<Case["step"], (tasks: string[]) => Promise<unknown>> = {
  assigned: ([, next = ""]) => stateOf(next, "assigned"), // by a hand-off: the one before was just proven
  cloned: ([task = ""]) => waitForCommand(member, task, "done", "git clone"),
  prompting: ([task = ""]) =>
    member.events.wait("turn.state", ({ body }) => turnsOf(member, task).includes(body.turnId) && body.state === "running", longestStep),
  "tool running": ([task = ""]) => waitForCommand(member, task, "running", "echo written"),
  "waiting for approval": ([task = ""]) => member.events.until("it asks", () => questionsOf(member, task).length > 0, longestStep),
  committing: ([task = ""]) => waitForCommand(member, task, "running", "git commit"),
  pushing: ([task = ""]) => waitForCommand(member, task, "running", "git push"),
  verifying: ([task = ""]) =>
    member.events.wait("task.check", ({ body }) => body.taskId === task && body.name === "acceptance.0", longestStep),
};

describe(`seed ${seed}`, () => {
  test.each(long ? all : sample)(
    "kill -9 of $part at the step “$step”: the task ends right, and nothing is lost, doubled or hung",
    async ({ step, part, early }) => {
      const name = `${step}-${part}`.toLowerCase().replaceAll(" ", "-");
      const project = `cut-${step.replaceAll(" ", "-")}`;
      const inPlan = step === "assigned" || step === "verifying";
      const tasks = inPlan ? await startTwoInPlan(member, name, project) : [await startTaskInSteps(member, name, project)];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      if (step !== "waiting for approval") release();
      const stop = answerQuestions(member, tasks, () => held);
      await at[step](tasks);
      const message = await send(member.owner, member.actor, "hello");
      const from = message.seq;
      const back = await killPart(product, part, member.memberId);
      const began = Date.now();
      if (early) release();
      await back();
      release();
      const how = await waitUntilVerified(member, tasks, from);
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      await stop();
      await expectAllIsWell(member, tasks, project, [message]);
      await eventually("a message is answered", async () => {
        const { turnId } = await send(member.owner, member.actor, "hello again");
        const { body } = await member.events.wait(
          "turn.state",
          (event) => event.body.turnId === turnId && event.body.state !== "queued",
          30_000,
        );
        return body.state;
      });
      mkdirSync(path.dirname(figures), { recursive: true });
      appendFileSync(figures, `| ${step} | ${part} | ${seconds} | ${how} |\n`);
    },
    limit(300_000),
  );
});
