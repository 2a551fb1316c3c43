import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { isIPv4 } from "node:net";

/**
 * What this machine's kernel says of processes and sockets inside a box. Process ids are the machine's own,
 * not the box's.
 */

type SocketLine = { local: string; remote: string; listens: boolean; uid: number; inode: string };

/**
 * The lines of /proc/<pid>/net/tcp and tcp6: sockets of the process's network namespace. Addresses are in the
 * kernel's own hexadecimal. To read such a file costs milliseconds: the kernel walks the connections of the
 * whole machine.
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

/** Where among the open files of the process this socket is; undefined where it has not opened it. */
async function findSocketFile(pid: number, inode: string): Promise<string | undefined> {
  const folder = `/proc/${pid}/fd`;
  const names = (await ifAlive(readdir(folder))) ?? [];
  const links = await Promise.all(names.map((name) => ifAlive(readlink(`${folder}/${name}`))));
  const at = links.indexOf(`socket:[${inode}]`);
  return at < 0 ? undefined : `${folder}/${names[at]}`;
}
/** Whether the process itself has this socket open. */
async function holdsSocket(pid: number, inode: string): Promise<boolean> {
  return (await findSocketFile(pid, inode)) !== undefined;
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

/** The network namespace of a process; undefined where it has ended. */
export const readNetwork = (pid: number): Promise<string | undefined> => ifAlive(readlink(`/proc/${pid}/ns/net`));
async function isInNetwork(pid: number, network: string): Promise<boolean> {
  const found = await readNetwork(pid).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EACCES") return undefined; // the machine's own first process, in a virtual machine
    throw error;
  });
  return found === network;
}
type SocketHolder = { pid: number; file: string };
/** A process that has this socket open, among those in the network namespace of the box. */
async function findHolder(boxPid: number, uid: number, inode: string): Promise<SocketHolder | undefined> {
  const network = await readlink(`/proc/${boxPid}/ns/net`);
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const owner = (await ifAlive(stat(`/proc/${pid}`)))?.uid;
    if (owner !== uid || !(await isInNetwork(pid, network))) continue;
    const file = await findSocketFile(pid, inode);
    if (file !== undefined) return { pid, file };
  }
  return undefined;
}
async function readProgram(pid: number): Promise<string | undefined> {
  return (await ifAlive(readFile(`/proc/${pid}/cmdline`, "utf8")))?.split(/[\0 ]/)[0];
}

export type NearEnd = { uid: number; findProgram: () => Promise<string | undefined> };
/** Whose the near end of a connection out of a box is: the user, and by a search the name of the program. */
export async function findNearEnd(boxPid: number, local: EndPoint, remote: EndPoint): Promise<NearEnd | undefined> {
  const found = await findConnection(boxPid, local, remote);
  if (!found) return undefined;
  const findProgram = async () => {
    const holder = await findHolder(boxPid, found.uid, found.inode);
    return holder && readProgram(holder.pid);
  };
  return { uid: found.uid, findProgram };
}

/** The ports on which somebody listens in the box of this process, and under which user, lowest first. */
export async function listListeners(boxPid: number): Promise<{ port: number; uid: number }[]> {
  const found = new Map<number, number>();
  for (const socket of await socketsAround(boxPid))
    if (socket.listens) found.set(Number.parseInt(socket.local.slice(socket.local.lastIndexOf(":") + 1), 16), socket.uid);
  return [...found].map(([port, uid]) => ({ port, uid })).sort((a, b) => a.port - b.port);
}

export type LoopbackAddress = "127.0.0.1" | "::1";
export type Listener = { addresses: readonly LoopbackAddress[]; inode: string; file: string };
/**
 * Through which addresses a socket is reached, in this order. One for all of IPv6 is mostly one for IPv4 too,
 * and the only way to it where a box has no IPv6.
 */
function listAddresses(local: string): LoopbackAddress[] {
  const address = local.slice(0, local.lastIndexOf(":"));
  if (address.length === 8) return ["127.0.0.1"];
  return /^0+$/.test(address) ? ["::1", "127.0.0.1"] : ["::1"];
}
/** A socket of this user's that listens on the port in the box. */
export async function findListener(boxPid: number, uid: number, port: number): Promise<Listener | undefined> {
  const listens = (socket: SocketLine) => socket.listens && socket.uid === uid && socket.local.endsWith(`:${formatPort(port)}`);
  const found = (await socketsAround(boxPid)).find(listens);
  const holder = found && (await findHolder(boxPid, uid, found.inode));
  return holder && { addresses: listAddresses(found.local), inode: found.inode, file: holder.file };
}
/** Whether the socket is open still. No other socket has its number as long as it is. */
export async function isOpen({ file, inode }: Listener): Promise<boolean> {
  return (await ifAlive(readlink(file))) === `socket:[${inode}]`;
}

/** Whether this process, and no other, listens on the port in its box. */
export async function ownsPort(pid: number, port: number): Promise<boolean> {
  const listening = (await socketsAround(pid)).filter((socket) => socket.listens && socket.local.endsWith(`:${formatPort(port)}`));
  const held = await Promise.all(listening.map((socket) => holdsSocket(pid, socket.inode)));
  return held.length > 0 && held.every(Boolean);
}
