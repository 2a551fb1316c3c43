import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killPart, parts } from "../harness/kill-part.ts";
import { gitIn } from "../harness/member-containers.ts";
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
  startConflict,
  waitForCommand,
  waitUntilVerified,
} from "./interrupted-work.ts";
import { product } from "./product.ts";

/**
 * A part dies twice in one merge: while the member is asked which side to take, and while the merge is pushed
 * to `main`.
 */
const order = shuffled([...parts], chance());
const decided = "# Part one and two";

let member: Member;
const figures = path.join(root, ".growqr/results/steps.md");
beforeAll(async () => {
  member = await newMember(product, `mel-${Date.now()}@example.com`);
});
afterAll(() => member?.events.close());

describe(`seed ${seed}`, () => {
  test.each(long ? order : order.slice(0, 1))(
    "kill -9 of %s while a conflict waits for its answer and while its merge is pushed: both sides are merged once, as it was decided",
    async (part) => {
      const project = `merged-${part.toLowerCase()}`;
      const repo = `projects/${project}`;
      const git = (...args: string[]) => gitIn(product.instance, member.memberId, repo, ...args);
      const tasks = await startConflict(member, project);
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const stop = answerQuestions(
        member,
        tasks,
        async ({ subject }) => subject.kind === "conflict" && held,
        ({ subject }) => (subject.kind === "conflict" ? { answer: decided } : { scope: "task" }),
      );
      const conflicts = () => tasks.flatMap((task) => questionsOf(member, task)).filter(({ body }) => body.subject.kind === "conflict");
      await member.events.until("a conflict is asked", () => conflicts().length > 0, longestStep);
      const merge = conflicts()[0]?.body.task ?? "";
      const before = await git("rev-parse", "main");
      const message = await send(member.owner, member.actor, "hello");
      await (await killPart(product, part, member.memberId))();
      expect(await git("rev-parse", "main")).toBe(before);
      release();
      await waitForCommand(member, merge, "running", "git push -q origin HEAD:main");
      const back = await killPart(product, part, member.memberId);
      const began = Date.now();
      await back();
      const how = await waitUntilVerified(member, tasks, message.seq);
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      await stop();
      const first = tasks.slice(2).filter((task) => task !== merge); // main has gone on since
      await expectAllIsWell(member, tasks, project, [message], first);
      expect(await git("show", "main:README.md")).toBe(`${decided}\n\nA text of 2 parts.\n`);
      for (const word of ["one", "two"]) expect(await git("show", `main:parts/${word}.md`)).toBe(`Part ${word}\n`);
      const parents = (await git("log", "--format=%P", "main")).trim().split("\n");
      expect(parents.filter((each) => each.split(" ").length === 2)).toHaveLength(1); // the first merge goes forward, the second joins
      mkdirSync(path.dirname(figures), { recursive: true });
      appendFileSync(figures, `| merging | ${part} | ${seconds} | ${how} |\n`);
    },
    limit(600_000),
  );
});
