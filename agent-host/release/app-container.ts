import { chown } from "node:fs/promises";
import type Docker from "dockerode";
import type { z } from "zod";
import { serviceVariables } from "../../schema/environment/environment.ts";
import { dockerName } from "../../schema/machine/instance.ts";
import type { StackLimits } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { id } from "../../schema/wire/id.ts";
import { hardenContainer, ifFound, ifNeeded, removeVolume, requireOurs } from "../docker.ts";
import type { Host } from "../host.ts";
import { imageOfVariant } from "../images.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { appProxyPort } from "../network/app-ways.ts";
import { authorityEnv, bindAuthorities } from "../network/box-authorities.ts";
import { objectLabels } from "../network/network.ts";
import { roomFolders } from "../run/room/run-room.ts";
import { leadAppToServices, openAppServices, type ReleaseServices, serviceLabels, waitForPortsLine } from "../service/app-services.ts";
import { type ReadyRelease, releaseRow, type ServePlan, servePlan } from "./release-ledger.ts";
import { bindSiteServer } from "./site-server.ts";

/** The user of every app: no user of the image, so no agent's either. */
const appUid = 20_200;
/** What one app may use, within what its plan allows. */
export const appLimits = { memoryMb: 512, cpus: 1, pids: 128 } as const;
const appFolders = { site: "/opt/site", data: "/data" } as const;
/** The folder of a release is where it was set up: programs of a virtual environment name that folder. */
export const releaseFolder = roomFolders.work;

export type AppName = { member: string; project: string };
export const appContainer = ({ instance }: Pick<Host, "instance">, { member, project }: AppName, release: string) =>
  dockerName(instance, "app", `${project}-${member}-${release}`);
export const releaseVolume = ({ instance }: Host, { member, release }: { member: string; release: string }) =>
  dockerName(instance, "app-release", `${member}-${release}`);
const dataVolume = ({ instance }: Host, { member, project }: AppName) => dockerName(instance, "app-data", `${project}-${member}`);

/** A container of a release, its files, and what the app keeps over all releases. */
type AppPart = "app" | "app-release" | "app-data";
const labelKeys = { project: "growqr.project", release: "growqr.release", facts: "growqr.app" } as const;
/**
 * What of a release stands on its container, for a lost ledger: all but its secrets, which are in it, and but
 * what it may reach, which may have been taken back since.
 */
const appFacts = releaseRow.pick({ repo: true, commit_hash: true, watch_seconds: true }).extend({ plan: servePlan });
const describeFacts = ({ repo, commit_hash, watch_seconds, plan }: ReadyRelease): string =>
  JSON.stringify({ repo, commit_hash, watch_seconds, plan } satisfies z.infer<typeof appFacts>);
export function appLabels(host: Host, stack: string, part: AppPart, about: { project: string; release?: string }) {
  const release = about.release === undefined ? {} : { [labelKeys.release]: about.release };
  return { ...objectLabels(host.instance, stack, part), [labelKeys.project]: about.project, ...release };
}

/** Makes the volume in which the app keeps its data, where it is not there yet. */
async function ensureData(host: Host, row: LedgerStackRow, app: AppName): Promise<string> {
  const name = dataVolume(host, app);
  const { docker, call } = host.engine;
  await call("volume create", docker.createVolume({ Name: name, Labels: appLabels(host, row.stack, "app-data", app) }));
  const { Labels, Mountpoint } = await call("volume inspect", docker.getVolume(name).inspect());
  requireOurs(Labels, host.instance.label, name);
  await chown(Mountpoint, appUid, appUid);
  return name;
}

/** The hosts of Docker's own are enough: an app has loopback alone, and what `ensureAppWay` opens there. */
function makeAppConfig(host: Host, release: ReadyRelease, data: string, limits: StackLimits) {
  return hardenContainer({
    network: "none",
    memoryMb: Math.min(appLimits.memoryMb, limits.memoryMb),
    cpus: Math.min(appLimits.cpus, limits.cpus),
    pids: Math.min(appLimits.pids, limits.pids),
    tmpfs: { "/tmp": "rw,nosuid,nodev,exec,size=64m,mode=1777", "/dev/shm": "rw,nosuid,nodev,noexec,size=16m,mode=1777" },
    files: [
      `${releaseVolume(host, release)}:${releaseFolder}:ro`,
      `${data}:${appFolders.data}`,
      ...bindAuthorities(host.authorities),
      ...(release.plan.start === undefined ? bindSiteServer(host.siteServer, appFolders.site) : []),
    ],
    hosts: {},
  });
}
const appProxy = `http://127.0.0.1:${appProxyPort}`;
const noProxy = "localhost,127.0.0.1,::1";
/** The way out of an app, for plain addresses too: none of them is of this machine. */
const appProxyEnv = {
  ...{ http_proxy: appProxy, HTTP_PROXY: appProxy, https_proxy: appProxy, HTTPS_PROXY: appProxy, no_proxy: noProxy, NO_PROXY: noProxy },
  NODE_USE_ENV_PROXY: "1",
};
/** Java reads none of those; its image leads to the way out of a box, which an app does not have. */
const proxyHost = ["http", "https"].map((scheme) => `-D${scheme}.proxyHost=127.0.0.1 -D${scheme}.proxyPort=${appProxyPort}`);
const javaProxyEnv = (image: ServePlan["image"]) => (image === "full" ? { JDK_JAVA_OPTIONS: proxyHost.join(" ") } : {});
const platformEnvironment = ({ authorities }: Host, { port, network, image }: ServePlan): Record<string, string> => ({
  ...{
    HOME: "/tmp",
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "C.UTF-8",
    NODE_ENV: "production",
    PORT: String(port),
    DATA_FOLDER: appFolders.data,
  },
  ...(network.length === 0 ? {} : { ...appProxyEnv, ...javaProxyEnv(image), ...authorityEnv(authorities) }),
});
/** A static site gets no secrets: it has no program that could read them. */
function appEnvironment(host: Host, { env, plan }: ReadyRelease, services: ReleaseServices | undefined): string[] {
  const given = plan.start === undefined ? {} : env;
  return Object.entries({ ...given, ...platformEnvironment(host, plan), ...services?.env }).map(([name, text]) => `${name}=${text}`);
}
function appCommand({ plan }: ReadyRelease, job: AppJob, services: ReleaseServices | undefined): string[] {
  const line = job === "migrate" ? (plan.migrate ?? "true") : plan.start;
  const ports = [...(plan.network.length === 0 ? [] : [String(appProxyPort)]), ...(services?.ports ?? [])];
  if (line !== undefined) return ["bash", "-c", ...(ports.length === 0 ? [line] : [waitForPortsLine, line, ...ports])];
  return ["node", `${appFolders.site}/static-site.ts`, `${releaseFolder}/${plan.site ?? ""}`, String(plan.port)];
}

export type AppJob = "serve" | "migrate";
export const jobContainer = (host: Pick<Host, "instance">, release: ReadyRelease, job: AppJob) =>
  `${appContainer(host, release, release.release)}${job === "migrate" ? "-migrate" : ""}`;
/**
 * Starts a release's server, or its migration, where it does not run. One that was made before is started as
 * it is: its log goes on.
 */
export async function startAppContainer(host: Host, row: LedgerStackRow, release: ReadyRelease, job: AppJob): Promise<Docker.Container> {
  const { docker, call, heavy } = host.engine;
  const name = jobContainer(host, release, job);
  const container = docker.getContainer(name);
  const there = await call("app inspect", ifFound(container.inspect()));
  if (there) requireOurs(there.Config.Labels, host.instance.label, name);
  const services = await openAppServices(host, row, release);
  if (!there) {
    const data = await ensureData(host, row, release);
    const [program = "", ...parts] = appCommand(release, job, services);
    const options: Docker.ContainerCreateOptions = {
      name,
      Hostname: "app",
      Image: host.images.tags[imageOfVariant[release.plan.image]],
      User: `${appUid}:${appUid}`,
      WorkingDir: releaseFolder,
      Env: appEnvironment(host, release, services),
      Entrypoint: [program],
      Cmd: parts,
      Labels: {
        ...appLabels(host, row.stack, "app", { project: release.project, release: release.release }),
        [labelKeys.facts]: describeFacts(release),
        ...serviceLabels(services),
      },
      HostConfig: makeAppConfig(host, release, data, row.limits),
    };
    await heavy(() => call("app create", docker.createContainer(options)));
  }
  await heavy(() => call("app start", ifNeeded(container.start()), 30_000));
  await ensureAppWay(host, release, job);
  if (services) await leadAppToServices(host, row, name, services);
  return container;
}
/**
 * Opens the way out of a container that runs, where its environment file names something beyond loopback. It
 * does without where that fails: the clock tries again.
 */
export async function ensureAppWay(host: Host, release: ReadyRelease, job: AppJob): Promise<void> {
  const name = jobContainer(host, release, job);
  if (release.plan.network.length === 0 || host.ways.has(name)) return;
  const { member, project, release: id } = release;
  try {
    const { pid } = await readRunningApp(host, name);
    if (!(await host.ways.ensure(name, pid, { member, project, release: id }))) return;
    const ended: Promise<unknown> = host.engine.docker.getContainer(name).wait();
    void ended.catch(() => undefined).then(() => host.ways.close(name));
  } catch (error) {
    host.log("warn", "an app has no way out yet", { member, project, release: id, error });
  }
}

export async function stopAppContainer(host: Pick<Host, "engine">, name: string): Promise<void> {
  const { docker, call } = host.engine;
  await call("app stop", ifFound(ifNeeded(docker.getContainer(name).stop({ t: 5 }))), 20_000);
}
export const removeAppData = (host: Host, app: AppName) => removeVolume(host, dataVolume(host, app), 60_000);

export type LabelledApp = { name: string; stack: string; project: string; release: string; running: boolean };
/** Containers and volumes of apps by their labels, of one stack or of all. */
export async function listAppObjects(host: Host, part: AppPart, stack?: string): Promise<LabelledApp[]> {
  const { docker, call } = host.engine;
  const label = [`growqr.instance=${host.instance.label}`, `growqr.part=${part}`, ...(stack ? [`growqr.stack=${stack}`] : [])];
  const read = (name: string, labels: Record<string, string> | null, running: boolean): LabelledApp => ({
    ...{ name, running, stack: labels?.["growqr.stack"] ?? "" },
    ...{ project: labels?.[labelKeys.project] ?? "", release: labels?.[labelKeys.release] ?? "" },
  });
  if (part === "app") {
    const found = await call("list apps", docker.listContainers({ all: true, filters: { label } }));
    return found.map(({ Names, Labels, State }) => read((Names[0] ?? "").slice(1), Labels, State === "running"));
  }
  const { Volumes } = await call("list app volumes", docker.listVolumes({ filters: JSON.stringify({ label }) }));
  return (Volumes ?? []).map(({ Name, Labels }) => read(Name, Labels, false));
}

type SeenRelease = { release: Omit<ReadyRelease, "member">; running: boolean; startedAt: string };
/** The release of a container, as it says itself; undefined of one that does not say it. */
export async function readReleaseOf(host: Host, { name, project, release }: LabelledApp): Promise<SeenRelease | undefined> {
  const info = await host.engine.call("app inspect", ifFound(host.engine.docker.getContainer(name).inspect()));
  const facts = appFacts.safeParse(parseForeignJson(info?.Config.Labels[labelKeys.facts] ?? "null"));
  const known = id("rel").safeParse(release);
  if (!info || !facts.success || !known.success) return undefined;
  const { plan } = facts.data;
  const ofServices = plan.services.flatMap((service) => serviceVariables[service]);
  const platform = new Set([...Object.keys(platformEnvironment(host, plan)), ...ofServices]);
  const given = info.Config.Env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  const env = Object.fromEntries(given.filter(([key]) => !platform.has(key)));
  const unknown = { reach: [], expects: null, migrated: true, served: true, failed: null };
  const about = { project, release: known.data, env, secrets: null, proven: null, ...unknown };
  return { release: { ...about, ...facts.data }, running: info.State.Running, startedAt: info.State.StartedAt };
}

/** The folder of this machine in which an app keeps its `/data`; undefined where it has none yet. */
export async function findDataFolder(host: Host, app: AppName): Promise<string | undefined> {
  const volume = host.engine.docker.getVolume(dataVolume(host, app));
  return (await host.engine.call("volume inspect", ifFound(volume.inspect())))?.Mountpoint;
}

/** What a container must be for a request to go into it. Throws where it does not run. */
export async function readRunningApp(host: Pick<Host, "engine">, name: string): Promise<{ id: string; pid: number }> {
  const { Id: id, State } = await host.engine.call("app inspect", host.engine.docker.getContainer(name).inspect());
  if (!(State.Pid > 0)) throw new AppError("unavailable", { what: "app is not running" });
  return { id, pid: State.Pid };
}
