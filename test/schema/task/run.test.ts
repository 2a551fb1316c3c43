import { expect, test } from "vitest";
import { completeRun, startRun, type TaskRun } from "../../../schema/task/run.ts";
import { newId } from "../../../schema/wire/id.ts";

test("a run starts once and ends once", () => {
  const first: TaskRun = { id: newId("wrk"), project: "blog", kind: "shell", what: "npm test", attempt: 1, createdAt: 10 };
  const done = completeRun(startRun(first, 20), { at: 50, errorClass: "timeout" });
  expect(startRun(completeRun(done, { at: 99 }), 98)).toEqual(done);
  expect(done).toMatchObject({ startedAt: 20, completedAt: 50, errorClass: "timeout" });
});
