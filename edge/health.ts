import { createRoute } from "@hono/zod-openapi";
import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { machineTable } from "../schema/machine/machine.table.ts";
import { limits } from "../schema/wire/limits.ts";
import { lookAtPayments } from "./billing/payment-health.ts";
import { type EdgeApp, jsonAnswer, middlewares, newApp, refusalAnswers } from "./http.ts";
import { limitByAddress } from "./kernel/auth.ts";

/**
 * How the parts behind the edge are, for whoever watches it (SPEC 16). Anybody may ask: little is told, and
 * each part is looked at once in a few seconds.
 */
export const healthParts = ["db", "engine", "hosts", "git", "ci", "billing"] as const;
type Part = (typeof healthParts)[number];
const partOut = z
  .object({
    ok: z.boolean(),
    /** In words for an operator. */
    state: z.string(),
    /** When it was looked at, milliseconds since 1970. */
    at: z.number(),
  })
  .meta({ id: "PartHealth" });
type PartHealth = z.infer<typeof partOut>;
const readyOut = z.object({ ready: z.boolean(), parts: z.record(z.enum(healthParts), partOut) }).meta({ id: "Readiness" });

/** Without these nobody is served; while another is away what is there is still read. */
const needed: readonly Part[] = ["db", "engine"];
const partLookEvery = 3_000;
/** Another company's service is asked less often. */
const foreignLookEvery = 60_000;
const partLookWithin = 3_000;
const retryAfter = "10";

type World = Pick<EdgeApp["Variables"], "db" | "config">;
type Look = (world: World, now: number) => Promise<{ ok: boolean; state: string }>;

async function partAnswers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(partLookWithin) });
  await response.body?.cancel();
  return response.ok;
}
/** Hosts that take work: heard of within three heartbeats. `full`: of those, how many have no room left. */
async function countHosts({ db }: World, now: number): Promise<{ heard: number; full: number }> {
  const heard = sql<number>`coalesce(sum(${machineTable.lastHeartbeat} > ${now - 3 * limits.heartbeat}), 0)`;
  const full = sql<number>`coalesce(sum(${machineTable.lastHeartbeat} > ${now - 3 * limits.heartbeat} and ${machineTable.full}), 0)`;
  const row = await db
    .select({ heard, full })
    .from(machineTable)
    .where(and(eq(machineTable.role, "host"), eq(machineTable.state, "ready")))
    .get();
  return { heard: Number(row?.heard ?? 0), full: Number(row?.full ?? 0) };
}
const partLooks: Record<Part, Look> = {
  async db({ db }) {
    await db.run(sql`select 1`);
    return { ok: true, state: "answers" };
  },
  async engine({ config }) {
    const ok = await partAnswers(`${config.RIVET_URL}/health`);
    return { ok, state: ok ? "answers" : "does not answer well" };
  },
  async hosts(world, now) {
    const ok = (await countHosts(world, now)).heard > 0;
    return { ok, state: ok ? "ready" : "none is ready" };
  },
  /** The way to members' repositories. */
  async git({ config }) {
    const ok = await partAnswers(`${config.RELAY_URL}/health`);
    return { ok, state: ok ? "answers" : "the way to repositories does not answer" };
  },
  /** Clean rooms are made on hosts with room. */
  async ci(world, now) {
    const { heard, full } = await countHosts(world, now);
    return { ok: heard > full, state: heard > full ? "has room" : "no host has room for a clean room" };
  },
  billing: lookAtPayments,
};

/** The last look at each; one that is under way counts as the one before it. */
const lastLooks = new Map<string, PartHealth>();
async function lookAt(world: World, part: Part): Promise<PartHealth> {
  const now = Date.now();
  const place = `${world.config.INSTANCE}/${part}`;
  const last = lastLooks.get(place);
  if (last && now - last.at < (part === "billing" && last.ok ? foreignLookEvery : partLookEvery)) return last;
  if (last) lastLooks.set(place, { ...last, at: now });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("late")), partLookWithin);
  });
  const found = await Promise.race([partLooks[part](world, now), late]).catch(() => ({ ok: false, state: "does not answer" }));
  clearTimeout(timer);
  const health = { ...found, at: now };
  lastLooks.set(place, health);
  return health;
}

const healthRoute = { tags: ["Platform"], middleware: middlewares(limitByAddress) };
export const healthRoutes = newApp();
for (const part of healthParts)
  healthRoutes.openapi(
    createRoute({
      ...healthRoute,
      method: "get",
      path: `/health/${part}`,
      summary: `How ${{ db: "the database is", engine: "the actors' engine is", hosts: "the hosts are", git: "the way to repositories is", ci: "clean rooms are", billing: "payments are" }[part]}; looked at once in a few seconds`,
      responses: { 200: jsonAnswer("It is well", partOut), 503: jsonAnswer("It is not", partOut), ...refusalAnswers },
    }),
    async (c) => {
      const health = await lookAt(c.var, part);
      if (!health.ok) c.header("retry-after", retryAfter);
      return c.json(health, health.ok ? 200 : 503);
    },
  );
healthRoutes.openapi(
  createRoute({
    ...healthRoute,
    method: "get",
    path: "/ready",
    summary: "Whether people can be served, and how each part behind is",
    responses: {
      200: jsonAnswer("They can", readyOut),
      503: jsonAnswer("They can't: the database or the engine is away", readyOut),
      ...refusalAnswers,
    },
  }),
  async (c) => {
    const seen = await Promise.all(healthParts.map(async (part) => [part, await lookAt(c.var, part)] as const));
    const found = Object.fromEntries(seen) as Record<Part, PartHealth>;
    const ready = needed.every((part) => found[part].ok);
    if (!ready) c.header("retry-after", retryAfter);
    return c.json({ ready, parts: found }, ready ? 200 : 503);
  },
);
