import { eq, or } from "drizzle-orm";
import { z } from "zod";
import type { ActionName } from "../../schema/actions.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { fitTarget } from "../../schema/audit/audit.ts";
import { incidentTable } from "../../schema/incident/incident.table.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { type Id, id, siblingId } from "../../schema/wire/id.ts";
import type { Db } from "./tables.ts";

const named = z.looseObject({ project: z.string().optional().catch(undefined) });
/** The fields by which actions name a project, or something that is in one. */
const naming = z.looseObject({
  project: z.string().optional().catch(undefined),
  repoId: id("rep").optional().catch(undefined),
  incident: id("inc").optional().catch(undefined),
  taskId: id("tsk").optional().catch(undefined),
  planId: id("pln").optional().catch(undefined),
  approvalId: id("apr").optional().catch(undefined),
  agentId: id("agt").optional().catch(undefined),
  agent: id("agt").optional().catch(undefined),
  channel: id("chn").optional().catch(undefined),
  turnId: id("trn").optional().catch(undefined),
  spec: named.optional().catch(undefined),
  /** What a tool is given. */
  arguments: named.optional().catch(undefined),
  plan: z
    .looseObject({ tasks: z.array(named) })
    .optional()
    .catch(undefined),
  name: z.string().optional().catch(undefined),
});
type Naming = z.infer<typeof naming>;
/** Actions whose `name` is that of the project they make. */
const makers: ReadonlySet<ActionName> = new Set<ActionName>(["projectMake", "repositoryMake"]);

type ProjectFound = string | undefined;
async function findName(db: Db, project: string): Promise<ProjectFound> {
  const asked = or(eq(projectTable.name, project), eq(projectTable.id, project as Id<"prj">));
  const [row] = await db.select({ name: projectTable.name }).from(projectTable).where(asked);
  return row?.name;
}
async function findTaskProject(db: Db, task: Id<"tsk">): Promise<ProjectFound> {
  const [row] = await db.select({ project: taskTable.project }).from(taskTable).where(eq(taskTable.id, task));
  return row?.project;
}
async function findAgentProject(db: Db, at: { agent: Id<"agt"> } | { channel: Id<"chn"> }): Promise<ProjectFound> {
  const where = "agent" in at ? eq(agentTable.id, at.agent) : eq(agentTable.channel, at.channel);
  const [row] = await db.select({ project: agentTable.project }).from(agentTable).where(where);
  return row?.project ?? undefined;
}
async function findTurnProject(db: Db, turn: Id<"trn">): Promise<ProjectFound> {
  const [row] = await db.select({ agent: turnTable.agent }).from(turnTable).where(eq(turnTable.id, turn));
  return row && findAgentProject(db, { agent: row.agent });
}
/** The one project of all tasks of a plan. */
function findCommon(tasks: readonly { project?: string | undefined }[]): ProjectFound {
  const projects = new Set(tasks.map(({ project }) => project));
  return projects.size === 1 ? [...projects][0] : undefined;
}
async function findPlanProject(db: Db, plan: Id<"pln">): Promise<ProjectFound> {
  const [row] = await db.select({ body: planTable.body }).from(planTable).where(eq(planTable.id, plan));
  return row && findCommon(row.body.tasks);
}
async function findAskedProject(db: Db, approval: Id<"apr">): Promise<ProjectFound> {
  const { task, agent } = approvalTable;
  const [row] = await db.select({ task, agent }).from(approvalTable).where(eq(approvalTable.id, approval));
  return row && ((row.task ? await findTaskProject(db, row.task) : undefined) ?? (await findAgentProject(db, { agent: row.agent })));
}
async function findIncidentProject(db: Db, incident: Id<"inc">): Promise<ProjectFound> {
  const [row] = await db.select({ project: incidentTable.project }).from(incidentTable).where(eq(incidentTable.id, incident));
  return row?.project;
}
/** What is named most closely counts. An agent of one project says nothing else by what it gives a tool. */
async function findNamed(db: Db, said: Naming): Promise<ProjectFound> {
  const project = said.project ?? said.spec?.project ?? (said.plan && findCommon(said.plan.tasks));
  if (project !== undefined) return (await findName(db, project)) ?? project;
  if (said.repoId !== undefined) return findName(db, siblingId("prj", said.repoId));
  if (said.incident !== undefined) return findIncidentProject(db, said.incident);
  if (said.taskId !== undefined) return findTaskProject(db, said.taskId);
  if (said.planId !== undefined) return findPlanProject(db, said.planId);
  if (said.approvalId !== undefined) return findAskedProject(db, said.approvalId);
  const agent = said.agentId ?? said.agent;
  if (agent !== undefined) return (await findAgentProject(db, { agent })) ?? fitTarget(said.arguments?.project);
  if (said.turnId !== undefined) return findTurnProject(db, said.turnId);
  return said.channel === undefined ? undefined : findAgentProject(db, { channel: said.channel });
}
/** The name of the project in which an action changes something; found before it is changed. */
export async function findAuditedProject(db: Db, action: ActionName, input: unknown): Promise<string | undefined> {
  const said = naming.safeParse(input).data;
  return said && fitTarget(makers.has(action) ? said.name : await findNamed(db, said));
}
