import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type Docker from "dockerode";
import type { Instance } from "../../../schema/machine/instance.ts";

const run = promisify(execFile);
export const label = "growqr.instance";

/** What an instance owns in Docker and in the kernel, by its label and its derived names. */
export type Objects = { containers: string[]; networks: string[]; volumes: string[]; tables: string[]; links: string[] };

const gone = (error: unknown) => [304, 404, 409].includes((error as { statusCode?: number }).statusCode ?? 0);
async function quietly(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!gone(error)) throw error;
  });
}

async function output(command: string, args: string[]): Promise<string> {
  return (await run(command, args)).stdout;
}

export async function objectsOf(docker: Docker, instance: Instance): Promise<Objects> {
  const filters = { label: [`${label}=${instance.label}`] };
  const [containers, networks, volumes, tables, links] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    output("nft", ["list", "tables"]),
    output("ip", ["-o", "link"]),
  ]);
  const bridge = new RegExp(`^\\d+: (${instance.gateway.link}|${instance.bridge}\\d+)[@:]`);
  return {
    containers: containers.map((container) => container.Names[0]?.slice(1) ?? container.Id),
    networks: networks.map((network) => network.Name),
    volumes: volumes.Volumes.map((Volume) => Volume.Name),
    tables: tables.split("\n").filter((line) => line.split(" ").at(-1) === instance.table),
    links: links.split("\n").flatMap((line) => bridge.exec(line)?.[1] ?? []),
  };
}

/** Stops the instance's containers; their data stays. */
export async function stopContainers(docker: Docker, instance: Instance): Promise<number> {
  const running = await docker.listContainers({ filters: { label: [`${label}=${instance.label}`], status: ["running", "paused"] } });
  await Promise.all(
    running.map(async ({ Id, State }) => {
      const container = docker.getContainer(Id);
      if (State === "paused") await quietly(container.unpause());
      await quietly(container.stop({ t: 5 }));
    }),
  );
  return running.length;
}

/** Removes all that bears the instance's label or name: containers, networks, volumes, table, link. */
export async function removeObjects(docker: Docker, instance: Instance): Promise<Objects> {
  const found = await objectsOf(docker, instance);
  await Promise.all(found.containers.map((name) => quietly(docker.getContainer(name).remove({ force: true, v: true }))));
  await Promise.all([
    ...found.networks.map((name) => quietly(docker.getNetwork(name).remove())),
    ...found.volumes.map((name) => quietly(docker.getVolume(name).remove({ force: true }))),
  ]);
  for (const line of found.tables) await run("nft", ["delete", ...line.split(" ")]);
  if (found.links.includes(instance.gateway.link)) await run("ip", ["link", "delete", instance.gateway.link]);
  return found;
}
