import type { EventBody } from "../schema/event.ts";
import { describeCheck } from "../schema/proof/check.ts";
import { declinedTexts, describeCoverage, describePart, isWhole } from "../schema/proof/coverage.ts";
import type { ProofRow } from "../schema/proof/proof.table.ts";
import { type CheckFailure, diffBytes, type RunIn, type RunLine, type RunResult } from "../schema/proof/proof.ts";
import { findSuspicions } from "../schema/proof/suspicion.ts";
import { toRanChecks } from "../schema/receipt/receipt-api.ts";
import { checksOf } from "../schema/task/spec.ts";
import type { TaskRow } from "../schema/task/task.table.ts";
import { awaitsMachine } from "../schema/task/task.ts";
import { AppError } from "../schema/wire/error.ts";
import type { Id } from "../schema/wire/id.ts";
import { findAgent } from "./agent/agent.ts";
import { parseDiff } from "./git/diff.ts";
import { queueProof } from "./kernel/queue.ts";
import { member, type Self } from "./kernel/self.ts";
import { record } from "./kernel/transaction.ts";
import { classifyError, type Handler, type WorkItem } from "./kernel/work.ts";
import { findUnfollowedDecisions } from "./merge.ts";
import { beginProofRun, endProofRun } from "./proof-attempt.ts";
import { composeRun } from "./proof-input.ts";
import { awaitsNames, findUnanswered, hearWord } from "./proof-word.ts";
import { keepReceipt, noteReceipt, provenBy } from "./receipt/receipt.ts";
import { hostFailures, runInCleanRoom, toHostFailure } from "./runner/clean-room.ts";
import { ensureReady } from "./stack/provision.ts";
import { isLetGo } from "./stack/resume.ts";
import { applyTask, judgeTask } from "./task/task.ts";
import { findTask, taskTitle } from "./task/task-row.ts";

/** The task, while this verification of it is still wanted. */
async function findWantedTask(self: Self, work: WorkItem<"verify">): Promise<TaskRow | undefined> {
  const { taskId, commit } = work.payload;
  const row = await findTask(self.db, taskId);
  if (!row || (row.state !== "complete" && row.state !== "deployed")) return undefined;
  return row.facts.commit === commit && row.facts.proven !== commit ? row : undefined;
}
type TaskCheck = EventBody<"task.check">;
async function tellCheck(
  self: Self,
  row: TaskRow,
  work: WorkItem<"verify">,
  check: Pick<TaskCheck, "name" | "what" | "state" | "reason" | "ms">,
): Promise<void> {
  const { taskId, commit } = work.payload;
  await record(self, work.requestId, async (writer) => {
    const agent = row.worker ? await findAgent(writer.db, row.worker) : undefined;
    const ref = `check:${work.id}:${work.attempts}:${check.name}:${check.state}`;
    await writer.append("task.check", { ref, ...(agent ? { channel: agent.channel } : {}), body: { taskId, commit, ...check } });
  });
}
/**
 * Each check as it ends, in the channel of the agent whose work it is; that the host prepares something
 * first, and that it has begun, where the task waited for it.
 */
function tellRunLines(self: Self, row: TaskRow, work: WorkItem<"verify">): (line: RunLine) => Promise<void> {
  return async (line) => {
    if (line.type === "step" && line.step === "room") await tellMachine(self, row.id, { away: false }, work.requestId);
    if (line.type === "waits") await tellMachine(self, row.id, { away: true, detail: line.detail.slice(0, 400) }, work.requestId);
    if (line.type !== "check") return;
    const { name, passed, reason, ms } = line.result;
    const check = checksOf(row.spec).find((each) => each.name === name);
    const wording = check ? { what: describeCheck(check) } : {};
    await tellCheck(self, row, work, { name, ...wording, state: passed ? "passed" : "failed", ms, ...(reason ? { reason } : {}) });
  };
}

/** The task shows that its proof waits for the host, and that it goes on. */
type MachineWord = { away: boolean; detail?: string };
async function tellMachine(self: Self, taskId: Id<"tsk">, word: MachineWord, requestId: string): Promise<void> {
  const row = await findTask(self.db, taskId);
  if (row?.state !== "complete" || awaitsMachine(row.facts) === word.away) return;
  await record(self, requestId, (writer) => applyTask(writer, taskId, { kind: "machine", ...word }));
}
/** So many tries fail before the task says that it waits: a short gap is not worth a word. */
const quietTries = 3;

/**
 * The receipt of a run that passed: signed by the edge, then on its commit as a note. Both may be done again.
 */
async function issueReceipt(
  self: Self,
  row: TaskRow,
  { input, result }: { input: RunIn; result: RunResult },
  requestId: string,
): Promise<ProofRow> {
  const { repo, branch, commit } = input;
  const checks = toRanChecks(input, result);
  const made = await self.vars.world.edge.receipt(
    member(self),
    {
      run: input.id,
      task: row.id,
      title: taskTitle(row).slice(0, 200),
      repo,
      branch,
      commit,
      spec: { id: row.specId, sha256: row.specHash },
      image: result.image,
      checks,
      outputs: result.outputs.map(({ path, sha256 }) => ({ path, sha256 })),
      coverage: describeCoverage(row.spec, {
        declined: row.facts.declined,
        also: (input.also ?? []).filter((path) => result.outputs.some((output) => output.path === path)),
      }),
      declined: declinedTexts(row.facts.declined),
      ...(result.setup ? { setup: result.setup } : {}),
      ...(result.strength ? { strength: result.strength } : {}),
      ...(result.rules && result.agreed ? { held: { rules: result.rules, agreed: result.agreed } } : {}),
      startedAt: result.startedAt,
      finishedAt: result.endedAt,
    },
    requestId,
  );
  const proven = { id: made.id, task: row.id, repo, branch, commit, checks: checks.length, receipt: made.receipt };
  await noteReceipt(self, proven, requestId);
  return { ...proven, at: result.endedAt, staleAt: null };
}

/** A failure for its agent and the member: the check as it is written in the spec, and what came of it. */
function checkFailureText(row: TaskRow, { check: name, reason }: CheckFailure): string {
  const check = checksOf(row.spec).find((each) => each.name === name);
  return reason.startsWith("`") ? reason : `${check ? describeCheck(check) : name}: ${reason}`; // what begins so names its command
}

/**
 * `complete` is what an agent says; this finds out. A pass gives a receipt and makes the task verified;
 * anything else goes back to the agent with each check that failed and why. A branch that has moved on
 * meanwhile gives no verdict: its new head gets a verification of its own.
 */
async function proveTask(self: Self, row: TaskRow, work: WorkItem<"verify">): Promise<void> {
  if (!(await ensureReady(self, work.requestId)).ready) throw new AppError("unavailable", { what: "stack" });
  await record(self, work.requestId, (writer) => beginProofRun(writer, row, work));
  const run = await composeRun(self, row, work);
  const { result, diff } = await runInCleanRoom(self, run, work.requestId, { onLine: tellRunLines(self, row, work) });
  if (result.failures.some(({ why }) => why === "moved")) {
    return record(self, work.requestId, (writer) => writer.queue("scan", { key: `scan:${work.id}` }));
  }
  if (await awaitsNames(self, row, work, result)) return;
  const changed = parseDiff(diff).filter(({ path }) => !run.merged?.decided.includes(path));
  const suspects = findSuspicions(changed, row.spec);
  const refused = suspects.filter(({ weight }) => weight === "refuse").map(({ path, text: why }) => `checks: ${path}: ${why}`);
  const unheard = await findUnfollowedDecisions(self, row, run.commit, work.requestId);
  const unasked = await findUnanswered(self.db, row);
  const wrong = [...refused, ...unheard, ...unasked];
  const word = wrong.length > 0 ? { waits: false, failures: result.failures } : await hearWord(self, row, work, result);
  if (word.waits) return;
  const failures = [...word.failures.map((failure) => checkFailureText(row, failure)), ...wrong];
  const about = { taskId: row.id, commit: run.commit, requestId: work.requestId };
  if (failures.length > 0) {
    await record(self, work.requestId, async (writer) => {
      await endProofRun(writer, work, { exitCode: 1, errorClass: "bug" });
      await judgeTask(writer, { ...about, passed: false, failures });
    });
    return;
  }
  const proven = await issueReceipt(self, row, { input: run, result }, work.requestId);
  const look = suspects.map(({ path, text: why }) => `${path}: ${why}`);
  const covered = provenBy(proven);
  if (!isWhole(covered)) look.push(describePart(covered));
  const missed = result.strength?.missed ?? [];
  if (missed.length > 0)
    look.push(`no check would have noticed that ${missed.slice(0, 5).join(", or that ")}${missed.length > 5 ? ", …" : ""}`);
  if (Buffer.byteLength(diff) >= diffBytes) look.push("the change is larger than what is looked at for suspicions");
  const ran = result.checks.reduce((all, { tests }) => all + (tests && tests.runner !== "" ? tests.ran : 0), 0); // not what is printed alone
  const tests = ran > 0 ? `, and ${ran} test${ran === 1 ? "" : "s"} in them` : "";
  const reason = [`${result.checks.length} checks passed in a clean checkout of ${run.commit.slice(0, 10)}${tests}`, ...look].join("; ");
  await record(self, work.requestId, async (writer) => {
    await endProofRun(writer, work, { exitCode: 0 });
    await keepReceipt(writer, proven, reason);
    await judgeTask(writer, {
      ...about,
      passed: true,
      covered: covered && { checked: covered.checked, asked: covered.asked },
      failures: [],
    });
  });
}

export const verifyWork: Handler<"verify"> = {
  endless: hostFailures,
  async run(self, work) {
    const row = await findWantedTask(self, work);
    if (!row || (await isLetGo(self, work.requestId))) return; // the stack queues it again when it is up
    try {
      await proveTask(self, row, work);
    } catch (cause) {
      const error = toHostFailure(cause);
      const waits = hostFailures.some((each) => each === classifyError(error)) && work.attempts >= quietTries;
      if (waits && !self.vars.life.aborted) await tellMachine(self, row.id, { away: true }, work.requestId);
      throw error;
    }
  },

  /** The platform could not run the checks: nothing is said about the work. */
  async gaveUp(self, work, error) {
    const row = await findWantedTask(self, work);
    if (!row) return;
    await record(self, work.requestId, async (writer) => {
      const errorClass = classifyError(error);
      await endProofRun(writer, work, { errorClass });
      const reason = `The checks could not be run: ${error.message}`;
      const done = await applyTask(writer, row.id, { kind: "error", class: errorClass, reason });
      if (done.ok && done.row.state !== "failed") await queueProof(writer, done.row, true);
    });
  },
};
