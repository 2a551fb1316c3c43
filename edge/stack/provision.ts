import type { ActorView } from "../../schema/account/account.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import type { ProvisionStep } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { creationInput, register, requireActor } from "../actor/actor-registry.ts";
import { actionDeadline, askActor } from "../actor/rivet.ts";
import { requireEntitlement } from "../billing/entitlement.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { placeStack } from "./placement.ts";

type Done = { step: ProvisionStep; at: number; ms: number };

/**
 * Entitlement, placement, Grow Agent; the actor does the rest and reports it
 * by events. Repeating it finds what is there and lets the actor look again.
 */
export async function provisionStack(config: EdgeConfig, db: Database, member: MemberRow, requestId: string): Promise<ActorView> {
  const steps: Done[] = [];
  const timed = async <T>(step: ProvisionStep, work: () => Promise<T>): Promise<T> => {
    const at = Date.now();
    const result = await work();
    steps.push({ step, at, ms: Date.now() - at });
    return result;
  };
  await timed("entitlement", () => requireEntitlement(db, member.id, Date.now()));
  await timed("placement", async () => {
    await register(db, member);
    await placeStack(db, member.id);
  });
  const view = await requireActor(db, member.id);
  const create = await creationInput(db, member.id);
  if (!create) throw new AppError("not_found");
  const end = Date.now() + actionDeadline; // both calls together
  const caller = { config, member: member.id, requestId };
  await timed("agent", () => askActor(caller, "snapshot", {}, { create }));
  await askActor(caller, "provision", { run: requestId, steps }, { deadline: Math.max(500, end - Date.now()) });
  return view;
}
