import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Spec } from "../../schema/task/spec.ts";
import type { Id } from "../../schema/wire/id.ts";
import { zero } from "../harness/receipt-sample.ts";
import { hash, startProving } from "./proving.ts";

/** What a proof is called once its checks have passed. For the machine answers a server of the test. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-headline-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A task whose checks have all passed, and what was told of it. */
async function passed(more: Partial<Spec>) {
  const { actor, machine } = await startProving(folder, more);
  const [{ id } = { id: "" }] = await actor.queued("verify:%");
  const seen = { passed: true, exitCode: 0, ms: 1, outputBytes: 0, outputHash: zero, tail: "", tests: null };
  const checks = [{ name: "acceptance.0", kind: "command" as const, what: "node check.mjs", ...seen }];
  const about = { id: id as Id<"wrk">, repo: "projects/page", branch: "b", commit: hash, image: { name: "i", sha256: zero } };
  const result = { ...about, passed: true, failures: [], checks, outputs: [], startedAt: 1, endedAt: 2 };
  await machine.answers([{ type: "result", result }]);
  await actor.settle();
  await machine.close();
  const [receipt] = await actor.events("receipt");
  const told = (await actor.events("agent.prompt")).map(({ shown }) => shown);
  return { task: (await actor.taskNamed("page")).facts, receipt, told };
}
const scenarios = ["The page names the bakery", "An order can be sent"];
const shows = (scenarios?: number[]): Spec["acceptance"] => [{ command: "node check.mjs", exit_code: 0, timeout: 20, scenarios }];

test("a task of which not all that was asked for was checked says how much was, and what was not (issue 24.7)", async () => {
  const { task, receipt, told } = await passed({ scenarios, acceptance: shows([1]) });
  expect(task).toMatchObject({ state: "verified", proven: hash, covered: { checked: 1, asked: 2 } });
  expect(receipt).toMatchObject({ proven: { checked: 1, asked: 2, missing: [scenarios[1]] } });
  expect(receipt?.reason).toContain(`1 of 2 checked. Not checked: ${scenarios[1]}`);
  expect(told.at(-1)).toBe(`The task “A page” is done: 1 of 2 checked. Not checked: ${scenarios[1]}`);
});
test("one of which each thing was checked is verified, as is one of which nothing was asked for in words", async () => {
  const whole = await passed({ scenarios, acceptance: shows([1, 2]) });
  expect(whole.task).toMatchObject({ state: "verified", covered: { checked: 2, asked: 2 } });
  expect(whole.told.at(-1)).toBe("The task “A page” is verified");
  const silent = await passed({ acceptance: shows() });
  expect(silent.task).toMatchObject({ state: "verified" });
  expect([silent.task.covered, silent.receipt?.proven]).toEqual([undefined, undefined]);
  expect(silent.told.at(-1)).toBe("The task “A page” is verified");
});
