import assert from "node:assert";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runJob } from "../src/job.js";
import { Journal } from "../src/journal.js";
import { answer, repeat, runOnce } from "../src/worker.js";

const folder = () => mkdtempSync(path.join(tmpdir(), "worker-"));
const fail = async () => {
  throw new Error("no network");
};

test("a run is kept with what it answered, and the next one hears of it", async () => {
  const at = folder();
  await runOnce(new Journal(at), runJob, () => 5);
  const journal = new Journal(at); // after a restart
  assert.deepEqual(journal.runs, [{ startedAt: 5, ms: 0, result: { runs: 1 } }]);
  await runOnce(journal, runJob);
  assert.deepEqual(journal.last, { runs: 2 });
});
test("a run that fails is kept with its reason, and the next one goes on from the last good one", async () => {
  const journal = new Journal(folder());
  await runOnce(journal, runJob);
  await runOnce(journal, fail);
  assert.equal(journal.runs[0].error, "no network");
  await runOnce(journal, runJob);
  assert.deepEqual(journal.last, { runs: 2 });
});
test("whatever a run throws is a failure", async () => {
  const journal = new Journal(folder());
  for (const thrown of ["in words", null]) {
    await runOnce(journal, () => Promise.reject(thrown));
    assert.equal(journal.runs[0].error, String(thrown));
  }
});
test("it is not well once three runs in a row have failed, and is again after a good one", async () => {
  const journal = new Journal(folder());
  const health = () => answer(journal, "/health")[0];
  for (const expected of [200, 200, 503]) {
    await runOnce(journal, fail);
    assert.equal(health(), expected);
  }
  await runOnce(journal, runJob);
  assert.equal(health(), 200);
});
test("its address tells the last runs, a hundred are kept, and another path is not there", () => {
  const journal = new Journal(folder());
  for (let at = 1; at <= 101; at++) journal.add({ startedAt: at, ms: 0, result: at });
  const [status, { runs }] = answer(journal, "/");
  assert.deepEqual([status, runs.length, runs[0].result, journal.runs.length], [200, 20, 101, 100]);
  assert.equal(answer(journal, "/none")[0], 404);
});
test("it begins at once and runs again by itself; told to stop in a run, it ends with that run", async () => {
  const journal = new Journal(folder());
  await new Promise((resolve) => {
    const stop = repeat(journal, async ({ runs } = { runs: 0 }) => {
      if (runs === 1) setImmediate(() => resolve(stop()));
      return { runs: runs + 1 };
    }, 0);
  });
  assert.deepEqual(journal.runs.map(({ result }) => result.runs), [2, 1]);
});
