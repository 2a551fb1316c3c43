import { and, asc, type Column, count, desc, eq, gte, lt, sql, sum } from "drizzle-orm";
import { usageTable } from "../../schema/billing/usage.table.ts";
import { usageIn, usageOut } from "../../schema/billing/usage.ts";
import { agentTimeTable, stackTimeTable, stackUseTable } from "../../schema/stack/registry.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Id } from "../../schema/wire/id.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
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

/** Without an end it goes on. */
type UsageSpan = { from: number; to?: number };
function spanOfMonth(month: string): UsageSpan {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return { from: Date.UTC(year, number - 1), to: Date.UTC(year, number) };
}
const isWithin = (column: Column, { from, to }: UsageSpan) => and(gte(column, from), to === undefined ? undefined : lt(column, to));

async function readUsage(db: Database, member: Id<"mem">, span: UsageSpan) {
  const mine = and(eq(usageTable.member, member), isWithin(usageTable.at, span));
  const day = sql<number>`cast(${usageTable.at} / ${dayMs} as integer)`.mapWith(Number);
  const dearest = desc(sql`sum(${usageTable.costMicros} + ${usageTable.ownMicros})`);
  const { quest, project, model, agent } = usageTable;
  const { activeMs, idleMs, deadMs } = agentTimeTable;
  const inAll = (column: typeof activeMs | typeof idleMs | typeof deadMs) => sql<number>`sum(${column})`.mapWith(Number);
  const daySpan: UsageSpan = { from: Math.floor(span.from / dayMs), ...(span.to === undefined ? {} : { to: span.to / dayMs }) };
  const [days, quests, projects, models, agentCosts, time, agents, machine] = await db.batch([
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
      .select({ agent, ...spent })
      .from(usageTable)
      .where(mine)
      .groupBy(agent)
      .orderBy(dearest, agent)
      .limit(mostRows),
    db
      .select()
      .from(stackTimeTable)
      .where(and(eq(stackTimeTable.member, member), isWithin(stackTimeTable.day, daySpan)))
      .orderBy(asc(stackTimeTable.day))
      .limit(mostDays),
    db
      .select({ agent: agentTimeTable.agent, activeMs: inAll(activeMs), idleMs: inAll(idleMs), deadMs: inAll(deadMs) })
      .from(agentTimeTable)
      .where(and(eq(agentTimeTable.member, member), isWithin(agentTimeTable.day, daySpan)))
      .groupBy(agentTimeTable.agent)
      .orderBy(desc(inAll(activeMs)), agentTimeTable.agent)
      .limit(mostRows),
    db
      .select({
        day: stackUseTable.day,
        egressBytes: sql<number>`sum(${stackUseTable.egressBytes})`.mapWith(Number),
        diskBytes: sql<number | null>`nullif(max(${stackUseTable.diskBytes}), 0)`,
      })
      .from(stackUseTable)
      .where(and(eq(stackUseTable.member, member), isWithin(stackUseTable.day, daySpan)))
      .groupBy(stackUseTable.day)
      .orderBy(asc(stackUseTable.day))
      .limit(mostDays),
  ]);
  return {
    from: span.from,
    days: days.map(({ day: at, ...row }) => ({ day: at, ...readSpentRow(row) })),
    quests: quests.map(({ quest: name, ...row }) => ({ quest: name, ...readSpentRow(row) })),
    projects: projects.map(({ project: name, ...row }) => ({ project: name, ...readSpentRow(row) })),
    models: models.map(({ model: name, ...row }) => ({ model: name, ...readSpentRow(row) })),
    agentCosts: agentCosts.map(({ agent: spender, ...row }) => ({ agent: spender, ...readSpentRow(row) })),
    time: time.map(({ member: _, ...row }) => row),
    agents,
    machine,
  };
}

export const usageRoutes = newApp().openapi(
  memberDoor({
    method: "get",
    path: "/billing/usage",
    tags: ["Billing"],
    summary:
      "What was used since the plan's period began, or in a month: by day, agent, quest, project and model, how long the stack ran, and what it used of its machine",
    request: { query: usageIn },
    responses: { 200: jsonAnswer("What was used", usageOut), ...refusalAnswers },
  }),
  async (c) => {
    const { db, member } = c.var;
    const { month } = c.req.valid("query");
    const findPeriod = async (): Promise<UsageSpan> => ({ from: (await subscriptionOf(db, member.id))?.periodStart ?? member.createdAt });
    const span = month === undefined ? await findPeriod() : spanOfMonth(month);
    return c.json({ ...(await readUsage(db, member.id, span)), began: member.createdAt }, 200);
  },
);
