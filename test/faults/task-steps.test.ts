import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { eventually } from "../harness/member-containers.ts";
import { send } from "../harness/person.ts";
import { long } from "../harness/suite/long-run.ts";
import { chance, seed, shuffled } from "../harness/suite/seed.ts";
import { root } from "../local/process.ts";
import {
  allIsWell,
  aloneInSteps,
  answering,
  askedBy,
  callOf,
  longest,
  type Member,
  newMember,
  toItsEnd,
  turnsOf,
  twoInPlan,
} from "./interrupted-work.ts";
import { kill, type Part, parts } from "./kill-part.ts";
import { product } from "./product.ts";

/**
 * Each step of a task × each part that may die at it. The step is seen in the log, then the part is killed; the task must come to its right end,
 * and nothing that was told is lost, doubled or left hanging. The seed decides the order, what a sample holds, and whether a question is
 * answered while the part is away or when it is back.
 */
const steps = ["assigned", "cloned", "prompting", "tool running", "waiting for approval", "committing", "pushing", "verifying"] as const;
type Case = { step: (typeof steps)[number]; part: Part; early: boolean };
const random = chance();
const all: Case[] = shuffled(
  [...steps.flatMap((step) => parts.map((part) => ({ step, part }))), { step: "verifying", part: "edge" } as const],
  random,
).map((one) => ({ ...one, early: random() < 0.5 }));
/** A sample: no step and no part twice. */
const sample: Case[] = [];
for (const one of all)
  if (sample.length < 3 && !sample.some((other) => other.step === one.step || other.part === one.part)) sample.push(one);

let of: Member;
/** What came of each case, for the table in README.md. */
const figures = path.join(root, ".growqr/results/steps.md");
beforeAll(async () => {
  of = await newMember(product, `sol-${Date.now()}@example.com`);
});
afterAll(() => of?.events.close());

const stateOf = (task: string, state: string) =>
  of.events.wait("task.state", ({ body }) => body.taskId === task && body.facts.state === state, longest);

/** Ends when the task is at the step. */
const at: Record<Case["step"], (tasks: string[]) => Promise<unknown>> = {
  assigned: ([, next = ""]) => stateOf(next, "assigned"), // by a hand-off: the one before was just proven
  cloned: ([task = ""]) => callOf(of, task, "done", "git clone"),
  prompting: ([task = ""]) =>
    of.events.wait("turn.state", ({ body }) => turnsOf(of, task).includes(body.turnId) && body.state === "running", longest),
  "tool running": ([task = ""]) => callOf(of, task, "running", "echo written"),
  "waiting for approval": ([task = ""]) => of.events.until("it asks", () => askedBy(of, task).length > 0, longest),
  committing: ([task = ""]) => callOf(of, task, "running", "git commit"),
  pushing: ([task = ""]) => callOf(of, task, "running", "git push"),
  verifying: ([task = ""]) => of.events.wait("task.check", ({ body }) => body.taskId === task && body.name === "acceptance.0", longest),
};

describe(`seed ${seed}`, () => {
  test.each(long ? all : sample)(
    "kill -9 of $part at the step “$step”: the task ends right, and nothing is lost, doubled or hung",
    async ({ step, part, early }) => {
      const name = `${step}-${part}`.toLowerCase().replaceAll(" ", "-");
      const project = `cut-${step.replaceAll(" ", "-")}`;
      const inPlan = step === "assigned" || step === "verifying";
      const tasks = inPlan ? await twoInPlan(of, name, project) : [await aloneInSteps(of, name, project)];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      if (step !== "waiting for approval") release();
      const stop = answering(of, tasks, () => held);
      await at[step](tasks);
      const message = await send(of.who, of.actor, "hello");
      const from = message.seq;
      const back = await kill(product, part, of.member);
      const began = Date.now();
      if (early) release();
      await back();
      release();
      const how = await toItsEnd(of, tasks, from);
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      await stop();
      await allIsWell(of, tasks, project, [message]);
      await eventually("a message is answered", async () => {
        const { turnId } = await send(of.who, of.actor, "hello again");
        const { body } = await of.events.wait(
          "turn.state",
          (event) => event.body.turnId === turnId && event.body.state !== "queued",
          30_000,
        );
        return body.state;
      });
      mkdirSync(path.dirname(figures), { recursive: true });
      appendFileSync(figures, `| ${step} | ${part} | ${seconds} | ${how} |\n`);
    },
    300_000,
  );
});
