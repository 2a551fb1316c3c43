import type { ActorView } from "../../schema/account/account.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { provisionIn, provisionOut, snapshot } from "../../schema/agent/grow-agent.ts";
import type { ProvisionStep } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { creationInput, register, requireActor } from "../actor/actor-registry.ts";
import { act, actionDeadline } from "../actor/rivet.ts";
import { requireEntitlement } from "../billing/entitlement.ts";
import type { Config } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { place } from "./placement.ts";

type Done = { step: ProvisionStep; at: number; ms: number };

/** Entitlement, placement, Grow Agent; the actor does the rest and reports it by events. Repeating it finds what is there and lets the actor look again. */
export async function provision(config: Config, db: Database, member: MemberRow, requestId: string): Promise<ActorView> {
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
    await place(db, member.id);
  });
  const view = await requireActor(db, member.id);
  const create = await creationInput(db, member.id);
  if (!create) throw new AppError("not_found");
  const end = Date.now() + actionDeadline; // both calls together
  const greet = { action: "snapshot", requestId, key: `snapshot:${requestId}`, input: {} } as const;
  await timed("agent", () => act(config, member.id, greet, snapshot, { create }));
  const order = {
    action: "provision",
    requestId,
    key: `provision:${requestId}`,
    input: provisionIn.parse({ run: requestId, steps }),
  } as const;
  await act(config, member.id, order, provisionOut, { deadline: Math.max(500, end - Date.now()) });
  return view;
}
