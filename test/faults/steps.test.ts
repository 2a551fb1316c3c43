import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { eventually } from "../local/inside.ts";
import { long } from "../local/long.ts";
import { send } from "../local/person.ts";
import { root } from "../local/process.ts";
import { chance, seed, shuffled } from "../local/seed.ts";
import { kill, type Part, parts } from "./parts.ts";
import { allIsWell, aloneInSteps, factsOf, type Member, newMember, patiently, turnsOf, twoInPlan } from "./work.ts";

/**
 * Each step of a task × each part that may die at it. The step is seen in the log, then the part is killed; the task must come to its right end,
 * and nothing that was told is lost, doubled or left hanging. The seed decides the order, what a sample holds, and whether a question is
 * answered while the part is away or when it is back.
 */
const product = inject("product");
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

const mostSeconds = 180_000;
/** A call by words of its command. */
const call = (task: string, state: "running" | "done", words: string) =>
  of.events.wait(
    "tool.call",
    ({ body }) => turnsOf(of, task).includes(body.turnId) && body.call.state === state && body.call.command?.includes(words) === true,
    mostSeconds,
  );
const stateOf = (task: string, state: string) =>
  of.events.wait("task.state", ({ body }) => body.taskId === task && body.facts.state === state, mostSeconds);
const asked = (task: string) => of.events.of("approval.asked").filter((event) => event.body.task === task);

/** Ends when the task is at the step. */
const at: Record<Case["step"], (tasks: string[]) => Promise<unknown>> = {
  assigned: ([, next = ""]) => stateOf(next, "assigned"), // by a hand-off: the one before was just proven
  cloned: ([task = ""]) => call(task, "done", "git clone"),
  prompting: ([task = ""]) =>
    of.events.wait("turn.state", ({ body }) => turnsOf(of, task).includes(body.turnId) && body.state === "running", mostSeconds),
  "tool running": ([task = ""]) => call(task, "running", "echo written"),
  "waiting for approval": ([task = ""]) => of.events.until("it asks", () => asked(task).length > 0, mostSeconds),
  committing: ([task = ""]) => call(task, "running", "git commit"),
  pushing: ([task = ""]) => call(task, "running", "git push"),
  verifying: ([task = ""]) => of.events.wait("task.check", ({ body }) => body.taskId === task && body.name === "acceptance.0", mostSeconds),
};

/** Answers what a task asks, each question from two devices at once; `until` holds the answers back. */
function answering(tasks: string[], until: Promise<unknown>): () => void {
  const seen = new Set<string>();
  let open = true;
  const answer = async (id: string) => {
    await until;
    const decide = (device: string) =>
      patiently(of, "POST", `/approvals/${id}/decision`, { decision: "allow", device }, { "idempotency-key": `${id}-${device}` });
    const statuses = (await Promise.all(["phone", "laptop"].map(decide))).map(({ status }) => status);
    if (statuses.filter((status) => status === 200).length > 1) throw new Error(`${id} was answered twice: ${statuses}`);
  };
  const look = async () => {
    while (open) {
      const fresh = tasks.flatMap(asked).filter(({ body }) => !seen.has(body.id));
      for (const { body } of fresh) seen.add(body.id);
      await Promise.all(fresh.map(({ body }) => answer(body.id)));
      await new Promise((resolve) => setTimeout(resolve, 50)); // between two looks
    }
  };
  const ended = look();
  ended.catch(() => undefined); // heard by who stops it
  return async () => {
    open = false;
    await ended;
  };
}

/** To verified: by itself, or, when it says that it failed, by the member's retry. Answers how. */
async function toItsEnd(tasks: string[], from: number): Promise<string> {
  const over = (task: string) => ["verified", "failed"].includes(factsOf(of, task).at(-1)?.state ?? "");
  const last = tasks.at(-1) ?? "";
  await of.events.until(
    "the task ends",
    () => over(last) || tasks.some((task) => factsOf(of, task).at(-1)?.state === "failed"),
    mostSeconds,
  );
  const failed = tasks.find((task) => factsOf(of, task).at(-1)?.state === "failed");
  if (failed) {
    const { reason } = factsOf(of, failed).at(-1) ?? {};
    await patiently(of, "POST", `/tasks/${failed}/retry`, {});
    await stateOf(last, "verified");
    return `failed (${reason}), verified on retry`;
  }
  const again = of.events.of("turn.state").filter((event) => event.seq > from && event.body.state === "interrupted");
  return `verified${again.length > 0 ? `, ${again.length} turns interrupted` : ""}`;
}

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
      const stop = answering(tasks, held);
      await at[step](tasks);
      const message = await send(of.who, of.actor, "hello");
      const from = message.seq;
      const back = await kill(product, part, of.member);
      const began = Date.now();
      if (early) release();
      await back();
      release();
      const how = await toItsEnd(tasks, from);
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
