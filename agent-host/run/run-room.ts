import { PassThrough } from "node:stream";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { box, type StackLimits } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer, hardenContainer, hasDockerStatus, ifFound, ifNeeded } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { bindAuthorities } from "../network/box-authorities.ts";
import { objectLabels } from "../network/network.ts";
import { ifAlive, readLinks } from "../opencode/box-process.ts";

/** The users of a run's container. They are users of the image's agents, none of which is here. */
export const roomUsers = { clone: box.uid(63), check: box.uid(62), probe: box.uid(61), setup: box.uid(60) } as const;
export const userAndGroup = (uid: number) => `${uid}:${uid}`;
/**
 * The pristine clone, which checks can read and not write, the copy in which they run, and what was installed
 * for the project.
 */
export const roomFolders = { source: "/room/source", work: "/room/work", home: "/room/home", setup: "/room/setup" } as const;

/** What a run may use, whatever the plan allows its agents. Bytes of output count over one check. */
export const runLimits = { memoryMb: 2048, cpus: 2, pids: 256, output: 4 * 1024 * 1024, streamed: 64 * 1024, all: 30 * 60_000 } as const;

/** `installed`: folders of the project that its checks find installed. */
export type CleanRoom = {
  host: Host;
  row: LedgerStackRow;
  name: string;
  image: { name: string; sha256: string };
  installed: readonly string[];
};
/** A volume in a room. `readOnly` with the folders in it that its checks find installed. */
export type RoomVolume = { name: string; to: string; readOnly?: { folders: readonly string[] } };

const memoryLimit = (limits: StackLimits) => Math.max(512, Math.min(runLimits.memoryMb, limits.memoryMb));

/**
 * A throw-away container: read-only, without capabilities, its folders in memory, nothing of any agent
 * inside. With an address it is on the pair's network, without one on none.
 */
export async function openCleanRoom(
  host: Host,
  row: LedgerStackRow,
  id: string,
  address: string | undefined,
  volume?: RoomVolume,
): Promise<CleanRoom> {
  const name = dockerName(host.instance, "run", id);
  const network = dockerName(host.instance, "network", row.member);
  const { gitea } = pairAddresses(host.instance, row.slot);
  await removeCleanRoom(host, name); // of a try that was cut off
  await host.engine.heavy(async () => {
    const create = host.engine.docker.createContainer({
      name,
      Hostname: "run",
      Image: host.images.tags.opencode,
      User: "20000:20000",
      Labels: objectLabels(host.instance, row.stack, "run"),
      HostConfig: hardenContainer({
        network: address === undefined ? "none" : network,
        memoryMb: memoryLimit(row.limits),
        cpus: Math.min(runLimits.cpus, row.limits.cpus),
        pids: runLimits.pids,
        tmpfs: { "/tmp": "rw,nosuid,nodev,exec,size=256m,mode=1777", "/room": "rw,nosuid,nodev,exec,size=1g,mode=1777" },
        ...(volume ? { volume: `${volume.name}:${volume.to}${volume.readOnly ? ":ro" : ""}` } : {}),
        files: bindAuthorities(host.authorities),
        hosts: { [box.gitHost]: gitea, [box.gatewayHost]: host.instance.gateway.address },
      }),
      ...(address === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } } }),
    });
    const made = await host.engine.call("run create", create);
    await host.engine.call("run start", ifNeeded(made.start()), 30_000);
  });
  return { host, row, name, image: await readRoomImage(host), installed: volume?.readOnly?.folders ?? [] };
}

export async function readRoomImage(host: Host): Promise<CleanRoom["image"]> {
  const { Id } = await host.engine.call("run image", host.engine.docker.getImage(host.images.tags.opencode).inspect());
  return { name: host.images.tags.opencode, sha256: Id.replace(/^sha256:/, "") };
}

export async function removeCleanRoom(host: Host, name: string): Promise<void> {
  const gone = ifFound(host.engine.docker.getContainer(name).remove({ force: true, v: true }));
  await host.engine.call("run remove", gone, 30_000).catch((error: unknown) => {
    if (!hasDockerStatus(error, 409)) throw error; // another removal of it is going on
  });
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
 * One command in the room, its output as it comes, bounded in time and size. What goes past a bound is killed
 * with all that runs under its user.
 */
export async function runInRoom(
  room: CleanRoom,
  command: { cmd: string[]; uid: number; env?: string[]; ms: number; onText?: (text: string) => void },
): Promise<RoomResult> {
  const { engine } = room.host;
  const began = performance.now();
  const handle = await engine.call(
    "run exec",
    engine.docker.getContainer(room.name).exec({
      Cmd: command.cmd,
      User: userAndGroup(command.uid),
      Env: command.env ?? [],
      WorkingDir: "/room",
      AttachStdout: true,
      AttachStderr: true,
    }),
  );
  const stream = await engine.call("run exec start", handle.start({ hijack: true, stdin: false }));
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended: RoomResult["ended"] = "itself";
  const both = new PassThrough();
  engine.docker.modem.demuxStream(stream, both, both);
  const stop = (why: "late" | "too_much") => {
    if (ended !== "itself") return;
    ended = why;
    sweepRoom(room, command.uid).catch(() => undefined); // the deadline below ends it in any case
    setTimeout(() => stream.destroy(), 3_000).unref();
  };
  const timer = setTimeout(() => stop("late"), command.ms);
  both.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > runLimits.output) return stop("too_much");
    chunks.push(chunk);
    const from = bytes - chunk.length;
    if (from < runLimits.streamed) command.onText?.(chunk.subarray(0, runLimits.streamed - from).toString("utf8"));
  });
  await new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
  });
  clearTimeout(timer);
  stream.destroy();
  const { ExitCode } = await engine.call("run exec inspect", handle.inspect());
  return { code: ExitCode ?? -1, out: Buffer.concat(chunks), bytes, ended, ms: Math.round(performance.now() - began) };
}

/** Kills all that runs under a user of the room. Throws where nothing more can be started in the room. */
export async function sweepRoom(room: CleanRoom, uid: number): Promise<void> {
  const { code, err } = await execInContainer(room.host.engine, room.name, { cmd: ["sweep", "0"], user: userAndGroup(uid), ms: 10_000 });
  if (code !== 0) throw new AppError("internal", { what: "sweep of a run", code, err: err.slice(-200) });
}
