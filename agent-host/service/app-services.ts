import type { ServiceName } from "../../schema/environment/environment.ts";
import { dockerName } from "../../schema/machine/instance.ts";
import { ifFound } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { accessName, accessPorts, grantAccess, makeServiceEnv, revokeAccess } from "./service-access.ts";
import { ensureWay, wayLabels } from "./service-way.ts";
import { ensureServices } from "./services-container.ts";

/** What a release has of services: its variables, the ports at which it finds them, and the way there. */
export type ReleaseServices = { env: Record<string, string>; ports: string[]; way: string };
const startMs = 5 * 60_000;

/** Those of a project's releases: no agent is given their password. Undefined where it asks for none. */
export async function openAppServices(
  host: Host,
  row: LedgerStackRow,
  { project, plan }: { project: string; plan: { services: readonly ServiceName[] } },
): Promise<ReleaseServices | undefined> {
  if (plan.services.length === 0) return undefined;
  const name = accessName(project, "live");
  const container = await ensureServices(host, row, AbortSignal.timeout(startMs));
  const access = await grantAccess(host, container, { name, way: name, services: plan.services });
  return { env: makeServiceEnv(access), ports: accessPorts(access).map(String), way: name };
}
/** An app starts before anything can be led into its network: its first program waits for that. */
export const waitForPortsLine =
  'for port in "$@"; do for try in {1..300}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done; done; exec bash -c "$0"';
export const serviceLabels = (services: ReleaseServices | undefined): Record<string, string> =>
  services ? { [wayLabels.way]: services.way } : {};
/** An app that has ended meanwhile is led nowhere: why it ended is for whoever started it to say. */
export async function leadAppToServices(host: Host, row: LedgerStackRow, target: string, { way, ports }: ReleaseServices): Promise<void> {
  await ensureWay(host, row, { target, way }, ports.map(Number)).catch(async (error: unknown) => {
    const { docker, call } = host.engine;
    if ((await call("way target", ifFound(docker.getContainer(target).inspect())))?.State.Running) throw error;
  });
}

/**
 * Whether a container of a project's release holds the password of today. The services' volume makes another
 * one where it was removed from outside. A container that is not there holds no wrong one. `name`: of access.
 */
export async function hasCurrentPassword(host: Host, row: LedgerStackRow, target: string, name: string): Promise<boolean> {
  const { docker, call } = host.engine;
  const info = await call("app inspect", ifFound(docker.getContainer(target).inspect()));
  if (!info) return true;
  const container = await ensureServices(host, row, AbortSignal.timeout(startMs));
  const { password } = await grantAccess(host, container, { name, way: name, services: [] });
  return info.Config.Env.some((line) => line.includes(password));
}

/** A project's databases go, with all that is in them. */
export async function dropProjectServices(host: Host, row: LedgerStackRow, project: string): Promise<void> {
  const { docker, call } = host.engine;
  const volume = dockerName(host.instance, "services-data", row.member);
  if (!(await call("volume inspect", ifFound(docker.getVolume(volume).inspect())))) return;
  const container = await ensureServices(host, row, AbortSignal.timeout(startMs));
  for (const use of ["live", "dev"] as const) await revokeAccess(host, container, accessName(project, use));
}
