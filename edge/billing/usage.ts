import { createRoute } from "@hono/zod-openapi";
import { and, asc, count, desc, eq, gte, sql, sum } from "drizzle-orm";
import { usageTable } from "../../schema/billing/usage.table.ts";
import { usageOut } from "../../schema/billing/usage.ts";
import { stackTimeTable } from "../../schema/stack/registry.table.ts";
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
  input: sum(usageTable.inputTokens),
  output: sum(usageTable.outputTokens),
  calls: count(),
};
type SpentRow = { cost: string | null; input: string | null; output: string | null; calls: number };
const readSpentRow = ({ cost, input, output, calls }: SpentRow) => ({
  ...{ costMicros: Number(cost ?? 0), calls },
  ...{ inputTokens: Number(input ?? 0), outputTokens: Number(output ?? 0) },
});

async function readUsage(db: Database, member: Id<"mem">, from: number) {
  const mine = and(eq(usageTable.member, member), gte(usageTable.at, from));
  const day = sql<number>`cast(${usageTable.at} / ${dayMs} as integer)`.mapWith(Number);
  const dearest = desc(sum(usageTable.costMicros));
  const { quest, project } = usageTable;
  const [days, quests, projects, time] = await db.batch([
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
      .select()
      .from(stackTimeTable)
      .where(and(eq(stackTimeTable.member, member), gte(stackTimeTable.day, Math.floor(from / dayMs))))
      .orderBy(asc(stackTimeTable.day))
      .limit(mostDays),
  ]);
  return {
    from,
    days: days.map(({ day: at, ...row }) => ({ day: at, ...readSpentRow(row) })),
    quests: quests.map(({ quest: name, ...row }) => ({ quest: name, ...readSpentRow(row) })),
    projects: projects.map(({ project: name, ...row }) => ({ project: name, ...readSpentRow(row) })),
    time: time.map(({ member: _, ...row }) => row),
  };
}

export const usageRoutes = newApp().openapi(
  createRoute({
    method: "get",
    path: "/billing/usage",
    tags: ["Billing"],
    summary: "What was used since the plan's period began: by day, by quest, by project, and how long the stack ran",
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
