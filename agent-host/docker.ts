import { availableParallelism } from "node:os";
import { PassThrough } from "node:stream";
import Docker from "dockerode";
import pLimit, { type LimitFunction } from "p-limit";
import { z } from "zod";
import { AppError } from "../schema/wire/error.ts";
import { waitUntil, withDeadline } from "./deadline.ts";
import { hostTraces } from "./host-traces.ts";

/**
 * Docker behind deadlines and one bounded queue: it does the same total work faster when few calls compete.
 * Nothing else in the daemon calls dockerode.
 */
export type Engine = { docker: Docker; heavy: LimitFunction; call: <T>(name: string, work: Promise<T>, ms?: number) => Promise<T> };

export function connectDocker(socketPath: string): Engine {
  return {
    docker: new Docker({ socketPath }),
    heavy: pLimit(3),
    call: (name, work, ms = 15_000) => hostTraces.step(`docker ${name}`, "client", withDeadline(work, ms, name)),
  };
}

const statusError = z.looseObject({ statusCode: z.number() });
/** Whether Docker answered with this status. */
export function hasDockerStatus(error: unknown, ...statuses: number[]): boolean {
  const parsed = statusError.safeParse(error);
  return parsed.success && statuses.includes(parsed.data.statusCode);
}
/** What the call answers; undefined where Docker answers 404. */
export async function ifFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasDockerStatus(error, 404)) return undefined;
    throw error;
  }
}
/** Throws where an object with one of our names lacks our label: it is not ours and stays untouched. */
export function requireOurs(labels: Record<string, string> | null | undefined, instance: string, name: string): void {
  if (labels?.["growqr.instance"] !== instance) throw new AppError("conflict", { name, why: "not ours" });
}
/**
 * Removes a container, and what runs in it. It is gone then, whoever else removes it just now: a volume that
 * it has could not be removed before.
 */
export async function removeContainer({ docker, call }: Engine, nameOrId: string): Promise<void> {
  const container = docker.getContainer(nameOrId);
  await call("remove", ifFound(container.remove({ force: true, v: true })), 30_000).catch(async (error: unknown) => {
    if (!hasDockerStatus(error, 409)) throw error;
    const isGone = async () => (await call("inspect", ifFound(container.inspect()))) === undefined || undefined;
    await waitUntil(isGone, { deadline: 30_000, every: 100, what: "removal of a container" });
  });
}
/** Removes a volume when it is there and ours. */
export async function removeVolume(
  { engine, instance }: { engine: Engine; instance: { label: string } },
  name: string,
  ms?: number,
): Promise<void> {
  const volume = engine.docker.getVolume(name);
  const info = await engine.call("volume inspect", ifFound(volume.inspect()));
  if (!info) return;
  requireOurs(info.Labels, instance.label, info.Name);
  await engine.call("volume remove", ifFound(volume.remove()), ms);
}
/** Start, stop, pause and unpause answer 304 (or 409 for pause) when there is nothing to do. */
export async function ifNeeded(work: Promise<unknown>, ...statuses: number[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!hasDockerStatus(error, 304, ...statuses)) throw error;
  }
}

// Docker accepts unknown keys in silence: a misspelt wall would be no wall.
const hostConfig = z.strictObject({
  Init: z.literal(true),
  ReadonlyRootfs: z.literal(true),
  CapDrop: z.tuple([z.literal("ALL")]),
  CapAdd: z.array(z.enum(["SETUID", "SETGID", "SETPCAP", "KILL"])).optional(),
  SecurityOpt: z.tuple([z.literal("no-new-privileges")]),
  RestartPolicy: z.strictObject({ Name: z.literal("no") }),
  NetworkMode: z.string(),
  // A container in another one's network has that one's names and settings: Docker refuses its own.
  ExtraHosts: z.array(z.string()).optional(),
  Dns: z.tuple([z.literal("127.0.0.1")]).optional(),
  DnsOptions: z.tuple([z.literal("timeout:1"), z.literal("attempts:1")]).optional(),
  Sysctls: z.strictObject({ "net.ipv6.conf.all.disable_ipv6": z.literal("1") }).optional(),
  Memory: z.number().int().positive(),
  MemorySwap: z.number().int().positive(),
  NanoCpus: z.number().int().positive(),
  PidsLimit: z.number().int().positive(),
  Tmpfs: z.record(z.string(), z.string()),
  Binds: z.array(z.string()),
  LogConfig: z.strictObject({
    Type: z.literal("json-file"),
    Config: z.strictObject({ "max-size": z.string(), "max-file": z.string() }),
  }),
});
export type HostConfig = z.infer<typeof hostConfig>;

const makeNetworkConfig = (hosts: Record<string, string>) => ({
  ExtraHosts: Object.entries(hosts).map(([name, address]) => `${name}:${address}`),
  Dns: ["127.0.0.1"], // there is no resolver inside, and a program that asks one nevertheless learns it soon
  DnsOptions: ["timeout:1", "attempts:1"],
  Sysctls: { "net.ipv6.conf.all.disable_ipv6": "1" },
});
/**
 * The walls around every container: read-only, no capabilities, no new privileges, bounded in memory,
 * processes, logs and time.
 */
export function hardenContainer(wanted: {
  /** `container:<id>`: the network of that one. */
  network: string;
  memoryMb: number;
  cpus: number;
  pids: number;
  /** Folders in memory, with their options. */
  tmpfs: Record<string, string>;
  /** None for a container that keeps nothing. */
  volume?: string;
  /** Files of this machine laid over the image's: `from:to:ro`. */
  files?: string[];
  hosts: Record<string, string>;
  /** Root in it may become other users and end their processes; nobody else has a capability. */
  startsAsUsers?: true;
}): HostConfig {
  const bytes = wanted.memoryMb * 1024 * 1024;
  return hostConfig.parse({
    Init: true,
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    ...(wanted.startsAsUsers ? { CapAdd: ["SETUID", "SETGID", "SETPCAP", "KILL"] } : {}),
    SecurityOpt: ["no-new-privileges"],
    RestartPolicy: { Name: "no" },
    NetworkMode: wanted.network,
    ...(wanted.network.startsWith("container:") ? {} : makeNetworkConfig(wanted.hosts)),
    Memory: bytes,
    MemorySwap: bytes,
    NanoCpus: Math.round(Math.min(wanted.cpus, availableParallelism()) * 1e9), // Docker refuses more than the machine has
    PidsLimit: wanted.pids,
    Tmpfs: wanted.tmpfs,
    Binds: [...(wanted.volume === undefined ? [] : [wanted.volume]), ...(wanted.files ?? [])],
    LogConfig: { Type: "json-file", Config: { "max-size": "5m", "max-file": "2" } },
  });
}

/** What one command may print: all members of the machine share this daemon's memory. */
export const mostOutputBytes = 16 * 1024 * 1024;
export const tooMuchPrinted = (command: string) =>
  new AppError("too_large", { command }, { message: `A command printed more than ${mostOutputBytes / 1024 / 1024} MB.` });
/** All that comes, as text; `room` is shared by what one command prints. Throws `too_large` past it. */
async function readStream(stream: PassThrough, room: { left: number }, command: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    room.left -= chunk.length;
    if (room.left < 0) throw tooMuchPrinted(command);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export type ExecResult = { code: number; out: string; err: string };
/**
 * Runs one command in a container. The command must know the length of `input`: it is not told where the
 * input ends. A failing command is a result; this throws only when Docker does not answer or the command
 * prints too much.
 */
export async function execInContainer(
  engine: Engine,
  container: string,
  command: { cmd: string[]; user?: string; env?: string[]; ms?: number; input?: Buffer },
): Promise<ExecResult> {
  const ms = command.ms ?? 15_000;
  const handle = await engine.call(
    "exec",
    engine.docker.getContainer(container).exec({
      Cmd: command.cmd,
      AttachStdin: command.input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      ...(command.user ? { User: command.user } : {}),
      ...(command.env ? { Env: command.env } : {}),
    }),
  );
  const stream = await engine.call("exec start", handle.start({ hijack: true, stdin: command.input !== undefined }));
  const [out, err] = [new PassThrough(), new PassThrough()];
  engine.docker.modem.demuxStream(stream, out, err);
  stream.once("end", () => {
    out.end();
    err.end();
  });
  stream.once("error", (error) => {
    out.destroy(error);
    err.destroy(error);
  });
  if (command.input) stream.write(command.input);
  const [program = ""] = command.cmd;
  const room = { left: mostOutputBytes };
  try {
    const [stdout, stderr] = await withDeadline(
      Promise.all([readStream(out, room, program), readStream(err, room, program)]),
      ms,
      `exec ${program}`,
    );
    const { ExitCode } = await engine.call("exec inspect", handle.inspect());
    return { code: ExitCode ?? -1, out: stdout, err: stderr };
  } finally {
    stream.destroy();
  }
}

/** Like exec, but a failing command is an error. */
export async function runInContainer(engine: Engine, container: string, command: Parameters<typeof execInContainer>[2]): Promise<string> {
  const result = await execInContainer(engine, container, command);
  if (result.code !== 0)
    throw new AppError("upstream", { command: command.cmd.slice(0, 3).join(" "), code: result.code, err: result.err.slice(-500) });
  return result.out;
}
