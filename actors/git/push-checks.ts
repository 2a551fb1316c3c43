import { describeEnvironmentIssues, environmentPath, nameProjectChecks, readEnvironment } from "../../schema/environment/environment.ts";
import type { CommitStatusRow } from "../../schema/git/commit-status.table.ts";
import { type CommitStatusState, isStatusUnderWay, mostStatusAttempts, type StatusCheck } from "../../schema/git/commit-status.ts";
import { describeCheck, type NamedCheck } from "../../schema/proof/check.ts";
import { type RunIn, type RunResult, toRoomChecks } from "../../schema/proof/proof.ts";
import { nameGivenChecks } from "../../schema/task/spec.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import { AppError } from "../../schema/wire/error.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { listLastingReach } from "../approval/reach.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { classifyError, type Handler, type WorkItem } from "../kernel/work.ts";
import { hostFailures, runInCleanRoom, toHostFailure } from "../runner/clean-room.ts";
import { ensureReady } from "../stack/provision.ts";
import { readMainChecks } from "../task/main-checks.ts";
import { findBranchHead } from "./branch-head.ts";
import { findReceiptOf } from "./checked-head.ts";
import { findStatus, moveStatus, type StatusChange } from "./commit-status.ts";
import { readFiles, readFileText } from "./file-content.ts";
import { Git, mainBranch } from "./git.ts";
import { readToldStatus } from "./git-status.ts";

const mostEnvironmentBytes = 128 * 1024;
const noChecks = "Its environment file names no checks.";
const noneKnown = `Its project names no checks in ${environmentPath}, and no receipt of main says what it was proven by.`;
const brokenOff = `Its checks were broken off ${mostStatusAttempts} times while they ran.`;
const tookTooLong = "Its checks did not end within an hour, with all that is installed for them.";
const oldHost = "The software of its machine is older than this. It goes on once that is updated.";
const longest = { reason: 1_000, checkReason: 500, check: 200 } as const;

/** `none`: why there are none, where there are none; `wrong`: why they can't be read. */
type PushChecks = { checks: NamedCheck[]; none: string } | { wrong: string };
/** The checks of a commit: as its environment file names them, else those that main was proven by last. */
async function readPushChecks(self: Self, git: Git, { repo, hash }: CommitStatusRow): Promise<PushChecks> {
  const file = (await readFiles(git, repo, hash, [environmentPath])).get(environmentPath);
  const text = file && readFileText(file, mostEnvironmentBytes);
  if (text === null) return { wrong: `${environmentPath} is no text, or too large.` };
  const read = text === undefined ? undefined : readEnvironment(text);
  if (read && !read.ok) return { wrong: describeEnvironmentIssues(read.issues).join("\n") };
  const named = read && nameProjectChecks(read.value);
  return named ? { checks: named, none: noChecks } : { checks: nameGivenChecks(await readMainChecks(self.db, git, repo)), none: noneKnown };
}
/** While the checks of this commit are wanted still. */
async function findWanted(db: Db, { repo, hash }: WorkItem<"checks">["payload"]): Promise<CommitStatusRow | undefined> {
  const row = await findStatus(db, { repo, hash });
  return row?.source === "checks" && isStatusUnderWay(row.state) ? row : undefined;
}
/** One try. `waits`: it was told what the machine prepares first. `left`: nobody wants it any more. */
type Attempt = { self: Self; work: WorkItem<"checks">; begun: boolean; waits: boolean; left: boolean };
/**
 * Changes the status while its checks are wanted. A commit that could not be checked again stands as its
 * receipt says.
 */
async function noteStatus({ self, work }: Attempt, state: CommitStatusState, change: StatusChange): Promise<void> {
  await record(self, work.requestId, async (writer) => {
    const row = await findWanted(writer.db, work.payload);
    if (!row) return;
    const proof = state === "skipped" || state === "error" ? await findReceiptOf(writer.db, row) : undefined;
    if (proof) return moveStatus(writer, row, "passed", { source: "proof", task: proof.task, receipt: proof.id, reason: null, checks: [] });
    const isNews = state === "running" || row.state !== state || (change.reason !== undefined && change.reason !== row.reason);
    const begun = state === "running" ? { attempt: row.attempt + 1, startedAt: writer.now } : {};
    return isNews ? moveStatus(writer, row, state, { ...change, ...begun }) : undefined;
  });
}
const noteReason = (attempt: Attempt, state: CommitStatusState, reason: string): Promise<void> =>
  noteStatus(attempt, state, { reason: cutText(reason, longest.reason) });

const describeResults = (checks: readonly NamedCheck[], { checks: results }: RunResult): StatusCheck[] =>
  results.map(({ name, what: line, passed, ms, reason }) => {
    const check = checks.find((each) => each.name === name);
    const failed = reason === undefined ? {} : { reason: cutText(reason, longest.checkReason) };
    return { name, what: cutText(check ? describeCheck(check) : line, longest.check), passed, ms, ...failed };
  });

/** Runs the checks to their end. All of it may be done again. */
async function runPushChecks(attempt: Attempt, row: CommitStatusRow): Promise<void> {
  const { self, work } = attempt;
  const { requestId } = work;
  if (row.attempt >= mostStatusAttempts) return noteReason(attempt, "error", row.reason ? `${brokenOff} ${row.reason}` : brokenOff);
  if (!(await ensureReady(self, requestId)).ready) throw new AppError("unavailable", { what: "stack" });
  const git = new Git(self.vars.stack, requestId);
  const told = row.asked ? undefined : await readToldStatus(git, row);
  if (told) return noteReason(attempt, told.state, told.reason);
  const read = await readPushChecks(self, git, row);
  if ("wrong" in read) return noteReason(attempt, "failed", read.wrong);
  const { checks, none } = read;
  if (checks.length === 0) return noteReason(attempt, "skipped", none);
  const { result } = await runInCleanRoom(self, await composeChecks(self, row, work, checks), requestId, hearRun(attempt));
  await noteResult(attempt, row, checks, result);
}
/** Main's checkout is what a setup of main's own environment file runs in, as for a proof. */
async function composeChecks(
  self: Self,
  { repo, branch, hash }: CommitStatusRow,
  work: WorkItem<"checks">,
  checks: NamedCheck[],
): Promise<RunIn> {
  const main = (await findBranchHead(self.db, repo, mainBranch)) ?? hash;
  return {
    ...{ id: work.id, repo, branch, commit: hash, begun: { main, handed: [hash] }, outputs: [] },
    checks: toRoomChecks(checks),
    reach: await listLastingReach(self, await requireGrowAgent(self.db)),
    checksOnly: true,
  };
}
/**
 * It has begun with the first step in a room. What the machine prepares before that is told in a word that
 * stays the same: its details change many times a second.
 */
function hearRun(attempt: Attempt): Parameters<typeof runInCleanRoom>[3] {
  return {
    onLine: async (line) => {
      if (attempt.begun) return;
      if (line.type === "waits") {
        attempt.waits = true;
        return noteReason(attempt, "queued", `${line.detail.split(": ")[0]}. It goes on by itself.`);
      }
      attempt.begun = true;
      await noteStatus(attempt, "running", { reason: null, checks: [] });
    },
    onBeat: async () => {
      attempt.left = (await findWanted(attempt.self.db, attempt.work.payload)) === undefined;
      if (attempt.left) throw new AppError("conflict", { what: "checks" });
    },
  };
}
async function noteResult(attempt: Attempt, { branch }: CommitStatusRow, checks: readonly NamedCheck[], result: RunResult): Promise<void> {
  const results = describeResults(checks, result);
  if (result.passed) return noteStatus(attempt, "passed", { checks: results, reason: null });
  const whys = result.failures.map(({ why }) => why);
  if (whys.includes("not_pushed")) return noteReason(attempt, "skipped", "No branch holds this commit any more.");
  if (whys.includes("wrong_branch")) return noteReason(attempt, "skipped", `The branch ${branch} does not hold this commit any more.`);
  const [first] = result.failures;
  const failed = results.find(({ passed }) => !passed);
  const reason = failed ? `${failed.what}: ${failed.reason ?? "it failed"}` : (first?.reason ?? "Its checks failed.");
  await noteStatus(attempt, "failed", { checks: results, reason: cutText(reason, longest.reason) });
}

/** So many tries fail before it is said why a commit waits: a short gap is not worth a word. */
const quietBreaks = 2;
/** The try was broken off, and waits for the next one. */
async function noteBreak(attempt: Attempt, error: unknown): Promise<void> {
  const isSaid = attempt.waits || (attempt.work.attempts < quietBreaks && !attempt.begun);
  if (isSaid) return noteStatus(attempt, "queued", {});
  const away = classifyError(error) === "unreachable";
  const part = error instanceof AppError ? error.meta.what : undefined;
  const reason =
    away && part === "stack"
      ? "Its stack is not up yet. It goes on by itself once it is."
      : away
        ? "Its machine does not answer. It goes on by itself once it does."
        : error instanceof AppError
          ? error.message
          : "The platform failed.";
  await noteReason(attempt, "queued", reason);
}
/** A machine of before takes nothing that it does not know; one whose run has taken too long would again. */
function readRunFailure(cause: unknown): unknown {
  if (!(cause instanceof AppError)) return cause;
  if (cause.code === "invalid" && cause.meta.path === "/runs") return new AppError("no_capacity", {}, { message: oldHost, cause });
  return toHostFailure(cause);
}
const hasTakenTooLong = (error: unknown): boolean => error instanceof AppError && error.code === "timeout" && error.meta.what === "run";

export const checksWork: Handler<"checks"> = {
  endless: hostFailures,
  async run(self, work) {
    const row = await findWanted(self.db, work.payload);
    if (!row) return;
    const attempt: Attempt = { self, work, begun: false, waits: false, left: false };
    try {
      await runPushChecks(attempt, row);
    } catch (cause) {
      if (attempt.left) return; // a proof has spoken, or its project is gone
      const error = readRunFailure(cause);
      if (self.vars.life.aborted) throw error;
      if (hasTakenTooLong(error)) return noteReason(attempt, "failed", tookTooLong);
      await noteBreak(attempt, error);
      throw error;
    }
  },
  async gaveUp(self, work, error) {
    await noteReason({ self, work, begun: false, waits: false, left: false }, "error", error.message);
  },
};
