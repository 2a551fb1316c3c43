import { isNotNull } from "drizzle-orm";
import { projectTable } from "../../schema/project/project.table.ts";
import { type NamedSecret, printSecrets } from "../../schema/project/secret-prints.ts";
import type { AppError } from "../../schema/wire/error.ts";
import { queueSecretPrints } from "../kernel/queue.ts";
import { me, member, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";

/**
 * What pushes to the member's projects are looked through by: prints of their secrets' values, made here and
 * kept beside the repositories. The values go no further than this process.
 */
export async function followSecrets(self: Self, requestId: string): Promise<{ queued: true }> {
  await record(self, requestId, (writer) => queueSecretPrints(writer));
  return { queued: true };
}
export const secretPrintsWork = {
  async run(self: Self, work: WorkItem<"secrets">): Promise<void> {
    if (!(await me(self.db)).ready) return; // told once its stack is up
    const projects = await self.db.select({ name: projectTable.name }).from(projectTable).where(isNotNull(projectTable.readyAt));
    if (projects.length === 0) return;
    const secrets: NamedSecret[] = [];
    for (const { name: project } of projects) {
      const { values } = await self.vars.world.edge.projectSecrets(member(self), project, work.requestId);
      secrets.push(...Object.entries(values).map(([name, value]) => ({ name: `${name} of ${project}`, value })));
    }
    const text = secrets.length === 0 ? "" : await printSecrets(secrets, crypto.getRandomValues(new Uint8Array(40)));
    await self.vars.stack.setSecretPrints(work.requestId, text);
  },
  async gaveUp(self: Self, work: WorkItem<"secrets">, error: AppError): Promise<void> {
    self.vars.world.log("error", "pushes are not looked through for the newest secrets; the next wake sets it", {
      requestId: work.requestId,
      error,
    });
  },
};
