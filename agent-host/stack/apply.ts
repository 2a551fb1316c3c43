import type Docker from "dockerode";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { box, type StackLimits, type StackLine } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import {
  type HostConfig,
  hardenContainer,
  hasDockerStatus,
  ifFound,
  ifNeeded,
  removeContainer,
  removeVolume,
  requireOurs,
} from "../docker.ts";
import { ensureGiteaWriter, putGiteaSecrets, waitForGitea } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { bindAuthorities } from "../network/box-authorities.ts";
import { applyHostRules, ensureNetwork, objectLabels, removeNetwork } from "../network/network.ts";
import { listAppObjects } from "../release/app-container.ts";
import { removeServices } from "../service/services-container.ts";
import { chooseBoxImage } from "./box-image.ts";
import type { PairSide, PartState, StackAction } from "./stack-plan.ts";

export type StackStep = Extract<StackLine, { type: "step" }>;
export type EmitStep = (step: StackStep) => void;
const pairSides = ["gitea", "opencode"] as const;
const pairVolumes = ["gitea-data", "workspace"] as const;

/** What is done to the stack itself. */
type StackWork = Exclude<StackAction, "image">;
/** How each action is told to the member; `network`, `gitea` and `opencode` are steps of a provision. */
const stepOfAction: Record<StackWork, StackStep["step"]> = {
  network: "network",
  gitea: "gitea",
  opencode: "opencode",
  wake: "wake",
  pause: "pause",
  stop: "stop",
  drop: "stop",
  erase: "stop",
};

/** Does one action of a plan. Each may be done again at any point, also after a crash in its middle. */
export async function applyAction(host: Host, row: LedgerStackRow, action: StackWork, emit: EmitStep): Promise<void> {
  const step = stepOfAction[action];
  const started = performance.now();
  emit({ type: "step", step, state: "started" });
  await actionWork[action](host, row);
  emit({ type: "step", step, state: "done", ms: Math.round(performance.now() - started) });
}

const actionWork: Record<StackWork, (host: Host, row: LedgerStackRow) => Promise<void>> = {
  network: async (host, row) => {
    // The walls stand before anything is behind them.
    await applyHostRules(host);
    await host.engine.heavy(() => ensureNetwork(host.engine, host.instance, row.member, row.stack, row.slot));
    await Promise.all([ensureVolume(host, row, "gitea-data"), ensureVolume(host, row, "workspace")]);
  },
  gitea: async (host, row) => {
    await ensureStarted(host, row, "gitea");
    await waitForGitea(host, row);
    await ensureGiteaWriter(host, row);
  },
  opencode: (host, row) => ensureStarted(host, row, "opencode"),
  wake: (host, row) => forEachContainer(host, row, async (container, state) => state === "paused" && ifNeeded(container.unpause(), 409)),
  pause: (host, row) => forEachContainer(host, row, async (container, state) => state === "running" && ifNeeded(container.pause(), 409)),
  stop: (host, row) => forEachContainer(host, row, stopContainer(host)),
  drop: async (host, row) => {
    for (const { name } of await listAppObjects(host, "app", row.stack)) await removeContainer(host.engine, name);
    await removeServices(host, row);
    await forEachContainer(host, row, ({ id }) => removeContainer(host.engine, id));
    await removeNetwork(host.engine, host.instance, row.member);
  },
  erase: async (host, row) => {
    const pair = pairVolumes.map((part) => dockerName(host.instance, part, row.member));
    const names = (await listStackVolumes(host, row)).map(({ Name }) => Name);
    // The pair's last: by them it is seen that this was cut off.
    for (const name of [...names.filter((each) => !pair.includes(each)), ...pair]) await removeVolume(host, name, 60_000);
  },
};

function stopContainer(host: Host) {
  return async (container: Docker.Container, state: PartState): Promise<void> => {
    if (state === "paused") await host.engine.call("unpause", ifNeeded(container.unpause(), 409));
    if (state === "running" || state === "paused") await host.engine.call("stop", ifNeeded(container.stop({ t: 5 })), 20_000);
  };
}

/** Both containers side by side, each only when it is there and ours. */
async function forEachContainer(
  host: Host,
  row: LedgerStackRow,
  work: (container: Docker.Container, state: PartState) => Promise<unknown>,
): Promise<void> {
  const results = await Promise.allSettled(
    pairSides.map(async (side) => {
      const there = await findContainer(host, row, side);
      if (there) await host.engine.heavy(() => host.engine.call(side, work(there.container, there.state), 30_000));
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

type FoundContainer = { container: Docker.Container; state: PartState; image: string };
/**
 * The member's container of that side. One by that name without our label is not ours: it stays untouched and
 * the work fails.
 */
async function findContainer(host: Host, row: LedgerStackRow, side: PairSide): Promise<FoundContainer | undefined> {
  const container = host.engine.docker.getContainer(dockerName(host.instance, side, row.member));
  const info = await host.engine.call("inspect", ifFound(container.inspect()));
  if (!info) return undefined;
  requireOurs(info.Config.Labels, host.instance.label, info.Name);
  return { container, state: readPart(info.State.Paused ? "paused" : info.State.Status), image: info.Config.Image };
}

/** Docker's word for a container's state as ours. */
export function readPart(status: string): PartState {
  if (status === "running" || status === "paused" || status === "created") return status;
  return status === "restarting" || status === "removing" ? "created" : "exited";
}

async function ensureStarted(host: Host, row: LedgerStackRow, side: PairSide): Promise<void> {
  const there = await findContainer(host, row, side);
  const name = dockerName(host.instance, side, row.member);
  if (there?.state === "running" && (await isWritten(host, name))) return;
  // One of another image or other limits is made anew: all that a container holds lies in its volume.
  if (there) await removeContainer(host.engine, there.container.id);
  await host.engine.heavy(async () => {
    const create = host.engine.docker.createContainer(makeContainer(host, row, side));
    await host.engine.call("create", create).catch((error: unknown) => {
      if (!hasDockerStatus(error, 409)) throw error; // a try that was cut off made it
    });
    if (side === "gitea") await putGiteaSecrets(host, row);
    else await noteLostBox(host, row);
    await host.engine.call("start", ifNeeded(host.engine.docker.getContainer(name).start()), 30_000);
    if (!(await isWritten(host, name))) throw new AppError("storage_full", { what: "docker" });
  });
}
/**
 * Whether Docker has written down that it started this container. What it started on a full disk stays
 * "created" in its list, and is gone when Docker starts again.
 */
async function isWritten(host: Host, name: string): Promise<boolean> {
  const filters = { name: [`^/${name}$`], status: ["created"] };
  return (await host.engine.call("list started", host.engine.docker.listContainers({ all: true, filters }))).length === 0;
}

/** Called before anything runs in a box. A volume without any home is another volume, or was emptied. */
async function noteLostBox(host: Host, row: LedgerStackRow): Promise<void> {
  const target = host.engine.docker.getContainer(dockerName(host.instance, "opencode", row.member));
  if (await host.engine.call("homes", ifFound(target.infoArchive({ path: agentHomes })))) return;
  if (host.ledger.loseBox(row.member, host.now())) host.log("error", "a box was found empty", { member: row.member });
}
const agentHomes = "/workspace/agents";

/** Every volume of a stack, of its apps, services and snapshots too: each name has the member. */
export async function listStackVolumes(
  { engine, instance }: Host,
  { member }: Pick<LedgerStackRow, "member">,
): Promise<Docker.VolumeInspectInfo[]> {
  const filters = JSON.stringify({ label: [`growqr.instance=${instance.label}`] });
  const { Volumes } = await engine.call("list volumes", engine.docker.listVolumes({ filters }));
  return (Volumes ?? []).filter(({ Name }) => Name.includes(member));
}

async function ensureVolume(host: Host, row: LedgerStackRow, part: (typeof pairVolumes)[number]): Promise<void> {
  const options = { Name: dockerName(host.instance, part, row.member), Labels: objectLabels(host.instance, row.stack, part) };
  await host.engine.call("volume create", host.engine.docker.createVolume(options)); // the same name twice is one volume
  const info = await host.engine.call("volume inspect", host.engine.docker.getVolume(options.Name).inspect());
  requireOurs(info.Labels, host.instance.label, info.Name);
}

const giteaMemoryMb = 512;
/** What the agents of a stack share. */
export const boxMemoryMb = (limits: Pick<StackLimits, "memoryMb">): number => Math.max(1024, limits.memoryMb - giteaMemoryMb);
/** What a box may use of the machine, as Docker takes it for a container that runs. */
export function makeBoxLimits(host: Host, row: LedgerStackRow): Pick<HostConfig, "Memory" | "MemorySwap" | "NanoCpus" | "PidsLimit"> {
  const { Memory, MemorySwap, NanoCpus, PidsLimit } = makeHostConfig(host, row, "opencode", row.limits);
  return { Memory, MemorySwap, NanoCpus, PidsLimit };
}
/** Memory that agents would share: the folder exists, and nothing can be written there. */
const emptyTmpfs = "rw,nosuid,nodev,noexec,size=4k,mode=0755";
function makeHostConfig(host: Host, row: LedgerStackRow, side: PairSide, limits: StackLimits): HostConfig {
  const { gitea } = pairAddresses(host.instance, row.slot);
  const network = dockerName(host.instance, "network", row.member);
  if (side === "gitea")
    return hardenContainer({
      network,
      memoryMb: giteaMemoryMb,
      cpus: Math.min(1, limits.cpus),
      pids: 256,
      tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=64m,mode=1777" },
      volume: `${dockerName(host.instance, "gitea-data", row.member)}:/var/lib/gitea`,
      hosts: {},
    });
  return hardenContainer({
    network,
    memoryMb: boxMemoryMb(limits),
    cpus: limits.cpus,
    pids: limits.pids,
    // No /tmp, no /dev/shm: agents would share them. Each has a TMPDIR of its own, where OpenCode unpacks and
    // runs.
    tmpfs: { "/dev/shm": emptyTmpfs, "/dev/mqueue": emptyTmpfs },
    volume: `${dockerName(host.instance, "workspace", row.member)}:/workspace`,
    files: bindAuthorities(host.authorities),
    hosts: { [box.gitHost]: gitea, [box.gatewayHost]: host.instance.gateway.address },
  });
}

function makeContainer(host: Host, row: LedgerStackRow, side: PairSide): Docker.ContainerCreateOptions {
  const network = dockerName(host.instance, "network", row.member);
  return {
    name: dockerName(host.instance, side, row.member),
    Hostname: side,
    Image: host.images.tags[side === "opencode" ? chooseBoxImage(host, row) : side],
    User: side === "gitea" ? "1000:1000" : "20000:20000",
    Labels: objectLabels(host.instance, row.stack, side),
    HostConfig: makeHostConfig(host, row, side, row.limits),
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: pairAddresses(host.instance, row.slot)[side] } } } },
  };
}
