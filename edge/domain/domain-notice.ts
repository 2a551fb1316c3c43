import type { DomainRow } from "../../schema/domain/domain.table.ts";
import { projectPath } from "../../schema/reminder/app-notice.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { type ReminderWorld, tellMember } from "../reminder/reminder-delivery.ts";

export type DomainWorld = ReminderWorld & { log: Logger };

/**
 * The member hears, in the ways they chose, that a record of a domain that serves is gone. Each look tries
 * what was not delivered yet; `since` tells one loss from the next.
 */
export async function tellDomainLost(world: DomainWorld, { id, member, name, project }: DomainRow, since: number): Promise<void> {
  const path = `${projectPath(project)}?tab=settings`;
  const title = `Its domain ${name} does not lead to it any more`;
  const number = Math.floor(since / 1_000);
  const data = { domain: id, kind: "domain_lost", project, title, url: `${world.config.PUBLIC_URL}${path}` };
  const told = { title, agent: project, path, notice: true as const };
  const message = { id: `${id}_${number}`, type: "app.notice" as const, at: since, tag: id, told, data };
  await tellMember(world, member, message, { approval: id, number });
}
