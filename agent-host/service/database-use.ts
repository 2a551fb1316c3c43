import pLimit from "p-limit";
import { z } from "zod";
import type { ServiceName } from "../../schema/environment/environment.ts";
import { runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import { servicesContainer } from "./services-container.ts";

/** Of these shares it is told. */
const largeShare = 0.8;
const sizesMs = 60_000;
/** So many stacks are asked at once. */
const askedAtOnce = 2;

/** What a project keeps in its services, by the name of its access, in megabytes. */
export type DatabaseUse = { postgres: number; redis: number };
/** What is used of it: a database that a project has left behind stops nothing. */
export const countUsed = (use: DatabaseUse, services: readonly ServiceName[]): DatabaseUse => ({
  postgres: services.includes("postgres") ? use.postgres : 0,
  redis: services.includes("redis") ? use.redis : 0,
});
/** Lines such as `shop_live postgres 12`. */
export function readSizes(printed: string): Map<string, DatabaseUse> {
  const uses = new Map<string, DatabaseUse>();
  for (const line of printed.split("\n")) {
    const [name = "", service, mb] = line.split(" ");
    const read = z.object({ service: z.enum(["postgres", "redis"]), mb: z.coerce.number().int().min(0) }).safeParse({ service, mb });
    if (!read.success) continue;
    const before = uses.get(name) ?? { postgres: 0, redis: 0 };
    uses.set(name, { ...before, [read.data.service]: read.data.mb });
  }
  return uses;
}
export async function readDatabaseUses({ engine }: Pick<Host, "engine">, container: string): Promise<Map<string, DatabaseUse>> {
  return readSizes(await runInContainer(engine, container, { cmd: ["services.sh", "sizes"], ms: sizesMs }));
}

/** What follows from a look at a project's databases. `isOver`: they may not grow on. */
type DatabaseVerdict = { finding: "fine" | "large"; words?: string; isOver: boolean };
const roomWords = "Deleted rows give their room back with VACUUM FULL alone; TRUNCATE and DROP do so at once.";
/**
 * Postgres and Redis together: what Redis writes is bounded by its memory. The words are for whoever works
 * on the project. Pure.
 */
export function judgeDatabase({ postgres, redis }: DatabaseUse, mostMb: number): DatabaseVerdict {
  const mb = postgres + redis;
  if (mb <= mostMb * largeShare) return { finding: "fine", isOver: false };
  const how = postgres > redis ? ` ${roomWords}` : "";
  const words = `Its databases hold ${mb} MB (Postgres ${postgres}, Redis ${redis}); a project may keep ${mostMb} MB in them.${how}`;
  return { finding: "large", words, isOver: mb > mostMb };
}

/** So long a database of agents stays open after one was led to it: a turn, in which it can be emptied. */
export const openedMs = 10 * 60_000;
/** When agents were last led to their databases, by `member name`. */
export type OpenedDatabases = Map<string, number>;
/** What this works with of a host. */
type MeasuredHost = Pick<Host, "engine" | "instance" | "now" | "log" | "openedDatabases"> & { ledger: Pick<Host["ledger"], "stacks"> };
/** What a project keeps, and when that was asked. */
export type MeasuredDatabase = { use: DatabaseUse; at: number };
/**
 * What the projects of all stacks keep in services that run, by `member name`. Databases of agents that are
 * over their limit are closed: nobody logs in until an agent is led to them again.
 */
export async function measureDatabases(host: MeasuredHost): Promise<Map<string, MeasuredDatabase>> {
  const { docker, call } = host.engine;
  const filters = { label: [`growqr.instance=${host.instance.label}`, "growqr.part=services"], status: ["running"] };
  const running = new Set((await call("list services", docker.listContainers({ filters }))).flatMap(({ Names }) => Names));
  for (const [key, at] of host.openedDatabases) if (host.now() >= at + openedMs) host.openedDatabases.delete(key);
  const turn = pLimit(askedAtOnce);
  const all = new Map<string, MeasuredDatabase>();
  const measure = async ({ member, limits }: { member: string; limits: { appDataMb: number } }) => {
    const container = servicesContainer(host, member);
    if (!running.has(`/${container}`)) return;
    const at = host.now();
    try {
      for (const [name, use] of await readDatabaseUses(host, container)) {
        const key = `${member} ${name}`;
        all.set(key, { use, at });
        const { isOver, words } = judgeDatabase(use, limits.appDataMb);
        if (!isOver || !name.endsWith("_dev") || use.postgres === 0) continue;
        if (host.openedDatabases.has(key)) continue;
        const printed = await runInContainer(host.engine, container, { cmd: ["services.sh", "close", name], ms: sizesMs });
        if (printed.trim() === "closed") host.log("warn", "a database of agents is closed", { member, name, reason: words });
      }
    } catch (error) {
      host.log("warn", "databases were not measured", { member, error });
    }
  };
  await Promise.all(host.ledger.stacks().map((row) => turn(() => measure(row))));
  return all;
}
