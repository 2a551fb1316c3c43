import { z } from "zod";
import { type ServiceName, servicePorts, serviceVariables } from "../../schema/environment/environment.ts";
import { AppError } from "../../schema/wire/error.ts";
import { runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";

/** Where processes find the services, in whatever network they are. */
const address = { host: "127.0.0.1", postgres: servicePorts.postgres[0] } as const;

/**
 * What a project has of services: a database with a role of its name, a Redis at a port of its own, one
 * password. `use`: what is deployed, and what agents and clean rooms work with.
 */
export const accessName = (project: string, use: "live" | "dev"): string => `${project}_${use}`;
export type ServiceAccess = { name: string; services: readonly ServiceName[]; password: string; redisPort: number | undefined };

const printedAccess = z.object({ password: z.string().min(16), redis: z.coerce.number().int().optional() });
/**
 * Makes what is missing for this name in a container of services, and answers how to get there. The
 * container's volume owns names, passwords and ports: they are lost and restored with the data that they
 * open. `way`: who goes that way finds it at its ports.
 */
export async function grantAccess(
  { engine }: Host,
  container: string,
  { name, way, services }: { name: string; way: string; services: readonly ServiceName[] },
): Promise<ServiceAccess> {
  const cmd = ["services.sh", "grant", name, way, ...services];
  const printed = await runInContainer(engine, container, { cmd, ms: 60_000 });
  const words = printed
    .trim()
    .split("\n")
    .map((line) => line.split(" ", 2));
  const read = printedAccess.safeParse(Object.fromEntries(words));
  if (!read.success) throw new AppError("upstream", { what: "services" });
  return { name, services, password: read.data.password, redisPort: read.data.redis };
}
export const revokeAccess = ({ engine }: Host, container: string, name: string): Promise<string> =>
  runInContainer(engine, container, { cmd: ["services.sh", "revoke", name], ms: 60_000 });

export const accessPorts = ({ services, redisPort }: ServiceAccess): number[] => [
  ...(services.includes("postgres") ? [address.postgres] : []),
  ...(redisPort === undefined ? [] : [redisPort]),
];

type ServiceVariable = (typeof serviceVariables)[ServiceName][number];
/** The variables that the environment file's `services` stand for. */
export function makeServiceEnv({ name, services, password, redisPort }: ServiceAccess): Record<string, string> {
  const texts: Record<ServiceVariable, string> = {
    DATABASE_URL: `postgres://${name}:${password}@${address.host}:${address.postgres}/${name}`,
    PGHOST: address.host,
    PGPORT: String(address.postgres),
    PGUSER: name,
    PGPASSWORD: password,
    PGDATABASE: name,
    REDIS_URL: `redis://default:${password}@${address.host}:${redisPort}/0`,
  };
  return Object.fromEntries(services.flatMap((service) => serviceVariables[service].map((variable) => [variable, texts[variable]])));
}
