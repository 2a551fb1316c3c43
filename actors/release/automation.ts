import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { automateIn, automationOut } from "../../schema/project/automation.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { requireProject } from "./project-view.ts";

/** Action `automate`: what the member lets be done in a project by itself. The same again changes nothing. */
export function automate(self: Self, input: z.infer<typeof automateIn>, requestId: string): Promise<z.infer<typeof automationOut>> {
  return record(self, requestId, async (writer) => {
    const before = await requireProject(writer.db, input.project);
    const { repair = before.repair, deploys = before.deploys } = input;
    const automation = { repair, deploys };
    if (repair === before.repair && deploys === before.deploys) return { automation };
    await writer.db.update(projectTable).set(automation).where(eq(projectTable.name, before.name));
    const { id: projectId, name, published, address } = before;
    await writer.append("project.state", { body: { projectId, name, published, ...(address === null ? {} : { address }), automation } });
    return { automation };
  });
}
