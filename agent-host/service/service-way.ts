import type Docker from "dockerode";
import { dockerName } from "../../schema/machine/instance.ts";
import { AppError } from "../../schema/wire/error.ts";
import { openLanes, waitUntil } from "../deadline.ts";
import { hardenContainer, hasDockerStatus, ifFound, ifNeeded, removeContainer, requireOurs } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { objectLabels } from "../network/network.ts";
import { listListeners, readNetwork } from "../opencode/box-process.ts";
import { bindSockets, requireKept } from "./services-container.ts";

/** The user of what leads to services: no agent's, no app's, and not the one that Postgres believes. */
const wayUid = 29_001;
const wayLimits = { memoryMb: 128, cpus: 0.5, pids: 384 } as const;
/** On the container of a way: whose network it is in, and which way it leads. */
export const wayLabels = { target: "growqr.target", way: "growqr.way" } as const;

/** A container that may use services, by its name; `way`: which of them. */
export type WayEnd = { target: string; way: string };
const wayContainer = ({ instance }: Host, { target }: WayEnd) => dockerName(instance, "service-way", target.replace(/^growqr-/, ""));

/**
 * Leads to the services from the loopback of a running container, which sees neither their files nor their
 * sockets: a small container in its network, with no other one, listens there. One of an earlier start of it
 * is made anew.
 */
export const ensureWay = (host: Host, row: LedgerStackRow, end: WayEnd, ports: readonly number[]): Promise<void> =>
  makings(end.target, () => startWay(host, row, end, ports));
const makings = openLanes();
const targetEnded = () => new AppError("unavailable", { what: "services of a container that does not run" });
async function startWay(host: Host, row: LedgerStackRow, end: WayEnd, ports: readonly number[]): Promise<void> {
  const { docker, call, heavy } = host.engine;
  requireKept(host, row);
  const user = await call("way target", docker.getContainer(end.target).inspect());
  if (!(user.State.Pid > 0)) throw targetEnded();
  const name = wayContainer(host, end);
  const container = docker.getContainer(name);
  const there = await call("way inspect", ifFound(container.inspect()));
  if (there) requireOurs(there.Config.Labels, host.instance.label, name);
  if (!(there?.State.Running && (await sharesNetwork(there.State.Pid, user.State.Pid)))) {
    if (there) await removeContainer(host.engine, name);
    await heavy(async () => {
      await call("way create", docker.createContainer(makeWay(host, row, { name, network: user.Id, end }))).catch((error: unknown) => {
        if (!hasDockerStatus(error, 409)) throw error; // a try beside this one made it
      });
      await call("way start", ifNeeded(container.start()), 30_000);
    });
  }
  await waitForPorts(user.State.Pid, ports);
}
async function sharesNetwork(mine: number, its: number): Promise<boolean> {
  const [first, second] = await Promise.all([mine, its].map(readNetwork));
  return first !== undefined && first === second;
}
function makeWay(
  host: Host,
  row: LedgerStackRow,
  { name, network, end }: { name: string; network: string; end: WayEnd },
): Docker.ContainerCreateOptions {
  return {
    name,
    Image: host.images.tags.services,
    User: `${wayUid}:${wayUid}`,
    Entrypoint: ["way.sh"],
    Cmd: [end.way],
    Labels: { ...objectLabels(host.instance, row.stack, "service-way"), [wayLabels.target]: end.target, [wayLabels.way]: end.way },
    HostConfig: hardenContainer({
      network: `container:${network}`,
      ...wayLimits,
      tmpfs: {},
      files: [bindSockets(host, row.member)],
      hosts: {},
    }),
  };
}
/**
 * Nothing is told of a password before the ports are the platform's own: another process could hear it there.
 */
async function waitForPorts(pid: number, ports: readonly number[]): Promise<void> {
  const check = async () => {
    if ((await readNetwork(pid)) === undefined) return { taken: undefined, ended: true };
    const held = new Map((await listListeners(pid)).map(({ port, uid }) => [port, uid]));
    const taken = ports.find((port) => held.has(port) && held.get(port) !== wayUid);
    return taken !== undefined || ports.every((port) => held.has(port)) ? { taken, ended: false } : undefined;
  };
  const { taken, ended } = await waitUntil(check, { deadline: 20_000, every: 100, what: "way to services" });
  if (ended) throw targetEnded();
  if (taken !== undefined)
    throw new AppError("conflict", { port: taken }, { message: `Another program listens on port ${taken}, where a service is reached.` });
}
