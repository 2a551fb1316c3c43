import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { type MachineVersions, machineVersions } from "../../schema/machine/host.ts";
import type { Logger } from "../../schema/wire/log.ts";
import type { HostSettings } from "../config.ts";
import { waitUntil } from "../deadline.ts";
import { isDiskFull, isNoRoomError, readDiskSpaces, seesDockerFolder } from "../disk.ts";
import { connectDocker } from "../docker.ts";
import { startGateway } from "../gateway/gateway.ts";
import { ReceiptNotes } from "../gitea/receipt-notes.ts";
import type { Host } from "../host.ts";
import { HostImages, type ImageSource, imageBackoff } from "../host-images.ts";
import { hostTraces } from "../host-traces.ts";
import { hasImage, prepareImage, readImageTags } from "../images.ts";
import { Ledger } from "../ledger.ts";
import { Heartbeat } from "../machine/heartbeat.ts";
import { type HostMachine, readHostMachine, writeStateFile } from "../machine/machine.ts";
import { startRenewal } from "../machine/renewal.ts";
import { RevokedMachines } from "../machine/revoked.ts";
import { AppWays } from "../network/app-ways.ts";
import { writeBoxAuthorities } from "../network/box-authorities.ts";
import { makeEgressList, startEgress } from "../network/egress.ts";
import { applyHostRules, ensureLink, separateConnectionTables } from "../network/network.ts";
import { OpenNames } from "../network/open-names.ts";
import { Refusals } from "../network/refusals.ts";
import { Traffic } from "../network/traffic.ts";
import { KnownProcesses } from "../opencode/known-processes.ts";
import { AgentServers } from "../opencode/opencode.ts";
import { BoxConnections } from "../preview/box-connector.ts";
import { KnownListeners } from "../preview/known-listeners.ts";
import { OpenViews } from "../preview/open-views.ts";
import { QuestPackages } from "../quest/quest-package.ts";
import { findUnknownApps } from "../release/app-adoption.ts";
import { Apps } from "../release/apps.ts";
import { keepSiteServer } from "../release/site-server.ts";
import { ProjectCommands } from "../run/plain/project-command.ts";
import { Runs } from "../run/run.ts";
import { startHostServer } from "../server.ts";
import { ServiceKeeper } from "../service/service-keeper.ts";
import { DiskUse } from "../stack/disk-use.ts";
import { findUnknownStacks } from "../stack/observe.ts";
import { Stacks } from "../stack/stack.ts";
import { StackUse } from "../stack/stack-use.ts";
import { Terminals } from "../terminal/terminal.ts";

export class NotJoined extends Error {}

export function requireHostMachine(settings: HostSettings): HostMachine {
  const machine = readHostMachine(settings.state);
  if (!machine) throw new NotJoined(`${settings.state} belongs to no machine yet: run agent-host join <token> first`);
  return { ...machine, edge: settings.edgeUrl ?? machine.edge, address: settings.address ?? machine.address };
}

/** Where images come from, if not from Docker and this machine, and the wait after so many failures. */
type ImageOptions = { source?: ImageSource; backoff?: (attempts: number) => number };

/**
 * The daemon. Stopping it leaves every container as it is; starting it again takes them over. It serves at
 * once, images that are missing are prepared beside that.
 */
export async function startDaemon(settings: HostSettings, log: Logger, images: ImageOptions = {}): Promise<{ stop: () => Promise<void> }> {
  const state = { machine: requireHostMachine(settings), folder: settings.state, log, now: Date.now };
  hostTraces.sendTo(settings.traces);
  const readyFile = path.join(settings.state, "ready.json");
  rmSync(readyFile, { force: true });
  const host = await openHost(settings, log, images);
  const { stacks, runs } = await takeOver(host);
  const machine = () => state.machine;
  const gateway = await startGateway(host, machine);
  const egressList = makeEgressList(settings.egress);
  const refusals = new Refusals();
  const boxes = new BoxConnections();
  const disk = new DiskUse(host, stacks);
  const apps = new Apps({ host, runs, connections: boxes, disk });
  await apps.keeper.takeOver();
  apps.tidy();
  const terminals = new Terminals(host);
  const traffic = new Traffic(host);
  const egress = await startEgress(host, egressList, refusals, traffic);
  const revoked = new RevokedMachines(host);
  const keeper = new ServiceKeeper(host);
  const heartbeat = new Heartbeat(host, stacks, machine, settings.stacks, { revoked, keeper, disk, versions: await readVersions(host) });
  const at = { address: state.machine.address, port: settings.port };
  const services = {
    ...{ host, stacks, runs, apps, machine, heartbeat, revoked },
    commands: new ProjectCommands(host, runs),
    agents: new AgentServers(host, stacks, disk),
    notes: new ReceiptNotes(host),
    refusals,
    boxes,
    views: new OpenViews(host.now),
    terminals,
    traffic,
    packages: new QuestPackages(runs, egressList),
  };
  const server = await startHostServer(services, at);
  const stopRenewal = startRenewal(Object.assign(state, { server }));
  await waitForHeartbeat(heartbeat, log);
  log("info", "serving", { id: state.machine.id, ...at, gateway: host.instance.gateway });
  let ready = false;
  const markReady = () => {
    if (ready || heartbeat.last() === 0) return;
    writeStateFile(settings.state, "ready.json", JSON.stringify({ pid: process.pid, id: state.machine.id }));
    ready = true;
  };
  const stopClock = startClock({ host, stacks, runs, apps, keeper, disk }, markReady);
  const stop = async () => {
    stopClock();
    heartbeat.stop();
    stopRenewal();
    rmSync(readyFile, { force: true });
    for (const each of [server, gateway]) {
      each.close();
      each.closeAllConnections();
    }
    await terminals.stop();
    await apps.settle();
    boxes.close();
    host.ways.closeAll();
    await egress.close(true);
    traffic.stop();
    await host.images.stop(); // whoever waits for an image waits no longer
    await runs.settle();
    await stacks.settle();
    await hostTraces.flush();
    host.ledger.close();
  };
  return { stop };
}

const packageFile = z.object({ version: z.string() });
const dockerVersion = z.looseObject({ Version: z.string() });
/** What runs here, for operators. A Docker that writes its version oddly keeps nobody from serving. */
async function readVersions({ engine, log }: Host): Promise<MachineVersions | undefined> {
  const { version } = packageFile.parse(JSON.parse(readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8")));
  const { Version } = dockerVersion.parse(await engine.call("docker", engine.docker.version(), 5_000));
  const images = readImageTags().opencode.split(":").at(-1);
  const said = machineVersions.safeParse({ growqr: version, node: process.versions.node, docker: Version, images });
  if (!said.success) log("warn", "versions are not told", { error: said.error });
  return said.data;
}

export async function openHost(settings: HostSettings, log: Logger, given: ImageOptions): Promise<Host> {
  const engine = connectDocker(settings.dockerSocket);
  await engine.call("docker", engine.docker.version(), 5_000);
  const { DockerRootDir } = dockerInfo.parse(await engine.call("docker info", engine.docker.info(), 10_000));
  if (!seesDockerFolder(DockerRootDir, settings.dockerFolder))
    log("error", "Docker's own folder is not seen here: a full disk goes unnoticed, and apps get no data", { folder: DockerRootDir });
  const ledger = await openLedger(settings.state, log);
  const source: ImageSource = given.source ?? {
    has: (name) => engine.call("image", hasImage(engine.docker, readImageTags()[name])),
    prepare: (name, heard, signal) => prepareImage(engine.docker, name, { ...settings.images, log: heard, signal }),
  };
  const images = new HostImages(source, { folder: settings.state, log, backoff: given.backoff ?? imageBackoff });
  await images.begin();
  const authorities = writeBoxAuthorities(settings.state, settings.authorities);
  const full = () => isDiskFull(readDiskSpaces([settings.state, DockerRootDir]));
  return {
    instance: settings.instance,
    engine,
    ledger,
    images,
    authorities,
    siteServer: keepSiteServer(settings.state),
    installs: new Map(),
    ways: new AppWays(),
    openNames: new OpenNames(),
    use: new StackUse(readUptime),
    openedDatabases: new Map(),
    servers: new KnownProcesses(),
    boxes: new KnownProcesses(),
    listeners: new KnownListeners(),
    log,
    now: Date.now,
    elapsed: readUptime,
    full,
    free: () => readDiskSpaces([DockerRootDir])[0]?.free ?? 0,
    setupSeconds: settings.setupSeconds,
    appRestSeconds: settings.appRestSeconds,
  };
}

/**
 * Takes over what an earlier daemon left: its rooms go, its stacks are adopted, the network's rules are set.
 */
async function takeOver(host: Host): Promise<{ stacks: Stacks; runs: Runs }> {
  separateConnectionTables(host.log);
  const runs = new Runs(host);
  const left = await runs.removeStrayRooms();
  if (left > 0) host.log("warn", "runs of an earlier daemon removed", { left });
  await runs.removeStraySnapshots();
  await adoptUnknown(host);
  const stacks = new Stacks(host);
  await ensureLink(host.instance);
  await applyHostRules(host);
  await stacks.refresh();
  return { stacks, runs };
}
/** Takes into the ledger the stacks that it does not know, each together with its apps. */
async function adoptUnknown(host: Host): Promise<void> {
  const stacks = await findUnknownStacks(host);
  const apps = await findUnknownApps(host, stacks);
  for (const stack of stacks) {
    const found = apps.filter(({ member }) => member === stack.member);
    host.ledger.adopt(stack, found, host.now());
    const projects = found.map(({ project }) => project);
    host.log("warn", "a stack adopted that the ledger did not know", { member: stack.member, projects });
  }
}

/** Gets the leases before the clock runs: a restart must not pause what may run. */
async function waitForHeartbeat(heartbeat: Heartbeat, log: Logger): Promise<void> {
  const taken = async () => ((await heartbeat.send()) ? true : undefined);
  await waitUntil(taken, { deadline: 8_000, every: 250, what: "first heartbeat" }).catch((error: unknown) =>
    log("warn", "the edge has not taken a heartbeat yet", { error }),
  );
}

const dockerInfo = z.looseObject({ DockerRootDir: z.string() });
/** Milliseconds since this machine started, its sleep included. Nobody can set this clock. */
function readUptime(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
}

/**
 * Opens the ledger as soon as the disk has room: a daemon that ended for want of room would only be started
 * again.
 */
async function openLedger(folder: string, log: Logger): Promise<Ledger> {
  for (let told = false; ; told = true) {
    try {
      return new Ledger(folder);
    } catch (error) {
      if (!isNoRoomError(error)) throw error;
      if (!told) log("error", "the disk of the state folder is full; waiting for room", { folder });
      await after(1_000);
    }
  }
}

/**
 * Plans at once and then every second. Observes Docker every five seconds, to see what ended by itself, and
 * removes stray rooms every minute.
 */
type ClockWork = { host: Host; stacks: Stacks; runs: Runs; apps: Apps; keeper: ServiceKeeper; disk: DiskUse };
function startClock({ host, stacks, runs, apps, keeper, disk }: ClockWork, each: () => void): () => void {
  let beat = 0;
  let looking = false;
  const plan = () => {
    try {
      each();
      stacks.tick();
      apps.keeper.tick();
      if (beat % 60 === 0) host.ledger.reserve();
    } catch (error) {
      host.log("warn", "the clock's work failed", { error });
    }
  };
  plan();
  const timer = setInterval(() => {
    beat += 1;
    plan();
    if (beat % 60 === 0) {
      apps.tidy();
      void apps.measuring.measure();
      void disk.measure();
    }
    if (beat % 3_600 === 0) void runs.evictSnapshots();
    if (beat % 60 === 0) runs.removeStrayRooms().catch((error: unknown) => host.log("warn", "runs were not swept", { error }));
    if (beat % 5 === 0) keeper.tick();
    if (beat % 5 !== 0 || looking) return;
    looking = true;
    stacks
      .refresh()
      .catch((error: unknown) => host.log("warn", "docker was not observed", { error }))
      .finally(() => {
        looking = false;
      });
  }, 1_000);
  return () => clearInterval(timer);
}
