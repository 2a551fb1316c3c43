import type Docker from "dockerode";
import { dockerName } from "../../schema/machine/instance.ts";
import { AppError } from "../../schema/wire/error.ts";
import { openLanes } from "../deadline.ts";
import { hardenContainer, hasDockerStatus, ifFound, ifNeeded, removeContainer, requireOurs } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { objectLabels } from "../network/network.ts";

/** How long whoever needs a service waits for its image, which takes a minute or two to build. */
const imageMs = 5 * 60_000;
export const servicesLimits = { memoryMb: 512, cpus: 1, pids: 720 } as const;
const serviceFolders = { data: "/var/lib/growqr", sockets: "/run/services" } as const;
const volumeParts = ["services-data", "services-sockets"] as const;

/** The container of a stack in which Postgres and Redis run. It has no network: sockets alone lead to it. */
export const servicesContainer = ({ instance }: Pick<Host, "instance">, member: string): string => dockerName(instance, "services", member);
const volumeName = ({ instance }: Host, part: (typeof volumeParts)[number], member: string) => dockerName(instance, part, member);
/** The sockets, for what leads to them. */
export const bindSockets = (host: Host, member: string): string =>
  `${volumeName(host, "services-sockets", member)}:${serviceFolders.sockets}:ro`;

export const waitForServicesImage = (host: Host, left: AbortSignal, tell?: (detail: string) => void): Promise<void> =>
  host.images.waitFor("services", left, { ms: imageMs, ...(tell ? { tell } : {}) });

/** One start of a stack's services at a time: else one removes the container that another just makes. */
const starts = openLanes();
/** Starts the services of a stack where they do not run. May be done again at any point. */
export async function ensureServices(host: Host, row: LedgerStackRow, left: AbortSignal): Promise<string> {
  await waitForServicesImage(host, left);
  const name = servicesContainer(host, row.member);
  return starts(name, () => startServices(host, row, name));
}
/** Throws where the containers of this stack go: what is made now would be nobody's. */
export function requireKept(host: Host, { member }: LedgerStackRow): void {
  const ceiling = host.ledger.stack(member)?.ceiling ?? "erased";
  if (ceiling === "archived" || ceiling === "erased") throw new AppError("unavailable", { what: "services", ceiling });
}
async function startServices(host: Host, row: LedgerStackRow, name: string): Promise<string> {
  const { docker, call, heavy } = host.engine;
  requireKept(host, row);
  const container = docker.getContainer(name);
  const there = await call("services inspect", ifFound(container.inspect()));
  if (there) requireOurs(there.Config.Labels, host.instance.label, name);
  if (there?.State.Running) return name;
  // All it holds lies in its volumes: one that ended is made anew, of the image and limits of today.
  if (there) await removeContainer(host.engine, name);
  for (const part of volumeParts) await ensureVolume(host, row, part);
  await heavy(async () => {
    await call("services create", docker.createContainer(makeServicesContainer(host, row, name))).catch((error: unknown) => {
      if (!hasDockerStatus(error, 409)) throw error; // a try beside this one made it
    });
    await call("services start", ifNeeded(container.start()), 30_000);
  });
  return name;
}
async function ensureVolume(host: Host, row: LedgerStackRow, part: (typeof volumeParts)[number]): Promise<void> {
  const { docker, call } = host.engine;
  const Name = volumeName(host, part, row.member);
  const known = await call("volume inspect", ifFound(docker.getVolume(Name).inspect()));
  if (known) return requireOurs(known.Labels, host.instance.label, Name);
  if (host.full()) throw new AppError("storage_full", { what: "host" });
  await call("volume create", docker.createVolume({ Name, Labels: objectLabels(host.instance, row.stack, part) }));
}
function makeServicesContainer(host: Host, row: LedgerStackRow, name: string): Docker.ContainerCreateOptions {
  const { memoryMb, cpus, pids } = servicesLimits;
  return {
    name,
    Hostname: "services",
    Image: host.images.tags.services,
    Labels: objectLabels(host.instance, row.stack, "services"),
    HostConfig: hardenContainer({
      network: "none",
      ...{ memoryMb: Math.min(memoryMb, row.limits.memoryMb), cpus: Math.min(cpus, row.limits.cpus), pids },
      tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=16m,mode=1777" },
      files: [
        `${volumeName(host, "services-data", row.member)}:${serviceFolders.data}`,
        `${volumeName(host, "services-sockets", row.member)}:${serviceFolders.sockets}`,
      ],
      hosts: {},
    }),
  };
}

export async function stopServices(host: Host, name: string): Promise<void> {
  await host.engine.call("services stop", ifFound(ifNeeded(host.engine.docker.getContainer(name).stop({ t: 10 }))), 30_000);
}
/** Containers that lead to services, and those themselves. */
export function removeServices(host: Host, row: LedgerStackRow): Promise<void> {
  const { docker, call } = host.engine;
  return starts(servicesContainer(host, row.member), async () => {
    for (const part of ["service-way", "services"] as const) {
      const filters = { label: [`growqr.instance=${host.instance.label}`, `growqr.stack=${row.stack}`, `growqr.part=${part}`] };
      for (const { Id } of await call("list services", docker.listContainers({ all: true, filters })))
        await removeContainer(host.engine, Id);
    }
  });
}

/** What a clean room has in place of the stack's services: its own, in its network, all in memory. */
export async function startRoomServices(host: Host, row: LedgerStackRow, room: string): Promise<void> {
  const { docker, call, heavy } = host.engine;
  const name = roomServices(room);
  const { memoryMb, cpus, pids } = servicesLimits;
  const memory = "rw,nosuid,nodev,noexec,mode=0700,uid=29000,gid=29000";
  await heavy(async () => {
    const options: Docker.ContainerCreateOptions = {
      name,
      Image: host.images.tags.services,
      Env: ["ROOM=1"],
      Labels: objectLabels(host.instance, row.stack, "run"),
      HostConfig: hardenContainer({
        network: `container:${room}`,
        ...{ memoryMb: memoryMb + 256, cpus, pids },
        tmpfs: {
          "/tmp": `${memory},size=16m`,
          [serviceFolders.data]: `${memory},size=448m`,
          [serviceFolders.sockets]: `${memory},size=1m`,
        },
        hosts: {},
      }),
    };
    const made = await call("services create", docker.createContainer(options));
    await call("services start", made.start(), 30_000);
  });
}
const roomSuffix = "-services";
export const roomServices = (room: string): string => `${room}${roomSuffix}`;
/** The room that a container of a clean room belongs to. */
export const roomOf = (name: string): string => (name.endsWith(roomSuffix) ? name.slice(0, -roomSuffix.length) : name);
