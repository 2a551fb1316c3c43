import { eq } from "drizzle-orm";
import type { ActorView } from "../../schema/account/account.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { isHostGone } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import type { ProvisionStep } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { creationInput, register, requireActor } from "../actor/actor-registry.ts";
import { actionDeadline, askActor } from "../actor/rivet.ts";
import { requireEntitlement } from "../billing/entitlement.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { takeSlot } from "./slot.ts";

type Done = { step: ProvisionStep; at: number; ms: number };

/**
 * Finds a host for a stack that has none. One that has its place is given a slot when its actor starts it.
 * False: it stands in line.
 */
async function ensurePlaced(db: Database, member: Id<"mem">): Promise<boolean> {
  const row = await db
    .select({ host: stackTable.host, state: machineTable.state })
    .from(stackTable)
    .leftJoin(machineTable, eq(machineTable.id, stackTable.host))
    .where(eq(stackTable.member, member))
    .get();
  if (row?.host && row.state !== null && !isHostGone(row.state)) return true;
  return "stack" in (await takeSlot(db, member, { generation: 0 }));
}

/**
 * Entitlement, placement, Grow Agent; the actor does the rest and reports it by events. Where no host has a
 * slot free the stack stands in line, and its actor asks for one until it has it. Repeating it finds what is
 * there and lets the actor look again.
 */
export async function provisionStack(config: EdgeConfig, db: Database, member: MemberRow, requestId: string): Promise<ActorView> {
  const steps: Done[] = [];
  const timed = async <T>(step: ProvisionStep, work: () => Promise<T>, isDone = (_: T) => true): Promise<T> => {
    const at = Date.now();
    const result = await work();
    if (isDone(result)) steps.push({ step, at, ms: Date.now() - at });
    return result;
  };
  await timed("entitlement", () => requireEntitlement(db, member.id, Date.now()));
  const place = async () => {
    await register(db, member);
    return ensurePlaced(db, member.id);
  };
  await timed("placement", place, (placed) => placed);
  const view = await requireActor(db, member.id);
  const create = await creationInput(db, member.id);
  if (!create) throw new AppError("not_found");
  const end = Date.now() + actionDeadline; // both calls together
  const caller = { config, member: member.id, requestId };
  await timed("agent", () => askActor(caller, "snapshot", {}, { create }));
  await askActor(caller, "provision", { run: requestId, steps }, { deadline: Math.max(500, end - Date.now()) });
  return view;
}
