import { and, desc, eq, gte, inArray, ne } from "drizzle-orm";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { changedFileTable } from "../../schema/git/changed-file.table.ts";
import type { PlanRow } from "../../schema/plan/plan.table.ts";
import { mostResultFiles, type PlanResult } from "../../schema/plan/plan-result.ts";
import type { PreviewView } from "../../schema/preview/preview.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { testFile } from "../../schema/proof/suspicion.ts";
import { readUnverifiedReceipt } from "../../schema/receipt/receipt.ts";
import { box } from "../../schema/stack/stack.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { mainBranch } from "../git/git.ts";
import type { Db } from "../kernel/tables.ts";
import { listPreviews } from "../preview.ts";
import { newestReceipts, provenBy } from "../receipt/receipt.ts";
import { viewProject } from "../release/project-view.ts";
import { judgeMain } from "../release/standing.ts";
import { requirePlan } from "./plan.ts";

/** Action `planResult`. */
export async function viewPlanResult(db: Db, planId: PlanRow["id"]): Promise<PlanResult> {
  const plan = await requirePlan(db, planId);
  const placeInPlan = (task: TaskRow) => plan.body.tasks.findIndex((spec) => spec.id === task.specId);
  const rows: TaskRow[] = await db.select().from(taskTable).where(eq(taskTable.plan, planId));
  const tasks = rows.sort((a, b) => placeInPlan(a) - placeInPlan(b));
  const place = findPlace(tasks);
  const workers = [...new Set(tasks.flatMap(({ worker }) => worker ?? []))];
  const { previews } = await listPreviews(db);
  return {
    project: place?.branch === mainBranch ? await viewProjectOnMain(db, place.repo.slice(box.projectOwner.length + 1)) : null,
    preview: choosePreview(previews, place, tasks) ?? null,
    place: place ?? null,
    files: place ? await listFiles(db, place.repo, plan.createdAt, workers) : { total: 0, list: [] },
    ...(await listReceipts(db, tasks)),
  };
}

/** Null where the project was taken away since. */
async function viewProjectOnMain(db: Db, name: string): Promise<PlanResult["project"]> {
  const [row] = await db.select().from(projectTable).where(eq(projectTable.name, name));
  if (!row) return null;
  const { proof: _, ...main } = await judgeMain(db, name);
  return { view: await viewProject(db, row), main };
}

/** Where the newest work of a plan lies: what is proven before what is not, `main` before branches. Pure. */
export function findPlace(tasks: readonly TaskRow[]): NonNullable<PlanResult["place"]> | undefined {
  const pushed = tasks.filter((task) => task.branch !== null && task.facts.commit !== undefined);
  const proven = pushed.filter(({ state }) => state === "verified" || state === "deployed");
  const newest = (some: readonly TaskRow[]) => [...some].sort((a, b) => b.updatedAt - a.updatedAt)[0];
  const task = newest(proven.filter(({ branch }) => branch === mainBranch)) ?? newest(proven) ?? newest(pushed);
  if (!task?.branch) return undefined;
  return { repo: `${box.projectOwner}/${task.project}`, branch: task.branch, commit: task.facts.commit ?? null };
}

/**
 * The pages where the work lies, else those on a branch of the plan, else a program that one of its agents
 * shows. Pure.
 */
export function choosePreview(
  previews: readonly PreviewView[],
  place: PlanResult["place"] | undefined,
  tasks: readonly Pick<TaskRow, "branch" | "worker">[],
): PreviewView | undefined {
  const pagesOn = (branches: readonly (string | null)[]) =>
    previews.find(({ source }) => source.kind === "pages" && source.repo === place?.repo && branches.includes(source.branch));
  const ofAgent = ({ source }: PreviewView) => source.kind === "port" && tasks.some(({ worker }) => worker === source.agent);
  return (place && pagesOn([place.branch])) ?? pagesOn(tasks.map(({ branch }) => branch)) ?? previews.find(ofAgent);
}

const pageFile = /\.html?$/i;
const reportFile = /(^|\/)(docs|reviews|artifacts)\//i;
/** Where a person looks for a file of a result: smaller is sooner, the highest page the first. Pure. */
export function placeOfFile(path: string): number {
  const depth = Math.min(path.split("/").length, 50);
  if (testFile.test(path)) return 300;
  if (path.startsWith(".")) return 250; // settings
  if (pageFile.test(path)) return depth * 2 - (/(^|\/)index\.html?$/i.test(path) ? 1 : 0);
  return reportFile.test(path) ? 200 : 100;
}

type Files = PlanResult["files"];
async function listFiles(db: Db, repo: string, since: number, workers: readonly TaskRow["worker"][]): Promise<Files> {
  const known = workers.filter((worker) => worker !== null);
  if (known.length === 0) return { total: 0, list: [] };
  const rows = await db
    .select({ file: changedFileTable })
    .from(changedFileTable)
    .innerJoin(eventTable, eq(eventTable.seq, changedFileTable.seq))
    .innerJoin(agentTable, eq(agentTable.channel, changedFileTable.channel))
    .where(
      and(
        eq(changedFileTable.repo, repo),
        ne(changedFileTable.status, "deleted"),
        gte(eventTable.at, since),
        inArray(agentTable.id, known),
      ),
    )
    .orderBy(desc(changedFileTable.seq));
  const inFolder = (a: string, b: string) => placeOfFile(a) - placeOfFile(b);
  const sorted = rows.sort(({ file: a }, { file: b }) => inFolder(a.path, b.path) || b.seq - a.seq || (a.path < b.path ? -1 : 1));
  const list = sorted.slice(0, mostResultFiles).map(({ file: { path, status, additions, deletions } }) => ({
    path,
    status,
    additions,
    deletions,
  }));
  return { total: rows.length, list };
}

async function listReceipts(db: Db, tasks: readonly TaskRow[]): Promise<Pick<PlanResult, "receipts" | "proven">> {
  const newest = await newestReceipts(
    db,
    tasks.map(({ id }) => id),
  );
  const receipts = tasks.flatMap((task) => {
    const proof = newest.get(task.id);
    if (!proof) return [];
    const strength = readUnverifiedReceipt(proof.receipt)?.predicate.strength;
    const measured = strength ? { caught: strength.caught, tried: strength.tried } : null;
    const { id, checks, staleAt } = proof;
    return [
      { id, taskId: task.id, title: task.spec.title, checks, stale: staleAt !== null, strength: measured, proven: provenBy(proof) ?? null },
    ];
  });
  const current = [...newest.values()].filter(({ staleAt }) => staleAt === null);
  return { receipts, proven: provenBy(...current) ?? null };
}
