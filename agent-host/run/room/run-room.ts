import type { ImageVariant } from "../../../schema/environment/environment.ts";
import { dockerName, pairAddresses } from "../../../schema/machine/instance.ts";
import { box, type StackLimits } from "../../../schema/stack/stack.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { withDeadline } from "../../deadline.ts";
import { type ExecResult, hardenContainer, ifNeeded, mostOutputBytes, removeContainer, tooMuchPrinted } from "../../docker.ts";
import type { Host } from "../../host.ts";
import { imageOfVariant } from "../../images.ts";
import type { LedgerStackRow } from "../../ledger.ts";
import { bindAuthorities } from "../../network/box-authorities.ts";
import { objectLabels } from "../../network/network.ts";
import { ifAlive, readLinks } from "../../opencode/box-process.ts";
import { roomServices } from "../../service/services-container.ts";
import { type RoomProgram, RoomSpawner } from "./room-spawner.ts";

/** The users of a run's container. They are users of the image's agents, none of which is here. */
export const roomUsers = { clone: box.uid(63), door: box.uid(62), probe: box.uid(61), setup: box.uid(60) } as const;
/** Folders of rooms in which no checks run: the pristine clone, and where the project is installed. */
export const roomFolders = { source: "/room/source", work: "/room/work", home: "/room/home" } as const;

/** What a run may use, whatever the plan allows its agents. Bytes of output count over one check. */
export const runLimits = { memoryMb: 2048, cpus: 2, pids: 256, output: 4 * 1024 * 1024, streamed: 64 * 1024, all: 60 * 60_000 } as const;

/** `source`: the pristine clone. `installed`: folders of the project that its checks find installed. */
export type CleanRoom = {
  host: Host;
  row: LedgerStackRow;
  name: string;
  image: { name: string; sha256: string };
  source: string;
  installed: readonly string[];
  spawner: RoomSpawner;
};
/** How a room is laid out in which checks run; others have plain folders. */
type Layout = { source: string; hostname: string; tmpfs: Record<string, string>; hosts: Record<string, string> };
/** A volume in a room. `readOnly` with the folders in it that its checks find installed. */
export type RoomVolume = { name: string; to: string; readOnly?: { folders: readonly string[] } };

export const roomTmp = "rw,nosuid,nodev,exec,size=256m,mode=1777";
const memoryLimit = (limits: StackLimits) => Math.max(512, Math.min(runLimits.memoryMb, limits.memoryMb));

/** `image`: that of its project. */
type RoomWish = { address?: string | undefined; image?: ImageVariant; volumes?: readonly RoomVolume[]; layout?: Layout };
/**
 * A throw-away container: read-only, without capabilities, its folders in memory, nothing of any agent
 * inside. With an address it is on the pair's network, without one on none.
 */
export async function openCleanRoom(
  host: Host,
  row: LedgerStackRow,
  id: string,
  { address, image: variant = "workshop", volumes = [], layout }: RoomWish = {},
): Promise<CleanRoom> {
  const name = dockerName(host.instance, "run", id);
  const network = dockerName(host.instance, "network", row.member);
  const { gitea } = pairAddresses(host.instance, row.slot);
  await removeCleanRoom(host, name); // of a try that was cut off
  await host.engine.heavy(async () => {
    const create = host.engine.docker.createContainer({
      name,
      Hostname: layout?.hostname ?? "run",
      Image: host.images.tags[imageOfVariant[variant]],
      User: "0:0", // for the spawner: what it starts runs as others
      Labels: objectLabels(host.instance, row.stack, "run"),
      HostConfig: hardenContainer({
        network: address === undefined ? "none" : network,
        memoryMb: memoryLimit(row.limits),
        cpus: Math.min(runLimits.cpus, row.limits.cpus),
        pids: runLimits.pids,
        tmpfs: layout?.tmpfs ?? { "/tmp": roomTmp, "/room": "rw,nosuid,nodev,exec,size=1g,mode=1777" },
        files: [...volumes.map(({ name, to, readOnly }) => `${name}:${to}${readOnly ? ":ro" : ""}`), ...bindAuthorities(host.authorities)],
        startsAsUsers: true,
        hosts: { [box.gitHost]: gitea, [box.gatewayHost]: host.instance.gateway.address, ...layout?.hosts },
      }),
      ...(address === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } } }),
    });
    const made = await host.engine.call("run create", create);
    await host.engine.call("run start", ifNeeded(made.start()), 30_000);
  });
  const image = await readRoomImage(host, variant);
  return {
    host,
    row,
    name,
    image,
    source: layout?.source ?? roomFolders.source,
    installed: volumes.flatMap(({ readOnly }) => readOnly?.folders ?? []),
    spawner: new RoomSpawner(host.engine, name),
  };
}

export async function readRoomImage(host: Host, variant: ImageVariant): Promise<CleanRoom["image"]> {
  const name = host.images.tags[imageOfVariant[variant]];
  const { Id } = await host.engine.call("run image", host.engine.docker.getImage(name).inspect());
  return { name, sha256: Id.replace(/^sha256:/, "") };
}

/** Removes a room, and the services that it had. */
export async function removeCleanRoom(host: Host, name: string): Promise<void> {
  await Promise.all([removeContainer(host.engine, roomServices(name)), removeContainer(host.engine, name)]);
}

/** Takes the room off every network: what runs afterwards has loopback only. */
export async function cutNetwork(room: CleanRoom): Promise<void> {
  const { engine, instance } = room.host;
  const container = engine.docker.getContainer(room.name);
  const network = engine.docker.getNetwork(dockerName(instance, "network", room.row.member));
  await engine.call("run seal", network.disconnect({ Container: room.name, Force: true }));
  const { NetworkSettings, State } = await engine.call("run inspect", container.inspect());
  const links = await ifAlive(readLinks(State.Pid));
  if (Object.keys(NetworkSettings.Networks).length > 0 || links?.join() !== "lo")
    throw new AppError("internal", { what: "a run kept a network", links });
}

export type RoomResult = { code: number; out: Buffer; bytes: number; ended: "itself" | "late" | "too_much"; ms: number };
/**
 * Runs one command of the platform in the room. A failing command is a result; this throws where it can't be
 * run, does not end in time (milliseconds) or prints too much.
 */
export async function execInRoom(room: CleanRoom, command: RoomProgram & { ms?: number }): Promise<ExecResult> {
  const { ms = 15_000, ...program } = command;
  const printed: Record<"out" | "err", Buffer[]> = { out: [], err: [] };
  const [name = ""] = command.cmd;
  let [left, full] = [mostOutputBytes, false];
  const { end, kill } = room.spawner.start(program, (chunk, from) => {
    left -= chunk.length;
    if (left >= 0) printed[from].push(chunk);
    else if (!full) {
      full = true;
      kill();
    }
  });
  const code = await withDeadline(end, ms, `exec ${name}`).catch((error: unknown) => {
    kill();
    throw error;
  });
  if (full) throw tooMuchPrinted(name);
  return { code, out: Buffer.concat(printed.out).toString("utf8"), err: Buffer.concat(printed.err).toString("utf8") };
}
/** Like `execInRoom`, but a failing command is an error. */
export async function mustExecInRoom(room: CleanRoom, command: Parameters<typeof execInRoom>[1]): Promise<string> {
  const { code, out, err } = await execInRoom(room, command);
  if (code !== 0) throw new AppError("upstream", { command: command.cmd.slice(0, 3).join(" "), code, err: err.slice(-500) });
  return out;
}

export type OnRoomText = (text: string, stream: "out" | "err") => void;
/**
 * One command in the room, its output as it comes, bounded in time and size. What goes past a bound is killed
 * with all that runs under its user. With `sweep` nothing of that user outlives the command.
 */
export async function runInRoom(
  room: CleanRoom,
  { ms, onText, ...program }: RoomProgram & { ms: number; onText?: OnRoomText },
): Promise<RoomResult> {
  const began = performance.now();
  const chunks: Buffer[] = [];
  const decoders = { out: new TextDecoder(), err: new TextDecoder() }; // a character may be torn over two chunks of its stream
  let bytes = 0;
  let ended: RoomResult["ended"] = "itself";
  let giveUp: (code: number) => void = () => undefined;
  const given = new Promise<number>((resolve) => (giveUp = resolve));
  const stop = (why: "late" | "too_much") => {
    if (ended !== "itself") return;
    ended = why;
    room.spawner.sweep(program.uid).catch(() => undefined); // the deadline below ends it in any case
    setTimeout(() => giveUp(-1), 3_000).unref();
  };
  const timer = setTimeout(() => stop("late"), ms);
  const { end } = room.spawner.start(program, (chunk, stream) => {
    bytes += chunk.length;
    if (bytes > runLimits.output) return stop("too_much");
    chunks.push(chunk);
    const from = bytes - chunk.length;
    if (from < runLimits.streamed)
      onText?.(decoders[stream].decode(chunk.subarray(0, runLimits.streamed - from), { stream: true }), stream);
  });
  try {
    const code = await Promise.race([end, given]);
    for (const stream of ["out", "err"] as const) {
      const rest = decoders[stream].decode(); // what ends in half a character
      if (rest) onText?.(rest, stream);
    }
    return { code, out: Buffer.concat(chunks), bytes, ended, ms: Math.round(performance.now() - began) };
  } finally {
    clearTimeout(timer);
  }
}

/** Whether something in the room was killed because its memory was used up. */
export async function hasRunOutOfMemory(room: CleanRoom): Promise<boolean> {
  const { engine } = room.host;
  const { State } = await engine.call("run inspect", engine.docker.getContainer(room.name).inspect());
  if (State.OOMKilled) return true;
  const line = "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null"; // cgroup 2, and 1
  const { out } = await execInRoom(room, { cmd: ["sh", "-c", line], uid: roomUsers.probe });
  return /^oom_kill [1-9]/m.test(out);
}

/** Kills all that runs under a user of the room. Throws where that can't be done. */
export const sweepRoom = (room: CleanRoom, uid: number): Promise<void> => withDeadline(room.spawner.sweep(uid), 10_000, "sweep of a run");
