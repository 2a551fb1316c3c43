import { eq } from "drizzle-orm";
import type { z } from "zod";
import { type ProjectRow, projectTable } from "../../schema/project/project.table.ts";
import type { cancelReleaseIn, deployOut, powerIn, projectOut, publishIn, rollBackIn } from "../../schema/project/project.ts";
import { labelOfAddress } from "../../schema/release/app-address.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import { isReleaseUnderWay } from "../../schema/release/release.ts";
import type { AppSeen, KeptRelease } from "../../schema/release/release-host.ts";
import { AppError } from "../../schema/wire/error.ts";
import { dropRelease, queueRelease, queueViewsEnd } from "../kernel/queue.ts";
import { member, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { cancelOnHost, changeApp, findApp } from "./app-host.ts";
import { takeSeen } from "./app-watch.ts";
import { followFirstPublication } from "./online.ts";
import { requireLastingProject, requireProject, viewProject } from "./project-view.ts";
import { findServing, moveRelease, requireRelease, viewRelease } from "./release-row.ts";

const refuseChange = (message: string) => new AppError("conflict", { what: "release" }, { message });

/** The app as its host has it. Refuses in words where nothing of the project is there to be changed. */
async function requireApp(self: Self, { name }: ProjectRow, requestId: string): Promise<AppSeen> {
  if (!(await findServing(self.db, name))) throw refuseChange(`Nothing of ${name} is deployed. Deploy what is proven on its main first.`);
  const seen = await findApp(self.vars.stack, requestId, name);
  if (!seen) throw refuseChange(`The machine of your stack has nothing of ${name}. Deploy it again.`);
  return seen;
}
/**
 * Action `cancelRelease`: gives up a release before it serves. What is cancelled already stays so; one that
 * serves by now, or has ended, is refused in words.
 */
export async function cancelRelease(
  self: Self,
  input: z.infer<typeof cancelReleaseIn>,
  requestId: string,
): Promise<z.infer<typeof deployOut>> {
  const { name } = await requireProject(self.db, input.project);
  const row = await requireRelease(self.db, input.release);
  if (row.project !== name) throw new AppError("not_found", { what: "release" });
  if (row.state === "cancelled") return { release: viewRelease(row) };
  if (!isReleaseUnderWay(row.state)) throw refuseCancel(row.state === "serving");
  const isEnded = await endOnHost(self, row, requestId);
  return record(self, requestId, async (writer) => {
    const now = await requireRelease(writer.db, row.id);
    if (now.state === "cancelled") return { release: viewRelease(now) };
    const half = now.step === "migrate" ? " It was in its migration: what that has changed stays." : "";
    const change = { reason: `You cancelled it before it served.${half}`, endedAt: writer.now };
    const cancelled = await moveRelease(writer, now, "cancelled", change);
    if (!cancelled) throw refuseCancel(now.state === "serving");
    await (isEnded ? dropRelease(writer, cancelled) : queueRelease(writer, cancelled));
    return { release: viewRelease(cancelled) };
  });
}
const refuseCancel = (serves: boolean) =>
  refuseChange(serves ? "It serves already. Go back to the release before instead." : "This release has ended already.");
/**
 * The host gives it up first: it alone knows whether the release serves. One that was never begun there can
 * be cancelled while the host is away. Answers whether the host has heard it.
 */
async function endOnHost(self: Self, { project, id, state }: ProjectReleaseRow, requestId: string): Promise<boolean> {
  const ended = await cancelOnHost(self.vars.stack, requestId, project, id).catch((error: unknown) => {
    if (state === "queued") return undefined;
    throw error;
  });
  if (ended === false) throw refuseCancel(true);
  return ended === true;
}
/** The release to go back to: the one that is named, else the newest that its host keeps. */
async function findEarlier(self: Self, { name }: ProjectRow, to: ProjectReleaseRow["id"] | undefined, kept: readonly KeptRelease[]) {
  if (to !== undefined) {
    const row = await requireRelease(self.db, to);
    if (row.project === name) return row;
    throw new AppError("not_found", { what: "release" });
  }
  const [newest] = kept;
  if (!newest) throw refuseChange(`${name} has no earlier release to go back to.`);
  return requireRelease(self.db, newest.release);
}
/** Action `rollBack`. Where the release serves already nothing happens. */
export async function rollBack(self: Self, input: z.infer<typeof rollBackIn>, requestId: string): Promise<z.infer<typeof deployOut>> {
  const project = await requireLastingProject(self.db, input.project);
  const seen = await requireApp(self, project, requestId);
  const target = await findEarlier(self, project, input.to, seen.kept);
  if (seen.current !== target.id) {
    const kept = seen.kept.find(({ release }) => release === target.id);
    if (!kept) throw refuseChange("This release is not kept any more. Those that are stand in the project.");
    if (kept.pastMigration && !input.pastMigration) throw refuseChange(pastMigrationWords);
    await changeApp(self.vars.stack, requestId, project.name, "roll-back", { to: target.id });
  }
  await takeSeen(self, project.name, (await findApp(self.vars.stack, requestId, project.name)) ?? seen, requestId);
  return { release: viewRelease(await requireRelease(self.db, target.id)) };
}
const pastMigrationWords =
  "Newer releases have changed its data since, and going back does not change it back. Say `pastMigration` to go back all the same.";

/** Action `power`: what serves is stopped, or started again. */
export async function setPower(self: Self, input: z.infer<typeof powerIn>, requestId: string): Promise<z.infer<typeof projectOut>> {
  const project = await requireLastingProject(self.db, input.project);
  const seen = await requireApp(self, project, requestId);
  await changeApp(self.vars.stack, requestId, project.name, "power", { running: input.running });
  await takeSeen(self, project.name, (await findApp(self.vars.stack, requestId, project.name)) ?? seen, requestId);
  return { project: await viewProject(self.db, await requireProject(self.db, project.name)) };
}

/** Tells where a project is seen, and by whom. */
export async function tellProject(writer: Writer, { id, name, published, address }: ProjectRow): Promise<void> {
  const body = { projectId: id, name, published, ...(address === null ? {} : { address }) };
  await writer.append("project.state", { body });
}
/** Action `publish`. The edge, which lets people in, hears of it first; both may be done again. */
export async function publishProject(self: Self, input: z.infer<typeof publishIn>, requestId: string): Promise<z.infer<typeof projectOut>> {
  const { name } = await requireLastingProject(self.db, input.project);
  const { published } = input;
  const { address } = await self.vars.world.edge.appAddress(member(self), name, { published }, requestId);
  return record(self, requestId, async (writer) => {
    const before = await requireProject(writer.db, name);
    const set = { published, address };
    const [row] = await writer.db.update(projectTable).set(set).where(eq(projectTable.name, name)).returning();
    if (before.published !== published) await tellProject(writer, row!);
    if (published && !before.published) await followFirstPublication(writer, row!);
    if (before.published && !published) await queueViewsEnd(writer, labelOfAddress(address)); // its member comes back by their pass
    return { project: await viewProject(writer.db, row!) };
  });
}
