import { and, desc, eq, getTableColumns, inArray, notInArray } from "drizzle-orm";
import { eventTable } from "../../schema/event.table.ts";
import type { EventKind } from "../../schema/event.ts";
import { type ProjectCommandRow, projectCommandTable } from "../../schema/project/project-command.table.ts";
import {
  type CommandState,
  commandsUnderWay,
  isCommandMove,
  isCommandUnderWay,
  mostCommands,
  mostToldCommand,
  type ProjectCommandView,
  projectCommandView,
} from "../../schema/project/project-command.ts";
import type { Id } from "../../schema/wire/id.ts";
import { eventColumns, readEvent } from "../kernel/event.ts";
import { bodyPart } from "../kernel/event-filter.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";

/** A row without what it has printed, which may be much. */
type CommandFacts = Omit<ProjectCommandRow, "output" | "tail">;
const { output: _output, tail: _tail, ...factColumns } = getTableColumns(projectCommandTable);

/** As members see it: what is not known is absent. */
export function viewCommand({ attempt, cut, ...row }: CommandFacts): ProjectCommandView {
  const known = Object.entries(row).filter(([, value]) => value !== null);
  return projectCommandView.parse({ ...Object.fromEntries(known), ...(attempt > 0 ? { attempt } : {}), ...(cut ? { cut } : {}) });
}
export async function findCommand(db: Db, id: Id<"cmd">): Promise<ProjectCommandRow | undefined> {
  return (await db.select().from(projectCommandTable).where(eq(projectCommandTable.id, id)))[0];
}
/** While it is neither over nor forgotten. */
export async function findOpenCommand(db: Db, id: Id<"cmd">): Promise<ProjectCommandRow | undefined> {
  const row = await findCommand(db, id);
  return row && isCommandUnderWay(row.state) ? row : undefined;
}
/** Those of the member that wait or run. */
export function listOpenCommands(db: Db): Promise<CommandFacts[]> {
  return db
    .select(factColumns)
    .from(projectCommandTable)
    .where(inArray(projectCommandTable.state, [...commandsUnderWay]));
}
/**
 * Ends the call to the host of a command that is over. Call after the commit; the host's next beat finds it
 * as well.
 */
export async function leaveEndedCommand({ db, vars }: Self): Promise<void> {
  const { command } = vars;
  if (command && !(await findOpenCommand(db, command.id))) command.end.abort();
}
/** Of one project, newest first. */
export function listCommandRows(db: Db, projectId: Id<"prj">): Promise<CommandFacts[]> {
  return db
    .select(factColumns)
    .from(projectCommandTable)
    .where(eq(projectCommandTable.projectId, projectId))
    .orderBy(desc(projectCommandTable.id))
    .limit(mostCommands);
}

async function tellCommand(writer: Writer, row: CommandFacts): Promise<void> {
  const { id: commandId, project: name, projectId, commit, command, state, attempt, exitCode, ms, stopped, reason } = viewCommand(row);
  const told = { projectId, name, commandId, command: command.slice(0, mostToldCommand), state };
  await writer.append("project.command", { body: { ...told, commit, attempt, exitCode, ms, stopped, reason } });
}
/** What forgotten commands printed leaves the log too: their events keep their places, without lines. */
async function forgetOutput(db: Db, project: string, forgotten: readonly { id: Id<"cmd"> }[]): Promise<void> {
  if (forgotten.length === 0) return;
  const printed = and(eq(eventTable.project, project), eq(eventTable.kind, "project.output" satisfies EventKind));
  const ids = forgotten.map(({ id }) => id);
  const rows = await db
    .select(eventColumns)
    .from(eventTable)
    .where(and(printed, inArray(bodyPart("$.commandId"), ids)));
  for (const { seq, kind, body } of rows.map(readEvent))
    if (kind === "project.output" && body.lines.length > 0)
      await db
        .update(eventTable)
        .set({ body: { ...body, lines: [] } })
        .where(eq(eventTable.seq, seq));
}
type NewCommand = Pick<ProjectCommandRow, "id" | "projectId" | "project" | "repo" | "command" | "seconds">;
/** Takes a command, and forgets the oldest of its project. */
export async function addCommand(writer: Writer, command: NewCommand): Promise<void> {
  const { db, now } = writer;
  const [row] = await db
    .insert(projectCommandTable)
    .values({ ...command, state: "queued", createdAt: now })
    .returning();
  const ofProject = eq(projectCommandTable.projectId, command.projectId);
  const kept = (await listCommandRows(db, command.projectId)).map(({ id }) => id);
  const forgotten = await db
    .delete(projectCommandTable)
    .where(and(ofProject, notInArray(projectCommandTable.id, kept)))
    .returning({ id: projectCommandTable.id });
  await forgetOutput(db, command.project, forgotten);
  await tellCommand(writer, row!);
}
type CommandChange = Partial<Omit<ProjectCommandRow, keyof NewCommand | "state" | "createdAt">>;
/**
 * The one way in which the state of a command changes, in the caller's transaction. Undefined: what it is by
 * now does not change so, and nothing was written.
 */
export async function moveCommand(
  writer: Writer,
  before: Pick<ProjectCommandRow, "id" | "state">,
  state: CommandState,
  change: CommandChange = {},
): Promise<ProjectCommandRow | undefined> {
  if (!isCommandMove(before.state, state)) return undefined;
  const over = isCommandUnderWay(state) ? {} : { endedAt: writer.now };
  const [row] = await writer.db
    .update(projectCommandTable)
    .set({ ...over, ...change, state })
    .where(and(eq(projectCommandTable.id, before.id), eq(projectCommandTable.state, before.state)))
    .returning();
  if (row) await tellCommand(writer, row);
  return row;
}

/** The stack goes down, by its member or by what their account allows: no command is left waiting unseen. */
export async function endCommandsOfStack(writer: Writer, { tier }: ReactionChange<"stack.state">): Promise<void> {
  if (tier !== "stopped") return;
  for (const row of await listOpenCommands(writer.db)) await moveCommand(writer, row, "cancelled", { reason: "Your stack was stopped." });
}
/** A project that is deleted takes its commands with it. */
export async function endCommandsOfProject(writer: Writer, removed: ReactionChange<"project.removed">): Promise<void> {
  const { projectId, repository, state } = removed;
  if (repository !== "archive") return;
  for (const row of await listOpenCommands(writer.db))
    if (row.projectId === projectId) await moveCommand(writer, row, "cancelled", { reason: "Its project is being deleted." });
  if (state !== "done") return;
  const ofProject = eq(projectCommandTable.projectId, projectId);
  const forgotten = await writer.db.delete(projectCommandTable).where(ofProject).returning({ id: projectCommandTable.id });
  await forgetOutput(writer.db, removed.name, forgotten);
}
