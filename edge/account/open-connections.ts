import { eq } from "drizzle-orm";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { askActor } from "../actor/rivet.ts";
import type { EdgeApp } from "../http.ts";
import { endViews } from "../preview/open-views.ts";

type Asker = Pick<EdgeApp["Variables"], "config" | "db" | "requestId">;
type Holder = { member: Id<"mem">; signIn?: string };
/** One that was never made, or that the engine has lost, has nobody connected. */
async function tellActor({ config, db, requestId }: Asker, { member, signIn }: Holder): Promise<void> {
  const { id } = registryAgentTable;
  const found = await db.select({ id }).from(registryAgentTable).where(eq(registryAgentTable.member, member)).get();
  if (!found) return;
  const input = signIn === undefined ? {} : { signIn };
  await askActor({ config, member, requestId }, "signInEnd", input, { revive: false }).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== "not_found") throw error;
  });
}
/**
 * Ends all that a member has open by one sign-in, or by any: live connections at their Grow Agent; terminals,
 * previews and apps at their host. Both are told at once. Throws where one could not be: the caller tries
 * again.
 */
export async function endConnections(asker: Asker, holder: Holder): Promise<void> {
  const told = await Promise.allSettled([tellActor(asker, holder), endViews(asker, holder)]);
  for (const each of told) if (each.status === "rejected") throw each.reason;
}
