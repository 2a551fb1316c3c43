import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { isIPv4 } from "node:net";

/**
 * What this machine's kernel says of processes and sockets inside a box. Process ids are the machine's own,
 * not the box's.
 */

type SocketLine = { local: string; remote: string; listens: boolean; uid: number; inode: string };

/**
 * The lines of /proc/<pid>/net/tcp and tcp6: sockets of the process's network namespace. Addresses are in the
 * kernel's own hexadecimal.
 */
export function readSockets(text: string): SocketLine[] {
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/, 10))
    .filter((words) => words.length === 10)
    .map(([, local = "", remote = "", state, , , , uid, , inode = ""]) => ({
      local,
      remote,
      listens: state === "0A",
      uid: Number(uid),
      inode,
    }));
}
const formatPort = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
/** An IPv4 address and port as the kernel writes them: bytes of the address backwards. */
export function formatAddress(address: string, port: number): string {
  if (!isIPv4(address)) throw new RangeError(`${address} is no IPv4 address`);
  const bytes = address.split(".").map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"));
  return `${bytes.reverse().join("")}:${formatPort(port)}`;
}

/** What the work gives, or undefined where the process has ended meanwhile. */
export async function ifAlive<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

async function socketsAround(pid: number): Promise<SocketLine[]> {
  const texts = await Promise.all(["tcp", "tcp6"].map((name) => ifAlive(readFile(`/proc/${pid}/net/${name}`, "utf8"))));
  return texts.flatMap((text) => readSockets(text ?? ""));
}

/** The names of the network links that a process sees. */
export async function readLinks(pid: number): Promise<string[]> {
  const lines = (await readFile(`/proc/${pid}/net/dev`, "utf8")).split("\n").slice(2);
  return lines.filter((line) => line.includes(":")).map((line) => line.slice(0, line.indexOf(":")).trim());
}

/** Whether the process itself has this socket open. */
async function holdsSocket(pid: number, inode: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = (await ifAlive(readdir(folder))) ?? [];
  const links = await Promise.all(names.map((name) => ifAlive(readlink(`${folder}/${name}`))));
  return links.includes(`socket:[${inode}]`);
}

type EndPoint = { address: string; port: number };
async function findConnection(pid: number, local: EndPoint, remote: EndPoint): Promise<SocketLine | undefined> {
  const [near, far] = [formatAddress(local.address, local.port), formatAddress(remote.address, remote.port)];
  return (await socketsAround(pid)).find((socket) => socket.local === near && socket.remote === far);
}
/** Whether this process is the near end of a connection from `local` to `remote`. */
export async function ownsConnection(pid: number, local: EndPoint, remote: EndPoint): Promise<boolean> {
  const found = await findConnection(pid, local, remote);
  return found !== undefined && holdsSocket(pid, found.inode);
}

/** How a process was called that has this socket open, among those in the network namespace of the box. */
async function findHolder(boxPid: number, uid: number, inode: string): Promise<string | undefined> {
  const space = await readlink(`/proc/${boxPid}/ns/net`);
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const owner = (await ifAlive(stat(`/proc/${pid}`)))?.uid;
    if (owner !== uid || (await ifAlive(readlink(`/proc/${pid}/ns/net`))) !== space) continue;
    if (await holdsSocket(Number(pid), inode)) return (await ifAlive(readFile(`/proc/${pid}/cmdline`, "utf8")))?.split(/[\0 ]/)[0];
  }
  return undefined;
}

export type NearEnd = { uid: number; findProgram: () => Promise<string | undefined> };
/** Whose the near end of a connection out of a box is: the user, and by a search the name of the program. */
export async function findNearEnd(boxPid: number, local: EndPoint, remote: EndPoint): Promise<NearEnd | undefined> {
  const found = await findConnection(boxPid, local, remote);
  return found && { uid: found.uid, findProgram: () => findHolder(boxPid, found.uid, found.inode) };
}

/** Whether this process, and no other, listens on the port in its box. */
export async function ownsPort(pid: number, port: number): Promise<boolean> {
  const listening = (await socketsAround(pid)).filter((socket) => socket.listens && socket.local.endsWith(`:${formatPort(port)}`));
  const held = await Promise.all(listening.map((socket) => holdsSocket(pid, socket.inode)));
  return held.length > 0 && held.every(Boolean);
}
