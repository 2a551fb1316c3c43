import { readdirSync, readFileSync } from "node:fs";
import type Docker from "dockerode";
import { type Instance, instance } from "../../schema/instance.ts";
import { objectsOf } from "./objects.ts";
import { listens } from "./process.ts";
import { testInstances } from "./test-instance.ts";

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

async function left(docker: Docker, of: Instance): Promise<string[]> {
  const objects = await objectsOf(docker, of);
  const named = Object.entries(objects).flatMap(([kind, names]) => names.map((one) => `${kind.slice(0, -1)} ${one}`));
  const ports = await Promise.all(
    Object.entries(of.ports).map(async ([name, port]) => ((await listens(port)) ? [`port ${port} (${name})`] : [])),
  );
  return [...named, ...ports.flat(), ...processesOf(of.name)].map((what) => `${of.name}: ${what}`);
}

/** What tests left on the machine; an empty list is the only good answer. */
export async function leftovers(docker: Docker): Promise<string[]> {
  return (await Promise.all(testInstances.map((name) => left(docker, instance(name))))).flat();
}

/** What runs of an instance, in words that change when anything of it was restarted or replaced. */
export async function fingerprintOf(docker: Docker, name: string): Promise<string> {
  const containers = await docker.listContainers({ filters: { label: [`growqr.instance=${instance(name).label}`] } });
  return [...containers.map((one) => `${one.Id.slice(0, 12)} ${one.Created}`), ...processesOf(name)].sort().join("\n");
}
