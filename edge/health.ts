import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Context } from "hono";
import { machineTable } from "../schema/machine/machine.table.ts";
import { type HealthPart, healthParts, type PartHealth, partHealth, readiness } from "../schema/readiness.ts";
import { limits } from "../schema/wire/limits.ts";
import { lookAtPayments } from "./billing/payment-health.ts";
import { publicDoor } from "./door.ts";
import { type EdgeApp, jsonAnswer, newApp, refusalAnswers } from "./http.ts";
import { limitByAddress, limitLooksByAddress } from "./kernel/auth.ts";
import { ingressHeaders } from "./kernel/ingress.ts";

/** Without these nobody is served; while another is away what is there is still read. */
const needed: readonly HealthPart[] = ["db", "engine"];
const partLookEvery = 3_000;
/** Other companies' services are asked less often, and less often still while they are well. */
const foreign: readonly HealthPart[] = ["billing", "identity"];
const [foreignLookEvery, wellLookEvery] = [15_000, 60_000];
const partLookWithin = 3_000;
const retryAfter = "10";

type World = Pick<EdgeApp["Variables"], "db" | "config">;
type Look = (world: World, now: number) => Promise<{ ok: boolean; state: string }>;

async function partAnswers(url: string, headers: Record<string, string> = {}): Promise<boolean> {
  const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(partLookWithin) });
  await response.body?.cancel();
  return response.ok;
}
/**
 * Hosts that are heard of within three heartbeats: `serving` have stacks that run, `ready` take new ones too,
 * and `roomy` of these have room left.
 */
async function countHosts({ db }: World, now: number): Promise<Record<"serving" | "ready" | "roomy", number>> {
  const isHeard = sql`${machineTable.lastHeartbeat} > ${now - 3 * limits.heartbeat}`;
  const isReady = sql`${isHeard} and ${machineTable.state} = 'ready'`;
  const count = (which: SQL) => sql<number>`coalesce(sum(${which}), 0)`.mapWith(Number);
  const counted = { serving: count(isHeard), ready: count(isReady), roomy: count(sql`${isReady} and not ${machineTable.full}`) };
  const row = await db
    .select(counted)
    .from(machineTable)
    .where(and(eq(machineTable.role, "host"), inArray(machineTable.state, ["ready", "draining"])))
    .get();
  return row ?? { serving: 0, ready: 0, roomy: 0 };
}
const partLooks: Record<HealthPart, Look> = {
  async db({ db }) {
    await db.run(sql`select 1`);
    return { ok: true, state: "answers" };
  },
  async engine({ config }) {
    const ok = await partAnswers(`${config.RIVET_URL}/health`, ingressHeaders(config));
    return { ok, state: ok ? "answers" : "does not answer well" };
  },
  async hosts(world, now) {
    const { serving, ready } = await countHosts(world, now);
    if (serving === 0) return { ok: false, state: "none is ready" };
    return { ok: true, state: ready > 0 ? "ready" : "each is being drained: who is new waits" };
  },
  /** The way to members' repositories. */
  async git({ config }) {
    const ok = await partAnswers(`${config.RELAY_URL}/health`, ingressHeaders(config));
    return { ok, state: ok ? "answers" : "the way to repositories does not answer" };
  },
  /** Clean rooms are made on hosts with room. */
  async ci(world, now) {
    const ok = (await countHosts(world, now)).roomy > 0;
    return { ok, state: ok ? "has room" : "no host has room for a clean room" };
  },
  billing: lookAtPayments,
  /** Where people sign in, by the keys of its tokens. */
  async identity({ config }) {
    const ok = await partAnswers(`${config.IDENTITY_ISSUER}/.well-known/jwks.json`);
    return { ok, state: ok ? "answers" : "does not answer" };
  },
};

/** The last look at each, and when the newest one began: while it is under way the one before it counts. */
const lastLooks = new Map<string, { began: number; health?: PartHealth }>();
async function lookAt(c: Context<EdgeApp>, part: HealthPart): Promise<PartHealth> {
  const now = Date.now();
  const place = `${c.var.config.INSTANCE}/${part}`;
  const last = lastLooks.get(place);
  const every = !foreign.includes(part) ? partLookEvery : last?.health?.ok ? wellLookEvery : foreignLookEvery;
  if (last?.health && now - last.began < every) return last.health;
  lastLooks.set(place, { ...last, began: now });
  const looked = lookNow(c.var, part, now).then((found) => {
    const health = { ...found, at: now, since: last?.health?.ok === found.ok ? last.health.since : now };
    lastLooks.set(place, { began: now, health });
    return health;
  });
  c.executionCtx.waitUntil(looked); // it comes to its end though its caller has gone
  return looked;
}
async function lookNow(world: World, part: HealthPart, now: number): Promise<{ ok: boolean; state: string }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("late")), partLookWithin);
  });
  const found = await Promise.race([partLooks[part](world, now), late]).catch(() => ({ ok: false, state: "does not answer" }));
  clearTimeout(timer);
  return found;
}

export const healthRoutes = newApp();
for (const part of healthParts)
  healthRoutes.openapi(
    publicDoor(limitByAddress, {
      method: "get",
      path: `/health/${part}`,
      tags: ["Platform"],
      summary: `How ${{ db: "the database is", engine: "the actors' engine is", hosts: "the hosts are", git: "the way to repositories is", ci: "clean rooms are", billing: "payments are", identity: "sign-in is" }[part]}; looked at once in a few seconds`,
      responses: { 200: jsonAnswer("It is well", partHealth), 503: jsonAnswer("It is not", partHealth), ...refusalAnswers },
    }),
    async (c) => {
      const health = await lookAt(c, part);
      if (!health.ok) c.header("retry-after", retryAfter);
      return c.json(health, health.ok ? 200 : 503);
    },
  );
healthRoutes.openapi(
  publicDoor(limitLooksByAddress, {
    method: "get",
    path: "/ready",
    tags: ["Platform"],
    summary: "Whether people can be served, and how each part behind is",
    // each open page asks
    responses: {
      200: jsonAnswer("They can", readiness),
      503: jsonAnswer("They can't: the database or the engine is away", readiness),
      ...refusalAnswers,
    },
  }),
  async (c) => {
    const seen = await Promise.all(healthParts.map(async (part) => [part, await lookAt(c, part)] as const));
    const found = Object.fromEntries(seen) as Record<HealthPart, PartHealth>;
    const ready = needed.every((part) => found[part].ok);
    if (!ready) c.header("retry-after", retryAfter);
    return c.json({ ready, parts: found }, ready ? 200 : 503);
  },
);
