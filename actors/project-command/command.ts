import { z } from "zod";
import type { projectIn } from "../../schema/project/project.ts";
import type { ProjectCommandRow } from "../../schema/project/project-command.table.ts";
import {
  isCommandUnderWay,
  type projectCommandIn,
  type projectCommandOut,
  type projectCommandSeenIn,
  type projectCommandSeenOut,
  type projectCommandsOut,
} from "../../schema/project/project-command.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { once } from "../kernel/idempotency.ts";
import { queueCommand } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { requireLastingProject, requireProject } from "../release/project-view.ts";
import { raiseTier } from "../stack/raise.ts";
import { addCommand, findCommand, leaveEndedCommand, listCommandRows, listOpenCommands, moveCommand, viewCommand } from "./command-row.ts";

type Named = z.infer<typeof projectCommandSeenIn>;
async function requireCommand(db: Db, { project, id }: Named): Promise<ProjectCommandRow> {
  const { id: projectId } = await requireProject(db, project);
  const row = await findCommand(db, id);
  if (row?.projectId !== projectId) throw new AppError("not_found", { what: "command" });
  return row;
}

const refuseCommand = (message: string) => new AppError("conflict", { what: "command" }, { message });
async function refuseSecond(db: Db): Promise<void> {
  const [other] = await listOpenCommands(db);
  if (!other) return;
  const since = new Date(other.startedAt ?? other.createdAt).toISOString();
  const does = other.state === "running" ? "runs" : "waits";
  throw refuseCommand(`Another line of yours ${does} in ${other.project} since ${since} (${other.id}). Wait for its end, or cancel it.`);
}
/** A stack that sleeps, or that its member stopped, is started: what waits for it must not wait in vain. */
async function wakeStack(writer: Writer): Promise<void> {
  const actor = await me(writer.db);
  if (actor.tier === "stopped" && actor.generation > 0) await raiseTier(writer, actor, "message", newId("req", writer.now));
}
/** Action `projectCommand`. The same key is one run, and answers how that is by now. */
export async function beginCommand(
  self: Self,
  { project, command, seconds }: z.infer<typeof projectCommandIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof projectCommandOut>> {
  const begun = await once(self, requestId, `command:${key}`, z.object({ id: id("cmd") }), async (writer) => {
    const { id: projectId, name, repo, readyAt } = await requireLastingProject(writer.db, project);
    if (readyAt === null) throw refuseCommand(`${name} is still being made.`);
    await refuseSecond(writer.db);
    const made = { id: newId("cmd", writer.now) };
    await addCommand(writer, { ...made, projectId, project: name, repo, command, seconds });
    await wakeStack(writer);
    await queueCommand(writer, made);
    return made;
  });
  return { command: viewCommand(await requireCommand(self.db, { project, ...begun })) };
}

/** Action `projectCommands`: newest first, without what they printed. */
export async function listCommands(db: Db, { project }: z.infer<typeof projectIn>): Promise<z.infer<typeof projectCommandsOut>> {
  const { id: projectId } = await requireProject(db, project);
  return { commands: (await listCommandRows(db, projectId)).map(viewCommand) };
}
/** Action `projectCommandSeen`. */
export async function viewCommandOutput(db: Db, named: Named): Promise<z.infer<typeof projectCommandSeenOut>> {
  const row = await requireCommand(db, named);
  return { command: { ...viewCommand(row), output: row.output, ...(row.tail === null ? {} : { tail: row.tail }) } };
}

/** Action `projectCommandCancel`. One that is over is answered as it ended. */
export async function cancelCommand(self: Self, named: Named, requestId: string): Promise<z.infer<typeof projectCommandOut>> {
  const row = await record(self, requestId, async (writer) => {
    const before = await requireCommand(writer.db, named);
    if (!isCommandUnderWay(before.state)) return before;
    return (await moveCommand(writer, before, "cancelled", { reason: "You cancelled it." })) ?? before;
  });
  await leaveEndedCommand(self);
  return { command: viewCommand(row) };
}
