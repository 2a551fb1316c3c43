import { eq } from "drizzle-orm";
import { limitReached } from "../../schema/billing/limit-reached.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import type { AppRefusal, AppSeen } from "../../schema/release/release-host.ts";
import { findAgent, requireGrowAgent } from "../agent/agent.ts";
import { askClosedNames, listLastingReach } from "../approval/reach.ts";
import { queueAppReach } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { findTask } from "../task/task-row.ts";
import { findApp, setAppReach } from "./app-host.ts";
import { findServing } from "./release-row.ts";

/** What the member lets the Grow Agent reach, and the agent whose work it is. */
export async function listReleaseReach(self: Self, release: ProjectReleaseRow): Promise<string[]> {
  const worker = (await findTask(self.db, release.task))?.worker;
  const agents = [await requireGrowAgent(self.db), worker ? await findAgent(self.db, worker) : undefined];
  const names = await Promise.all(agents.map((agent) => (agent ? listLastingReach(self, { ...agent, task: release.task }) : [])));
  return [...new Set(names.flat())].sort().slice(0, 200);
}

/** The member's rules or answers have changed: what serves hears it; what was taken back is closed. */
export async function queueServingReach(writer: Writer): Promise<void> {
  const projects = await writer.db.select({ name: projectTable.name }).from(projectTable);
  for (const { name } of projects) if (await findServing(writer.db, name)) await queueAppReach(writer, name);
}
export const appReachWork: Handler<"app_reach"> = {
  endless: ["unreachable", "timeout", "exhausted", "rate_limited", "stale_worker"],
  async run(self, { payload: { name }, requestId }) {
    const serving = await findServing(self.db, name);
    const seen = serving && (await findApp(self.vars.stack, requestId, name));
    if (serving && seen) await followReach(self, serving, seen, requestId);
  },
  async gaveUp(self, { payload: { name }, requestId }, error) {
    self.vars.world.log("warn", "a host was not told what an app may reach; the next look will", { project: name, requestId, error });
  },
};
/**
 * What the app asked for and was not let to is told; where its host lets it reach something else than the
 * member does, the host hears that.
 */
export async function followReach(self: Self, serving: ProjectReleaseRow, { network }: AppSeen, requestId: string): Promise<void> {
  if (!network) return;
  const names = await listReleaseReach(self, serving);
  await tellRefusals(
    self,
    serving,
    network.refused.filter(({ name, usedUp }) => usedUp || !names.includes(name)),
    requestId,
  );
  if (names.join() !== [...network.reach].sort().join()) await setAppReach(self.vars.stack, requestId, serving.project, names);
}

/** The member sees each name once for a release, and is asked about those that its environment file names. */
async function tellRefusals(self: Self, serving: ProjectReleaseRow, refused: AppRefusal[], requestId: string): Promise<void> {
  if (refused.length === 0) return;
  await record(self, requestId, async (writer) => {
    const [project] = await writer.db.select().from(projectTable).where(eq(projectTable.name, serving.project));
    if (!project) return;
    const agent = { ...(await requireGrowAgent(writer.db)), task: null };
    for (const refusal of refused) await tellRefused(self, writer, { serving, agent, refusal });
  });
}
type Refused = {
  serving: ProjectReleaseRow;
  agent: Awaited<ReturnType<typeof requireGrowAgent>>;
  refusal: AppRefusal;
};
async function tellRefused(self: Self, writer: Writer, { serving, agent, refusal: { name, port, asked, usedUp } }: Refused): Promise<void> {
  const { id, project } = serving;
  const canOpen = asked && !usedUp && (port === 443 || port === 80);
  const why = `What is deployed of ${project} wanted to reach it, and its environment file names it.`;
  const waits = canOpen && (await askClosedNames(self, writer, { key: `app:${id}`, agent, names: [name], why }));
  const next = usedUp
    ? `${limitReached.egress} What was used stands under Rules.`
    : waits
      ? "You are asked about it."
      : canOpen
        ? "Your answer or a rule of yours forbids it."
        : asked
          ? "Apps reach names on ports 80 and 443."
          : "An app reaches what `network` in its environment file names, after your yes.";
  const text = `The app of ${project} was not let to ${name}:${port}. ${next}`;
  const ref = `app-refused:${id}:${name}:${port}${usedUp ? ":used-up" : ""}`;
  await writer.append("notice", { ref, body: { level: "warning", code: "egress_refused", text } });
}
