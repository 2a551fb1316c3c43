import { readFileSync } from "node:fs";
import Docker from "dockerode";

/** What Docker says of a container that runs a server. */
export async function readContainer(name: string): Promise<{ pid: number; startedAt: number; address: string; port: number }> {
  const { State, NetworkSettings, Config } = await new Docker().getContainer(name).inspect();
  const port = Config.Env.find((line) => line.startsWith("PORT="))?.slice("PORT=".length);
  if (!(State.Pid > 0) || port === undefined) throw new Error(`${name} runs no server`);
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
  return { pid: State.Pid, startedAt: Date.parse(State.StartedAt), address, port: Number(port) };
}

function listTree(root: string): string[] {
  const children = readFileSync(`/proc/${root}/task/${root}/children`, "utf8").trim().split(/\s+/).filter(Boolean);
  return [root, ...children.flatMap(listTree)];
}
const readAnonymous = (pid: string) => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
/**
 * Memory that the kernel could not drop at any time, in MiB, of the container's first process and its
 * children.
 */
export async function readMemory(name: string): Promise<number> {
  const { pid } = await readContainer(name);
  return listTree(String(pid)).reduce((sum, each) => sum + readAnonymous(each), 0) / 1_024;
}
