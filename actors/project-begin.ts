import { eq } from "drizzle-orm";
import type { z } from "zod";
import { editBranches, editOwner } from "../schema/project/edit.ts";
import { type ProjectRow, projectTable } from "../schema/project/project.table.ts";
import { type projectMakeIn, projectOut } from "../schema/project/project.ts";
import { titleOfProject } from "../schema/project/template.ts";
import { gitMail } from "../schema/stack/stack.ts";
import { specShape } from "../schema/task/spec.ts";
import { taskTable } from "../schema/task/task.table.ts";
import { AppError } from "../schema/wire/error.ts";
import { Git, mainBranch } from "./git/git.ts";
import { once } from "./kernel/idempotency.ts";
import { queueScan, removalKey } from "./kernel/queue.ts";
import { me, type Self } from "./kernel/self.ts";
import { record } from "./kernel/transaction.ts";
import { type Handler, isQueued } from "./kernel/work.ts";
import type { ReactionChange, Writer } from "./kernel/writer.ts";
import { queueProject } from "./project.ts";
import {
  type BegunProject,
  beginStep,
  endBeginning,
  failStep,
  findBegun,
  findBegunById,
  finishStep,
  isBegun,
  queueBegin,
} from "./project-step.ts";
import { composeTemplate, findTemplate } from "./project-template.ts";
import { takeRelease } from "./release/deploy.ts";
import { requireProject, viewProject } from "./release/project-view.ts";
import { judgeMain } from "./release/standing.ts";
import { applyTask, createTask } from "./task/task.ts";
import { findTask } from "./task/task-row.ts";

/**
 * A project that a member begins by one call: repository, files of a template, their checks in a clean room,
 * `main`, and the address that its member alone sees. The files are the member's own work, as an edit of
 * theirs is (task/edit.ts), so the same rows prove them and bring them to `main`.
 */
const templateSpec = "template";
const branchOf = ({ id }: ProjectRow) => `${editBranches}${id}`; // of this project, not of one that had its name before

const refuseProject = (message: string) => new AppError("conflict", { what: "project" }, { message });
/** What failed is tried again at its step; what goes on is left alone. */
async function tryStepAgain(writer: Writer, row: BegunProject): Promise<void> {
  const { reason, ...began } = row.beginning;
  if (reason === undefined) return;
  if (began.step === "online") {
    const main = await judgeMain(writer.db, row.name); // as it is now: others may have mended it
    if (!main.can) throw refuseProject(`${row.name} can't be put online: ${main.reason}`);
    await beginStep(writer, row, began);
    await takeRelease(writer, { project: row.name, commit: main.commit, by: "member" });
    return;
  }
  if (began.step === "repository") {
    await queueProject(writer, row.name, undefined);
    return beginStep(writer, row, began);
  }
  const task = began.task && (await findTask(writer.db, began.task));
  if (task?.state === "failed") return void (await applyTask(writer, task.id, { kind: "retry" })); // which begins the step again
  await queueBegin(writer, row);
  await beginStep(writer, row, { ...began, step: "files" });
}
/**
 * Action `projectMake`. The same call for a project that begins is that project, and tries again what has
 * failed of it.
 */
export function makeProject(
  self: Self,
  input: z.infer<typeof projectMakeIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof projectOut>> {
  const { name, template } = input;
  const title = input.title?.normalize("NFC") ?? titleOfProject(name);
  return once(self, requestId, `project:${key}`, projectOut, async (writer) => {
    if (await isQueued(writer.db, removalKey(name))) throw refuseProject(`${name} is just being taken away.`);
    const [known] = await writer.db.select().from(projectTable).where(eq(projectTable.name, name));
    if (isBegun(known) && known.beginning.template === template) {
      const { beginning } = known;
      const isOther = (input.title && title !== beginning.title) || (input.online === false && beginning.online);
      if (isOther) throw refuseProject(`${name} is being made already, with another title or for its address.`);
      await tryStepAgain(writer, known);
    } else if (known) throw refuseProject(`There is a project ${name} already.`);
    else {
      await queueProject(writer, name, undefined, template);
      const online = (input.online ?? true) && template !== undefined && findTemplate(template).serves;
      if (template) await beginStep(writer, await requireProject(writer.db, name), { template, title, online, step: "repository" });
    }
    return { project: await viewProject(writer.db, await requireProject(writer.db, name)) };
  });
}

/** The repository is there. */
export async function followCreated(writer: Writer, { name }: ReactionChange<"project.created">): Promise<void> {
  const row = await findBegun(writer.db, name);
  if (row?.beginning.step !== "repository") return;
  await finishStep(writer, row);
  await queueBegin(writer, row);
}
/** The files of its template are a commit on a branch, and are handed in as the member's own. */
async function beginFromTemplate(self: Self, row: BegunProject, requestId: string): Promise<void> {
  const { name, repo } = row;
  const { template, title } = row.beginning;
  const git = new Git(self.vars.stack, requestId);
  const { files, tests, acceptance } = composeTemplate(template, { name, title });
  const base = await git.head(repo, mainBranch);
  if (base === undefined) throw new AppError("unavailable", { what: "main" });
  const branch = branchOf(row);
  const commit = (await git.head(repo, branch)) ?? (await commitTemplate(self, git, row, base, files));
  await record(self, requestId, async (writer) => {
    const now = await findBegunById(writer.db, row.id);
    if (now?.beginning.step !== "files") return;
    const about = { id: templateSpec, title: `Begin from the template “${findTemplate(template).title}”`, project: name, owner: editOwner };
    const spec = specShape.parse({ ...about, outputs: files.map(({ path }) => path), tests, acceptance });
    const { id } = await createTask(writer, { spec, project: name });
    await finishStep(writer, now, { task: id });
    await writer.db.update(taskTable).set({ branch }).where(eq(taskTable.id, id));
    await applyTask(writer, id, { kind: "hand_in", commit, base });
    await queueScan(writer);
  });
}
async function commitTemplate(
  self: Self,
  git: Git,
  row: BegunProject,
  base: string,
  files: { path: string; content: string }[],
): Promise<string> {
  const { repo, name, beginning } = row;
  if ((await git.commits(repo, base, 2)).length > 1)
    // of a project of this name that was deleted: its history goes on
    throw refuseProject(`The repository of ${name} has files of before, which a template would write over. Begin it under another name.`);
  const known = await git.contents(
    repo,
    base,
    files.map(({ path }) => path),
  );
  const changes = files.map(({ path, content }) => {
    const sha = known.get(path)?.sha;
    return sha === undefined ? { path, content, operation: "create" as const } : { path, content, operation: "update" as const, sha };
  });
  const actor = await me(self.db);
  const author = { name: actor.name, email: gitMail(actor.agent) };
  return (await git.commitFiles(repo, `Begin from the template ${beginning.template}`, author, changes, branchOf(row))).sha;
}

export const beginWork: Handler<"begin"> = {
  endless: ["unreachable", "timeout", "exhausted"],
  async run(self, { payload, requestId }) {
    const row = await findBegunById(self.db, payload.id);
    if (row?.beginning.step === "files" && row.beginning.reason === undefined) await beginFromTemplate(self, row, requestId);
  },
  async gaveUp(self, { payload, requestId }, error) {
    await record(self, requestId, async (writer) => {
      const row = await findBegunById(writer.db, payload.id);
      if (row?.beginning.step === "files") await failStep(writer, row, error.message);
    });
  },
};

/** Its task is proven, or can't be; or others went on with it where it had failed. */
export async function followTemplateTask(writer: Writer, { before, row: task }: ReactionChange<"task.state">): Promise<void> {
  const row = await findBegun(writer.db, task.project);
  if (!row) return;
  const { step, reason, ...began } = row.beginning;
  if (began.task !== task.id) {
    const isOnMain = task.state === "verified" && (task.branch === mainBranch || task.facts.adopted !== undefined);
    if (reason !== undefined && isOnMain) await endBeginning(writer, row);
  } else if (task.state === "failed" || task.state === "cancelled") {
    if (before?.state !== task.state) await failStep(writer, row, task.facts.reason);
  } else if (before?.state === "failed") await beginStep(writer, row, { ...began, step: "checks" });
  else if (step === "checks" && task.state === "verified") await finishStep(writer, row);
  else if (step === "main" && task.facts.adopted !== undefined) await finishStep(writer, row);
}
/** What its beginning put online serves, or could not. What serves has begun, by whatever way. */
export async function followTemplateRelease(writer: Writer, { project, state, reason }: ReactionChange<"release.state">): Promise<void> {
  const row = await findBegun(writer.db, project);
  if (!row) return;
  if (state === "serving") return row.beginning.step === "online" ? finishStep(writer, row) : endBeginning(writer, row);
  if (row.beginning.step === "online" && (state === "failed" || state === "cancelled"))
    await failStep(writer, row, reason ?? "its release was given up");
}
