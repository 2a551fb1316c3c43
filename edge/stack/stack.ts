import { and, eq, isNull, lte } from "drizzle-orm";
import { z } from "zod";
import { growAgentType, subAgentIn } from "../../schema/agent/team.ts";
import { priceOf } from "../../schema/billing/price.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { modelSessionTable } from "../../schema/billing/usage.table.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { registryAgentTable, registrySubAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import { stackSessionIn, stackSessionOut, stackStatusIn, stackTicketIn, stackTicketOut, stackWaitOut } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { beginWaitingTrial, stackLimitsOf, withCeiling } from "../billing/entitlement.ts";
import { hasModelTime, readSpent } from "../billing/model-budget.ts";
import { runnerDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { issueTicket } from "../kernel/ticket.ts";
import { leaveLine, takeSlot } from "./slot.ts";

/** Of which type an agent of the member's is, the Grow Agent or another; undefined: it is none of theirs. */
async function findAgentType(db: Database, member: Id<"mem">, agent: Id<"agt">): Promise<string | undefined> {
  const grow = db
    .select({ id: registryAgentTable.id })
    .from(registryAgentTable)
    .where(and(eq(registryAgentTable.member, member), eq(registryAgentTable.id, agent)));
  const sub = db
    .select({ type: registrySubAgentTable.type })
    .from(registrySubAgentTable)
    .where(and(eq(registrySubAgentTable.member, member), eq(registrySubAgentTable.id, agent)));
  return (await grow.get()) ? growAgentType : (await sub.get())?.type;
}

/** What a runner asks for one member's stack. */
const memberParams = z.object({ member: id("mem") });
const stackDone = z.object({ ok: z.literal(true), /** false when something newer was known. */ changed: z.boolean() });

export const stackRoutes = newApp()
  .openapi(
    runnerDoor({
      method: "post",
      path: "/stacks/{member}/ticket",
      summary: "A ticket with which the actor commands its stack on its host, and a slot there for a start",
      tags: ["Stacks"],
      request: { params: memberParams, body: { required: false, content: { "application/json": { schema: stackTicketIn } } } },
      responses: {
        200: jsonAnswer("Ticket, and where to use it", stackTicketOut),
        202: jsonAnswer("No slot is free: its place in line", stackWaitOut),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { db, config } = c.var;
      const { member } = c.req.valid("param");
      const { wants, generation } = c.req.valid("json");
      const read = () =>
        db
          .select()
          .from(stackTable)
          .leftJoin(machineTable, eq(machineTable.id, stackTable.host))
          .leftJoin(subscriptionTable, eq(subscriptionTable.member, stackTable.member))
          .where(eq(stackTable.member, member))
          .get();
      const before = await read();
      if (!before) throw new AppError("not_found");
      if (wants === "stopped") await leaveLine(db, member);
      if (wants === "running") {
        const { ceiling } = await withCeiling(db, before.stack, before.subscription, Date.now());
        if (ceiling !== "running") throw new AppError("ceiling", { ceiling }); // what may not run takes no slot
        const slot = await takeSlot(db, member, { generation });
        if ("waiting" in slot) return c.json(slot, 202);
      }
      const row = wants === undefined ? before : await read();
      if (!row?.machine || row.machine.address === null || row.machine.port === null) throw new AppError("not_found");
      const stack = await withCeiling(db, row.stack, row.subscription, Date.now());
      const host = id("hst").parse(row.machine.id);
      const limits = stackLimitsOf(row.subscription ?? { plan: "trial", quantity: 1 });
      const { epoch, ceilingRev } = stack;
      const keeps = stack.memorySince !== null;
      const made = await issueTicket(config, "host", {
        ...{ member, stack: stack.id, host, epoch, ceilingRev, limits, keeps },
        ceiling: stack.ceiling,
      });
      const at = { id: host, address: row.machine.address, port: row.machine.port };
      return c.json(
        {
          ...made,
          ...{ stack: stack.id, host: at, epoch, ceilingRev, limits, keeps },
          ceiling: stack.ceiling,
          price: priceOf(config.MODEL_NAME),
        },
        200,
      );
    },
  )
  .openapi(
    runnerDoor({
      method: "put",
      path: "/stacks/{member}/status",
      summary: "What the registry shows of the Grow Agent; a lower seq than the stored one changes nothing",
      tags: ["Stacks"],
      request: { params: memberParams, body: jsonRequest(stackStatusIn) },
      responses: { 200: jsonAnswer("Noted", stackDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const { member } = c.req.valid("param");
      const { seq, status, observed, asleep, lastActivity, containers, memory, memoryMissing, agents = [] } = c.req.valid("json");
      const won = await db
        .update(registryAgentTable)
        .set({ statusSeq: seq, status, observed, asleep, lastActivity, agents, ...(containers ?? {}) })
        .where(and(eq(registryAgentTable.member, member), lte(registryAgentTable.statusSeq, seq))); // who works changes without an event, too
      if (
        won.rowsAffected === 0 &&
        !(await db.select({ id: registryAgentTable.id }).from(registryAgentTable).where(eq(registryAgentTable.member, member)).get())
      )
        throw new AppError("not_found");
      // An older word counts too: it was ready then.
      if (status === "ready" || status === "working") await beginWaitingTrial(db, member, Date.now());
      if (memory)
        await db
          .update(stackTable)
          .set({ memorySince: Date.now() })
          .where(and(eq(stackTable.member, member), isNull(stackTable.memorySince)));
      if (won.rowsAffected === 1 && memoryMissing !== undefined)
        await db.update(stackTable).set({ actorMissing: memoryMissing }).where(eq(stackTable.member, member));
      return c.json({ ok: true as const, changed: won.rowsAffected === 1 }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "put",
      path: "/stacks/{member}/agents/{agent}",
      summary: "A sub-agent of the member's: its model calls, by this model, and calls of these tools, are taken from now on",
      tags: ["Stacks"],
      request: { params: memberParams.extend({ agent: id("agt") }), body: jsonRequest(subAgentIn) },
      responses: { 200: jsonAnswer("Noted", stackDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const { member, agent } = c.req.valid("param");
      const { type, tools, model } = c.req.valid("json");
      if (!(await db.select({ id: registryAgentTable.id }).from(registryAgentTable).where(eq(registryAgentTable.member, member)).get()))
        throw new AppError("not_found");
      const made = await db
        .insert(registrySubAgentTable)
        .values({ id: agent, member, type, tools, model, createdAt: Date.now() })
        .onConflictDoUpdate({
          target: registrySubAgentTable.id,
          set: { type, tools, model },
          setWhere: eq(registrySubAgentTable.member, member),
        });
      if (made.rowsAffected === 0) throw new AppError("conflict"); // another member's
      return c.json({ ok: true as const, changed: true }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "put",
      path: "/stacks/{member}/sessions/{session}",
      summary: "Model calls of this OpenCode session belong to this agent, and to its task and quest with their budgets",
      tags: ["Stacks"],
      request: {
        params: memberParams.extend({ session: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/) }),
        body: jsonRequest(stackSessionIn),
      },
      responses: { 200: jsonAnswer("Noted", stackSessionOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const { member, session } = c.req.valid("param");
      const { agent, budgets } = c.req.valid("json");
      const agentType = await findAgentType(db, member, agent);
      if (agentType === undefined) throw new AppError("not_found");
      const { task, quest, project } = budgets ?? {};
      const limits = {
        task: task?.id ?? null,
        taskMicros: task?.limitMicros ?? null,
        quest: quest?.id ?? null,
        questMicros: quest?.limitMicros ?? null,
        project: project ?? null,
      };
      const made = await db
        .insert(modelSessionTable)
        .values({ member, session, agent, createdAt: Date.now(), ...limits })
        .onConflictDoNothing();
      const same = and(eq(modelSessionTable.member, member), eq(modelSessionTable.session, session));
      const row = await db.select().from(modelSessionTable).where(same).get();
      if (row?.agent !== agent) throw new AppError("conflict");
      if (made.rowsAffected === 0 && budgets) await db.update(modelSessionTable).set(limits).where(same);
      const spent = {
        ...(task ? { task: await readSpent(db, member, "task", task.id) } : {}),
        ...(quest ? { quest: await readSpent(db, member, "quest", quest.id) } : {}),
      };
      const modelTime = await hasModelTime(db, member, agentType);
      return c.json({ ok: true as const, changed: made.rowsAffected === 1, spent, modelTime }, 200);
    },
  );
