import { and, desc, eq, inArray } from "drizzle-orm";
import { type ProjectReleaseRow, releaseTable } from "../../schema/release/release.table.ts";
import {
  isReleaseMove,
  isReleaseUnderWay,
  mostReleases,
  type ReleaseMade,
  type ReleaseState,
  type ReleaseView,
  releaseView,
} from "../../schema/release/release.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

/** As members see it: what is not known is absent. */
export function viewRelease({ task: _, ...row }: ProjectReleaseRow): ReleaseView {
  return releaseView.parse(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
}
export async function findRelease(db: Db, id: Id<"rel">): Promise<ProjectReleaseRow | undefined> {
  return (await db.select().from(releaseTable).where(eq(releaseTable.id, id)))[0];
}
export async function requireRelease(db: Db, id: Id<"rel">): Promise<ProjectReleaseRow> {
  const row = await findRelease(db, id);
  if (!row) throw new AppError("not_found", { what: "release" });
  return row;
}
/** Of one project, newest first. */
export function listReleaseRows(db: Db, project: string, states?: readonly ReleaseState[]): Promise<ProjectReleaseRow[]> {
  const ofProject = eq(releaseTable.project, project);
  return db
    .select()
    .from(releaseTable)
    .where(states ? and(ofProject, inArray(releaseTable.state, [...states])) : ofProject)
    .orderBy(desc(releaseTable.id))
    .limit(mostReleases);
}
export const findServing = async (db: Db, project: string): Promise<ProjectReleaseRow | undefined> =>
  (await listReleaseRows(db, project, ["serving"]))[0];

/** By this the event is found that a merge was handed on at its commit. */
export const handOffRef = (task: Id<"tsk">, commit: string | undefined): string => `handoff:${task}:${commit}`;

export async function tellRelease(writer: Writer, row: ProjectReleaseRow): Promise<void> {
  await writer.append("release.state", { body: viewRelease(row) });
}
type ReleaseChange = Partial<Pick<ProjectReleaseRow, "step" | "reason" | "log" | "made" | "servedAt" | "endedAt">>;
/**
 * The one way in which a release changes, in the caller's transaction. Undefined: what it is by now does not
 * change so, and nothing was written.
 */
export async function moveRelease(
  writer: Writer,
  before: ProjectReleaseRow,
  state: ReleaseState,
  change: ReleaseChange = {},
): Promise<ProjectReleaseRow | undefined> {
  if (!isReleaseMove(before.state, state)) return undefined;
  const [row] = await writer.db
    .update(releaseTable)
    .set({ ...change, state })
    .where(and(eq(releaseTable.id, before.id), eq(releaseTable.state, before.state)))
    .returning();
  if (row) await tellRelease(writer, row);
  return row;
}
/**
 * What a release was made of, as its host says it at its end and at each look. Of one under way its next move
 * tells it, in the same transaction.
 */
export async function noteMade(writer: Writer, id: Id<"rel">, made: ReleaseMade): Promise<void> {
  const before = await findRelease(writer.db, id);
  if (!before || before.made !== null) return;
  const [row] = await writer.db.update(releaseTable).set({ made }).where(eq(releaseTable.id, id)).returning();
  if (row && !isReleaseUnderWay(row.state)) await tellRelease(writer, row);
}
