import { asc, eq, or } from "drizzle-orm";
import type { z } from "zod";
import { type ProjectRow, projectTable } from "../../schema/project/project.table.ts";
import { type ProjectView, type projectDetail, projectStateOf, type projectsOut, type releasesOut } from "../../schema/project/project.ts";
import type { projectRef } from "../../schema/project/project-ref.ts";
import type { Beginning } from "../../schema/project/template.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { describeProjectEnvironment } from "../environment.ts";
import { mainBranch } from "../git/git.ts";
import { removalKey } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { isQueued } from "../kernel/work.ts";
import { findPages } from "../preview.ts";
import { describeProjectBox } from "../stack/box-image.ts";
import { findServing, listReleaseRows, viewRelease } from "./release-row.ts";
import { judgeMain } from "./standing.ts";

type ProjectRef = z.infer<typeof projectRef>;
/** By its name or its id. */
export async function requireProject(db: Db, project: ProjectRef): Promise<ProjectRow> {
  const named = or(eq(projectTable.name, project), eq(projectTable.id, project as Id<"prj">));
  const [row] = await db.select().from(projectTable).where(named);
  if (!row) throw new AppError("not_found", { what: "project" });
  return row;
}

/** As `requireProject`; refused while it is being taken away. */
export async function requireLastingProject(db: Db, project: ProjectRef): Promise<ProjectRow> {
  const row = await requireProject(db, project);
  if (!(await isQueued(db, removalKey(row.name)))) return row;
  throw new AppError("conflict", { what: "project" }, { message: `${row.name} is just being taken away.` });
}

const viewBeginning = ({ task: _task, ...shown }: Beginning): ProjectView["beginning"] => shown;
export async function viewProject(db: Db, row: ProjectRow): Promise<ProjectView> {
  const [[newest], serving, removing] = await Promise.all([
    listReleaseRows(db, row.name),
    findServing(db, row.name),
    isQueued(db, removalKey(row.name)),
  ]);
  const isBeginning = row.beginning !== null && row.beginning.reason === undefined && row.beginning.step !== "online";
  const facts = {
    ready: row.readyAt !== null && !isBeginning,
    removing,
    newest: newest?.state,
    serves: serving !== undefined,
    app: row.app ?? undefined,
  };
  const state = projectStateOf(facts);
  const reason = row.error ?? (state === "failing" || state === "stopped" ? row.appReason : undefined);
  return {
    ...{ id: row.id, name: row.name, repo: row.repo, state, published: row.published, createdAt: row.createdAt },
    ...(reason ? { reason } : {}),
    kept: serving ? row.kept : [],
    ...(row.beginning ? { beginning: viewBeginning(row.beginning) } : {}),
    ...(serving && row.app ? { app: row.app } : {}),
    ...(row.address ? { address: row.address } : {}),
    ...(serving ? { current: viewRelease(serving) } : {}),
  };
}
/** Action `projects`. */
export async function listProjects(db: Db): Promise<z.infer<typeof projectsOut>> {
  const rows = await db.select().from(projectTable).orderBy(asc(projectTable.createdAt), asc(projectTable.id));
  return { projects: await Promise.all(rows.map((row) => viewProject(db, row))) };
}
/** Action `releases`: newest first. */
export async function listReleases(db: Db, project: ProjectRef): Promise<z.infer<typeof releasesOut>> {
  const { name } = await requireProject(db, project);
  return { releases: (await listReleaseRows(db, name)).map(viewRelease) };
}
/** Action `project`. What only its repository tells is absent while its stack is away. */
export async function viewProjectDetail(self: Self, project: ProjectRef, requestId: string): Promise<z.infer<typeof projectDetail>> {
  const row = await requireProject(self.db, project);
  const { proof, ...main } = await judgeMain(self.db, row.name);
  const environment = await describeProjectEnvironment(self, row.name, requestId);
  const lack = await describeProjectBox(self, row.name, requestId);
  const preview = await findPages(self.db, row.repo, mainBranch);
  const automation = { repair: row.repair, deploys: row.deploys };
  return {
    project: await viewProject(self.db, row),
    main,
    environment,
    automation,
    ...(lack ? { box: lack } : {}),
    ...(preview ? { preview } : {}),
    ...(proof ? { receipt: proof.id } : {}),
  };
}
