import { eq } from "drizzle-orm";
import { type ErrorRate, judgeErrorRate, unknownErrorRate } from "../../schema/incident/error-rate.ts";
import { type ProjectRow, projectTable } from "../../schema/project/project.table.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import { mostReleaseLog, watchSeconds } from "../../schema/release/release.ts";
import type { AppSeen, AppState, KeptRelease } from "../../schema/release/release-host.ts";
import type { Id } from "../../schema/wire/id.ts";
import { findOpenIncident } from "../incident/incident-row.ts";
import { followSight } from "../incident/incident-watch.ts";
import { queueAppReach, queueAppWatch } from "../kernel/queue.ts";
import { member, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { classifyError, type Handler, type WorkItem } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { findApp, readMinutes } from "./app-host.ts";
import { queueAppNotice } from "./app-notice.ts";
import { followReach } from "./app-reach.ts";
import { hideSecrets } from "./project-secret.ts";
import { requireProject } from "./project-view.ts";
import { findRelease, findServing, moveRelease, noteMade } from "./release-row.ts";

/**
 * How often the platform looks while a release is new, or not well, and else. The watchdog's alarm fires
 * within a minute.
 */
const closeWatch = 5_000;
const farWatch = 65_000;
/** Nobody knows how it is, or it does nothing: an incident neither begins nor ends then. */
const unjudged = new Set<AppState>(["lost", "unreachable", "asleep", "waking"]);
const isBad = (state: AppState | null) => state === "unwell" || state === "crashed" || state === "restarting";

type Leaving = { reason?: string; log?: string };
/**
 * Writes down which release serves, as its host says it, in the caller's transaction. The one before was
 * replaced by a newer one, or taken back for an older one.
 */
export async function noteServing(writer: Writer, project: string, current: Id<"rel"> | undefined, leaving: Leaving = {}): Promise<void> {
  const before = await findServing(writer.db, project);
  if (before && before.id === current) return;
  const next = current === undefined ? undefined : await findRelease(writer.db, current);
  if (current !== undefined && !next) return; // of a time that is forgotten here
  if (before) {
    const back = next === undefined || next.id < before.id;
    const change = back ? { reason: leaving.reason ?? "Another release was gone back to.", log: leaving.log ?? null } : {};
    await moveRelease(writer, before, back ? "rolled_back" : "replaced", { ...change, endedAt: writer.now });
  }
  if (!next || next.project !== project) return;
  await moveRelease(writer, next, "serving", { step: null, reason: null, log: null, servedAt: writer.now, endedAt: null });
  await queueAppWatch(writer, project, writer.now + closeWatch);
  await queueAppReach(writer, project); // it may have been told long ago, when it served before
}

/** Tells how the app is by now, and its incident hears of it. */
async function noteApp(
  writer: Writer,
  project: ProjectRow,
  seen: { state: AppState; reason?: string | undefined; kept: readonly KeptRelease[]; ends?: number },
  rate: ErrorRate = unknownErrorRate,
): Promise<void> {
  const { state, reason, ends = 0 } = seen;
  const changed = project.app !== state;
  const since = changed || project.appSince === null ? writer.now : project.appSince;
  const lasts = isBad(state) && isBad(project.app) ? Math.min(since, project.appSince ?? since) : since;
  const next = { app: state, appReason: reason ?? null, appSince: lasts, kept: [...seen.kept] };
  const known = { app: project.app, appReason: project.appReason, appSince: project.appSince, kept: project.kept };
  if (JSON.stringify(next) !== JSON.stringify(known))
    await writer.db.update(projectTable).set(next).where(eq(projectTable.name, project.name));
  if (changed && state === "waking") await queueAppWatch(writer, project.name, writer.now + closeWatch);
  if (changed) await writer.append("app.state", { body: { project: project.name, state, ...(reason ? { reason } : {}) } });
  if (unjudged.has(state)) return;
  const answers = changed ? unknownErrorRate : rate; // of a time when it was as it was before
  await followSight(writer, project.name, { state, bad: isBad(state), reason, since: lasts, rate: answers, ends });
}

/**
 * How a release has answered since it serves and is as it is: who asked while it was down got no answer, and
 * that is told already. A host that keeps no minutes says nothing.
 */
async function readErrorRate(self: Self, { project, servedAt, createdAt }: ProjectReleaseRow, requestId: string): Promise<ErrorRate> {
  const { appSince } = await requireProject(self.db, project);
  const since = Math.max(servedAt ?? createdAt, appSince ?? 0);
  return judgeErrorRate(await readMinutes(self.vars.stack, requestId, project), since, Date.now());
}

async function isNew(db: Db, project: string, now: number): Promise<boolean> {
  const serving = await findServing(db, project);
  return serving?.servedAt != null && now - serving.servedAt < (watchSeconds + 15) * 1_000;
}
/** What the host has taken back by itself is told once, with its reason and the end of its log. */
async function noteTakenBack(writer: Writer, project: string, seen: AppSeen, env: Readonly<Record<string, string>>): Promise<void> {
  const { takenBack } = seen;
  const serving = await findServing(writer.db, project);
  if (!takenBack || serving?.id !== takenBack.release) return;
  const reason = hideSecrets(takenBack.reason, env).slice(0, 2_000);
  await noteServing(writer, project, seen.current, { reason, log: hideSecrets(takenBack.log, env).slice(-mostReleaseLog) });
  const now = seen.current === undefined ? "Nothing of it serves now." : "The release before it serves again.";
  const text = `The newest release of ${project} was taken back: ${reason} ${now}`;
  await writer.append("notice", {
    ref: `taken-back:${takenBack.release}:${takenBack.at}`,
    body: { level: "error", code: "taken_back", text },
  });
  await queueAppNotice(writer, { release: takenBack.release, number: 0, at: writer.now, kind: "taken_back", project });
}

/** What a look at the app knew before: which release served when it began, and how that has answered. */
type Look = { serving: ProjectReleaseRow["id"]; rate: ErrorRate };
/**
 * Takes up what the host says of an app. A look that began before another release was told to serve says
 * nothing of it.
 */
export async function takeSeen(self: Self, project: string, seen: AppSeen, requestId: string, look?: Look): Promise<void> {
  const { takenBack } = seen;
  const told = takenBack && (await findServing(self.db, project))?.id === takenBack.release;
  const secrets = told || seen.reason ? await self.vars.world.edge.projectSecrets(member(self), project, requestId) : undefined;
  const env = secrets?.values ?? {};
  const shown = seen.reason ? { ...seen, reason: hideSecrets(seen.reason, env) } : seen;
  await record(self, requestId, async (writer) => {
    if (look && (await findServing(writer.db, project))?.id !== look.serving) return;
    await noteTakenBack(writer, project, shown, env);
    await noteServing(writer, project, seen.current);
    if (seen.current && seen.made) await noteMade(writer, seen.current, seen.made);
    await noteApp(writer, await requireProject(writer.db, project), shown, look?.rate);
  });
}

const lost = { state: "lost", reason: "Its machine has nothing of it. Put it online again.", kept: [] } as const;
/** So many looks in a row without an answer take about two and a half minutes: then it is said. */
const silentLooks = 18;
/** What is published is missed by others: its member hears of it outside the app, too. */
async function noteSilence(writer: Writer, project: ProjectRow): Promise<void> {
  const serving = await findServing(writer.db, project.name);
  if (!serving || project.app === "unreachable") return;
  const reason = "The machine of its stack does not answer. It is looked at again by itself.";
  await noteApp(writer, project, { state: "unreachable", reason, kept: project.kept });
  const about = { release: serving.id, number: Math.floor(writer.now / 1_000), at: writer.now, project: project.name } as const;
  if (project.published) await queueAppNotice(writer, { ...about, kind: "unreachable" });
}

/**
 * Looks at what serves of a project, as long as something does. It runs on while the pair of its stack
 * sleeps.
 */
export const watchWork: Handler<"watch"> = {
  endless: ["unreachable", "timeout", "exhausted", "rate_limited", "stale_worker"],
  async run(self, work) {
    try {
      await watchApp(self, work);
    } catch (error) {
      const silent = ["unreachable", "timeout"].includes(classifyError(error)) && work.attempts + 1 >= silentLooks;
      if (silent)
        await record(self, work.requestId, async (writer) => noteSilence(writer, await requireProject(writer.db, work.payload.name)));
      throw error;
    }
  },
  async gaveUp(self, work, error) {
    const { name } = work.payload;
    self.vars.world.log("warn", "an app could not be looked at", { project: name, requestId: work.requestId, error });
    await record(self, work.requestId, (writer) => queueAppWatch(writer, name, writer.now + farWatch));
  },
};
async function watchApp(self: Self, work: WorkItem<"watch">): Promise<void> {
  const { name } = work.payload;
  const serving = await findServing(self.db, name);
  if (!serving) return;
  const rate = await readErrorRate(self, serving, work.requestId);
  const seen = await findApp(self.vars.stack, work.requestId, name);
  if (seen) {
    await takeSeen(self, name, seen, work.requestId, { serving: serving.id, rate });
    if (seen.current === serving.id) await followReach(self, serving, seen, work.requestId);
  } else await record(self, work.requestId, async (writer) => noteApp(writer, await requireProject(writer.db, name), lost));
  await record(self, work.requestId, async (writer) => {
    if (!(await findServing(writer.db, name))) return;
    const { app } = await requireProject(writer.db, name);
    const open = await findOpenIncident(writer.db, name);
    const near = isBad(app) || app === "waking" || open?.state === "watching" || (await isNew(writer.db, name, writer.now));
    await queueAppWatch(writer, name, writer.now + (near ? closeWatch : farWatch));
  });
}
