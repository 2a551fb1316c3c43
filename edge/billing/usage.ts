import { createRoute } from "@hono/zod-openapi";
import { and, asc, count, desc, eq, gte, sql, sum } from "drizzle-orm";
import { usageTable } from "../../schema/billing/usage.table.ts";
import { usageOut } from "../../schema/billing/usage.ts";
import { stackTimeTable, stackUseTable } from "../../schema/stack/registry.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Id } from "../../schema/wire/id.ts";
import { jsonAnswer, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { subscriptionOf } from "./entitlement.ts";

const mostRows = 50;
/** A period is a month; one that is older, as of a plan that ended, is shown by its first days. */
const mostDays = 62;
const spent = {
  cost: sum(usageTable.costMicros),
  theirs: sum(usageTable.ownMicros),
  input: sum(usageTable.inputTokens),
  output: sum(usageTable.outputTokens),
  calls: count(),
};
type SpentRow = { cost: string | null; theirs: string | null; input: string | null; output: string | null; calls: number };
const readSpentRow = ({ cost, theirs, input, output, calls }: SpentRow) => ({
  ...{ costMicros: Number(cost ?? 0), ownMicros: Number(theirs ?? 0), calls },
  ...{ inputTokens: Number(input ?? 0), outputTokens: Number(output ?? 0) },
});

async function readUsage(db: Database, member: Id<"mem">, from: number) {
  const mine = and(eq(usageTable.member, member), gte(usageTable.at, from));
  const day = sql<number>`cast(${usageTable.at} / ${dayMs} as integer)`.mapWith(Number);
  const dearest = desc(sql`sum(${usageTable.costMicros} + ${usageTable.ownMicros})`);
  const { quest, project, model } = usageTable;
  const [days, quests, projects, models, time, machine] = await db.batch([
    db
      .select({ day, ...spent })
      .from(usageTable)
      .where(mine)
      .groupBy(day)
      .orderBy(asc(day))
      .limit(mostDays),
    db
      .select({ quest, ...spent })
      .from(usageTable)
      .where(mine)
      .groupBy(quest)
      .orderBy(dearest, quest)
      .limit(mostRows),
    db
      .select({ project, ...spent })
      .from(usageTable)
      .where(mine)
      .groupBy(project)
      .orderBy(dearest, project)
      .limit(mostRows),
    db
      .select({ model, ...spent })
      .from(usageTable)
      .where(mine)
      .groupBy(model)
      .orderBy(dearest, model)
      .limit(mostRows),
    db
      .select()
      .from(stackTimeTable)
      .where(and(eq(stackTimeTable.member, member), gte(stackTimeTable.day, Math.floor(from / dayMs))))
      .orderBy(asc(stackTimeTable.day))
      .limit(mostDays),
    db
      .select({
        day: stackUseTable.day,
        egressBytes: sql<number>`sum(${stackUseTable.egressBytes})`.mapWith(Number),
        diskBytes: sql<number | null>`nullif(max(${stackUseTable.diskBytes}), 0)`,
      })
      .from(stackUseTable)
      .where(and(eq(stackUseTable.member, member), gte(stackUseTable.day, Math.floor(from / dayMs))))
      .groupBy(stackUseTable.day)
      .orderBy(asc(stackUseTable.day))
      .limit(mostDays),
  ]);
  return {
    from,
    days: days.map(({ day: at, ...row }) => ({ day: at, ...readSpentRow(row) })),
    quests: quests.map(({ quest: name, ...row }) => ({ quest: name, ...readSpentRow(row) })),
    projects: projects.map(({ project: name, ...row }) => ({ project: name, ...readSpentRow(row) })),
    models: models.map(({ model: name, ...row }) => ({ model: name, ...readSpentRow(row) })),
    time: time.map(({ member: _, ...row }) => row),
    machine,
  };
}

export const usageRoutes = newApp().openapi(
  createRoute({
    method: "get",
    path: "/billing/usage",
    tags: ["Billing"],
    summary:
      "What was used since the plan's period began: by day, quest, project and model, how long the stack ran, and what it used of its machine",
    security: [{ session: [] }],
    middleware: middlewares(requireSession),
    responses: { 200: jsonAnswer("What was used", usageOut), ...refusalAnswers },
  }),
  async (c) => {
    const { db, member } = c.var;
    const row = await subscriptionOf(db, member.id);
    return c.json(await readUsage(db, member.id, row?.periodStart ?? member.createdAt), 200);
  },
);
