import { eq } from "drizzle-orm";
import { projectTable } from "../../schema/project/project.table.ts";
import { readAnswer } from "../../schema/proof/check.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import {
  isReleaseUnderWay,
  mostReleaseLog,
  type ReleaseMade,
  type ReleaseStep,
  releaseSteps,
  watchSeconds,
} from "../../schema/release/release.ts";
import { box } from "../../schema/stack/stack.ts";
import { checksOf } from "../../schema/task/spec.ts";
import { AppError } from "../../schema/wire/error.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { askClosedNames } from "../approval/reach.ts";
import { Git, mainBranch } from "../git/git.ts";
import { queueRelease } from "../kernel/queue.ts";
import { member, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { classifyError, type Handler } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { describeReceiptFault, findReceiptFault } from "../receipt/receipt-signature.ts";
import { ensureReady } from "../stack/provision.ts";
import { isLetGo } from "../stack/resume.ts";
import { findTask } from "../task/task-row.ts";
import { cancelOnHost, findApp, putApp } from "./app-host.ts";
import { listReleaseReach } from "./app-reach.ts";
import { noteServing, takeSeen } from "./app-watch.ts";
import { hideSecrets } from "./project-secret.ts";
import { findRelease, moveRelease, noteMade } from "./release-row.ts";
import { findProvenPackages } from "./standing.ts";

type Failure = { step?: ReleaseStep; reason: string; log?: string; cancelled?: true; made?: ReleaseMade };
async function failRelease(self: Self, release: ProjectReleaseRow, failure: Failure, requestId: string): Promise<void> {
  await record(self, requestId, async (writer) => {
    const row = await findRelease(writer.db, release.id);
    const { step, reason, log, cancelled, made } = failure;
    const known = { ...(step ? { step } : {}), ...(log ? { log } : {}), ...(made ? { made } : {}) };
    const change = { reason: reason.slice(0, 2_000), endedAt: writer.now, ...known };
    if (row) await moveRelease(writer, row, cancelled ? "cancelled" : "failed", change);
  });
}
/** One that is given up here has failed; its host, which may be at work on it, hears of it next. */
async function giveUpRelease(self: Self, release: ProjectReleaseRow, reason: string, requestId: string): Promise<void> {
  await failRelease(self, release, { reason }, requestId);
  await record(self, requestId, (writer) => queueRelease(writer, release));
}
/** What was given up, here or by its member, ends on its host. Where it serves there by now, it serves. */
async function withdrawOnHost(self: Self, { id, project }: ProjectReleaseRow, requestId: string): Promise<void> {
  if (await cancelOnHost(self.vars.stack, requestId, project, id)) return;
  const seen = await findApp(self.vars.stack, requestId, project);
  if (seen) await takeSeen(self, project, seen, requestId);
}
/** Why a release that is under way does not go on just now; told once for each reason. */
async function tellWait(self: Self, id: ProjectReleaseRow["id"], error: AppError, requestId: string): Promise<void> {
  const isStackAway = error.meta.what === "stack";
  const reason = isStackAway
    ? "Your stack is not up yet. The release goes on by itself once it is."
    : classifyError(error) === "unreachable"
      ? `${error.meta.what === "edge" ? "The platform" : "Your machine"} does not answer. The release goes on by itself once it does.`
      : `${error.message} It is tried again.`;
  await noteWait(self, id, reason, requestId);
}
async function noteWait(self: Self, id: ProjectReleaseRow["id"], reason: string, requestId: string): Promise<void> {
  await record(self, requestId, async (writer) => {
    const row = await findRelease(writer.db, id);
    if (row && isReleaseUnderWay(row.state) && row.reason !== reason) await moveRelease(writer, row, row.state, { reason });
  });
}
/** So many tries fail before a release says why it waits: a short gap is not worth a word. */
const quietTries = 2;
/** Its next step. One that is told again, after a broken answer, is no news. */
async function noteStep(writer: Writer, release: ProjectReleaseRow, step: ReleaseStep): Promise<void> {
  const row = await findRelease(writer.db, release.id);
  if (!row || !isReleaseUnderWay(row.state)) return;
  if (row.step !== null && releaseSteps.indexOf(step) <= releaseSteps.indexOf(row.step)) return;
  await moveRelease(writer, row, "starting", { step, reason: null });
}

/** Where the project will be seen: the edge keeps its name, and who sees it. */
async function takeAddress(self: Self, release: ProjectReleaseRow, requestId: string): Promise<void> {
  const { address } = await self.vars.world.edge.appAddress(member(self), release.project, {}, requestId);
  await self.db.update(projectTable).set({ address }).where(eq(projectTable.name, release.project));
}

/** The release has failed; after the member's yes the next one reaches them. */
async function askReleaseNames(self: Self, release: ProjectReleaseRow, names: string[], requestId: string): Promise<void> {
  await record(self, requestId, async (writer) => {
    const agent = { ...(await requireGrowAgent(writer.db)), task: null };
    await askClosedNames(self, writer, { key: `release:${release.id}`, agent, names });
  });
}

/** Why nobody vouches for a release, in words; undefined where its receipt holds. */
async function findReceiptTrouble(self: Self, { receipt }: ProjectReleaseRow, requestId: string): Promise<string | undefined> {
  const [proof] = await self.db.select({ text: proofTable.receipt }).from(proofTable).where(eq(proofTable.id, receipt));
  if (!proof) return "Its receipt is not kept any more. Have a task run its checks again, and put that online.";
  const fault = await findReceiptFault(self, proof.text, requestId);
  return fault && describeReceiptFault(fault);
}

/** Has the release served by its host. All of it may be done again. */
async function serveRelease(self: Self, release: ProjectReleaseRow, requestId: string): Promise<void> {
  const { project, commit } = release;
  if (!(await ensureReady(self, requestId)).ready) throw new AppError("unavailable", { what: "stack" });
  const repo = `${box.projectOwner}/${project}`;
  if (release.state === "queued") {
    const head = await new Git(self.vars.stack, requestId).head(repo, mainBranch);
    if (head !== commit)
      return giveUpRelease(self, release, `main is at ${head?.slice(0, 10) ?? "no commit"} now: its receipt is stale.`, requestId);
    const trouble = await findReceiptTrouble(self, release, requestId);
    if (trouble !== undefined) return giveUpRelease(self, release, trouble, requestId);
  }
  await takeAddress(self, release, requestId);
  const { values: env, versions: secrets } = await self.vars.world.edge.projectSecrets(member(self), project, requestId);
  const spec = (await findTask(self.db, release.task))?.spec;
  const [expects] = spec ? checksOf(spec).flatMap((check) => readAnswer(check) ?? []) : [];
  const proven = await findProvenPackages(self.db, release);
  const now = await findRelease(self.db, release.id);
  if (!now || !isReleaseUnderWay(now.state)) return; // cancelled meanwhile
  const end = await putApp(self.vars.stack, requestId, {
    project,
    body: {
      release: release.id,
      repo,
      commit,
      env,
      ...(secrets ? { secrets } : {}),
      watchSeconds,
      reach: await listReleaseReach(self, release),
      ...(expects ? { expects } : {}),
      ...(proven ? { proven } : {}),
    },
    onLine: async (line) => {
      if (line.type === "waits")
        await noteWait(self, release.id, `${line.detail.slice(0, 400)}. The release goes on by itself.`, requestId);
      if (line.type !== "step") return;
      await record(self, requestId, (writer) => noteStep(writer, release, line.step));
      if ((await findRelease(self.db, release.id))?.state === "cancelled")
        await cancelOnHost(self.vars.stack, requestId, project, release.id);
    },
    life: self.vars.life,
  });
  const { made } = end;
  if (!end.served) {
    const unsaid = { step: undefined, reason: "Its host did not say why.", log: "", cancelled: undefined };
    const { step, reason, log, cancelled, closed = [] } = { closed: [], ...(end.failed ?? unsaid) };
    if (closed.length > 0) await askReleaseNames(self, release, closed, requestId);
    const shown = { reason: hideSecrets(reason, env), log: hideSecrets(log, env).slice(-mostReleaseLog) };
    const more = { ...(step ? { step } : {}), ...(cancelled ? { cancelled } : {}), ...(made ? { made } : {}) };
    return failRelease(self, release, { ...shown, ...more }, requestId);
  }
  const seen = await findApp(self.vars.stack, requestId, project);
  await record(self, requestId, async (writer) => {
    if (seen) await writer.db.update(projectTable).set({ kept: seen.kept }).where(eq(projectTable.name, project));
    if (made) await noteMade(writer, release.id, made);
    await noteServing(writer, project, release.id);
  });
  if (seen && end.current !== release.id) await takeSeen(self, project, seen, requestId); // it was taken back meanwhile
}

export const releaseWork: Handler<"release"> = {
  endless: ["unreachable", "timeout", "rate_limited", "stale_worker"],
  async run(self, work) {
    const row = await findRelease(self.db, work.payload.id);
    if (row?.state === "failed" || row?.state === "cancelled") return withdrawOnHost(self, row, work.requestId);
    if (!row || !isReleaseUnderWay(row.state)) return;
    if (await isLetGo(self, work.requestId)) return; // it is queued again when the stack is up
    try {
      await serveRelease(self, row, work.requestId);
    } catch (cause) {
      if (cause instanceof AppError && work.attempts >= quietTries && !self.vars.life.aborted)
        await tellWait(self, row.id, cause, work.requestId);
      throw cause;
    }
  },
  async gaveUp(self, work, error) {
    const row = await findRelease(self.db, work.payload.id);
    if (row && isReleaseUnderWay(row.state)) return giveUpRelease(self, row, `It could not be started: ${error.message}`, work.requestId);
    self.vars.world.log("warn", "a release was not ended on its host", { release: work.payload.id, requestId: work.requestId, error });
  },
};
