import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import type Docker from "dockerode";
import { type Instance, readInstance } from "../../../schema/machine/instance.ts";
import { type Objects, objectsOf, removeObjects } from "../../local/docker/instance-objects.ts";
import { holder } from "../../local/lock.ts";
import { listens, root } from "../../local/process.ts";
import { limit } from "./limit.ts";

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // the process ended meanwhile, or is the kernel's
  }
}

/** Processes that belong to an instance, by their settings or their arguments. */
function processesOf(name: string): string[] {
  const mine = [`GROWQR_INSTANCE=${name}\0`, `INSTANCE=${name}\0`, `.growqr/${name}/`];
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      const words = textOf(`/proc/${pid}/cmdline`);
      const all = `${words}\0${textOf(`/proc/${pid}/environ`)}\0`;
      return mine.some((mark) => all.includes(mark)) ? [`process ${pid} (${words.replaceAll("\0", " ").slice(0, 80)})`] : [];
    });
}

async function left(docker: Docker | undefined, instance: Instance): Promise<string[]> {
  const objects: Partial<Objects> = docker ? await objectsOf(docker, instance) : {};
  const named = Object.entries(objects).flatMap(([kind, names]) => names.map((each) => `${kind.slice(0, -1)} ${each}`));
  const ports = await Promise.all(
    Object.entries(instance.ports).map(async ([name, port]) => ((await listens(port)) ? [`port ${port} (${name})`] : [])),
  );
  return [...named, ...ports.flat(), ...processesOf(instance.name)].map((line) => `${instance.name}: ${line}`);
}

/** Control groups of agents outside every box: what is below the root holds the processes of all of them. */
function strayGroups(): string[] {
  const folders = (at: string) =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [path.join(at, entry.name)] : []));
  const root = "/sys/fs/cgroup";
  return [root, ...folders(root)].flatMap(folders).filter((folder) => /^agent-\d+$/.test(path.basename(folder)));
}
/**
 * What tests left on these instances; an empty list is the only good answer. Without a Docker: processes and
 * ports.
 */
export async function leftovers(docker: Docker | undefined, instances: readonly string[]): Promise<string[]> {
  const found = (await Promise.all(instances.map((name) => left(docker, readInstance(name))))).flat();
  return docker ? [...found, ...strayGroups()] : found;
}

/** What runs of an instance, in words that change when anything of it was restarted or replaced. */
export async function fingerprintOf(docker: Docker, name: string): Promise<string> {
  const containers = await docker.listContainers({ filters: { label: [`growqr.instance=${readInstance(name).label}`] } });
  return [...containers.map((each) => `${each.Id.slice(0, 12)} ${each.Created}`), ...processesOf(name)].sort().join("\n");
}

const none = (found: Objects) => Object.values(found).every((names) => names.length === 0);
/**
 * Takes away what tests made on these instances when their run is cut off. What Docker was making just then
 * comes a moment later, so it looks until nothing is left; what is left after `ms` is for `leftovers` to
 * tell.
 */
export async function takeAway(docker: Docker, all: readonly Instance[], ms = 12_000): Promise<void> {
  const end = Date.now() + limit(ms);
  const clear = async (instance: Instance): Promise<void> => {
    const found = await removeObjects(docker, instance).catch((error: unknown) => {
      if (Date.now() > end) throw error; // Docker frees a network a moment after its containers are gone
    });
    if ((found && none(found)) || Date.now() > end) return;
    await after(100);
    await clear(instance);
  };
  await Promise.all(all.filter((instance) => !holder(path.join(root, instance.folder))).map(clear)); // one that is held is another run's
}
