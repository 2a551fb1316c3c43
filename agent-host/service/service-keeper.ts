import { z } from "zod";
import { ifFound, ifNeeded, removeContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { reopenAgentServices } from "./agent-services.ts";
import { hasCurrentPassword } from "./app-services.ts";
import { ensureWay, wayLabels } from "./service-way.ts";
import { ensureServices, servicesLimits, stopServices, waitForServicesImage } from "./services-container.ts";

/** For so long the services of a stack run on that nobody uses, milliseconds. */
const idleMs = 60_000;
/**
 * Each so many looks it is seen whether a way that runs is still in the network of its target: one that was
 * started again so soon that no look met it without has a new network.
 */
const looksBetween = 12;

const labels = z.record(z.string(), z.string());
export type ServicePart = {
  name: string;
  /** Docker's. */
  id: string;
  stack: string;
  part: string;
  state: "running" | "paused" | "ended";
  /** As it was named when it was made. */
  image: string;
  target: string | undefined;
  way: string | undefined;
};
/** What is done for the services of one stack: they are started, led to again, renewed, or stopped. */
export type ServiceWork = { start: boolean; lead: { target: string; way: string }[]; unused: string[]; idle: boolean; renew: boolean };
type ServiceLook = { thorough?: boolean; image: string };

/**
 * What to do, by the containers of one stack. An app says on its label which way it needs; the box has one
 * from the first agent on that was given a service. A container that is paused needs none until it goes on.
 * `thorough`: a way that runs is led anew too, which changes nothing where it leads out of the right network.
 * `image`: today's; services that run from another one are made anew, unless a migration uses them just now.
 */
export function planServices(parts: readonly ServicePart[], { thorough = false, image }: ServiceLook): ServiceWork {
  const ways = parts.filter(({ part }) => part === "service-way");
  const states = new Map(parts.map(({ name, state }) => [name, state]));
  const needs = [
    ...parts.flatMap(({ part, name, way }) => (part === "app" && way ? [{ target: name, way }] : [])),
    ...ways.flatMap(({ target, way }) => (target && way ? [{ target, way }] : [])),
  ].filter(({ target }) => states.get(target) === "running");
  const led = new Set(thorough ? [] : ways.filter(({ state }) => state === "running").map(({ target }) => target));
  const services = parts.find(({ part }) => part === "services");
  const migrates = parts.some(({ part, name, state }) => part === "app" && state === "running" && name.endsWith("-migrate"));
  return {
    start: needs.length > 0 && services?.state !== "running",
    lead: needs.filter(({ target }, at) => !led.has(target) && needs.findIndex((each) => each.target === target) === at),
    unused: ways.filter(({ target }) => (states.get(target ?? "") ?? "ended") === "ended").map(({ name }) => name),
    idle: needs.length === 0 && services?.state === "running",
    renew: needs.length > 0 && services?.state === "running" && services.image !== image && !migrates,
  };
}

/** Looks after the services of all stacks: what uses them finds them, and what nobody uses stops. */
export class ServiceKeeper {
  private readonly host: Host;
  private readonly idleSince = new Map<string, number>();
  /** The services of each member whose users were last seen to hold the passwords of today. */
  private readonly checked = new Map<string, string>();
  private looking = false;
  private looks = 0;
  private running = 0;

  constructor(host: Host) {
    this.host = host;
  }
  /** What the clock does. One look at a time; stacks that use no services cost one listing for all. */
  tick(): void {
    if (this.looking) return;
    this.looking = true;
    this.look()
      .catch((error: unknown) => this.host.log("warn", "services were not looked after", { error }))
      .finally(() => {
        this.looking = false;
      });
  }
  /** What services may take that ran at the last look. */
  runningMb(): number {
    return this.running * servicesLimits.memoryMb;
  }
  private async look(): Promise<void> {
    const parts = await this.list();
    this.running = parts.filter(({ part, state }) => part === "services" && state === "running").length;
    const thorough = this.looks++ % looksBetween === 0;
    // The container of services itself may be missing: who was to make it anew has died.
    const using = new Set(parts.flatMap(({ stack, part, way }) => (part === "services" || way ? [stack] : [])));
    for (const row of this.host.ledger.stacks()) {
      if (!using.has(row.stack)) continue;
      const mine = parts.filter(({ stack }) => stack === row.stack);
      await this.tend(row, planServices(mine, { thorough, image: this.host.images.tags.services }), mine).catch((error: unknown) =>
        this.host.log("warn", "services were not tended", { member: row.member, error }),
      );
    }
  }
  private async tend(row: LedgerStackRow, work: ServiceWork, parts: readonly ServicePart[]): Promise<void> {
    for (const name of work.unused) await removeContainer(this.host.engine, name);
    const mayRun = row.ceiling === "running";
    const services = parts.find(({ part }) => part === "services");
    if (work.renew && mayRun && services) {
      await waitForServicesImage(this.host, AbortSignal.timeout(idleMs)); // they are away for the start alone
      this.host.log("info", "services are started again, of today's image", { member: row.member });
      await stopServices(this.host, services.name);
    }
    if ((work.start || work.renew) && mayRun) {
      if (work.start) this.host.log("warn", "services are started again", { member: row.member });
      await ensureServices(this.host, row, AbortSignal.timeout(idleMs));
    }
    if (mayRun) await Promise.all(work.lead.map((end) => ensureWay(this.host, row, end, [])));
    if (mayRun) await this.checkPasswords(row, parts);
    if (!work.idle) return void this.idleSince.delete(row.member);
    const since = this.idleSince.get(row.member) ?? this.host.elapsed();
    this.idleSince.set(row.member, since);
    if (services && this.host.elapsed() - since >= idleMs) await stopServices(this.host, services.name);
  }
  /**
   * A volume goes only with the container that uses it: services that were made anew may have lost all that
   * they held, passwords too. Agents are given those of today; an app that holds another one is ended, and
   * whoever keeps it running starts it with that of today.
   */
  private async checkPasswords(row: LedgerStackRow, parts: readonly ServicePart[]): Promise<void> {
    const running = parts.filter(({ state }) => state === "running");
    const services = running.find(({ part }) => part === "services");
    if (!services || this.checked.get(row.member) === services.id) return;
    for (const { part, name, way } of running) {
      if (part !== "app" || way === undefined || (await hasCurrentPassword(this.host, row, name, way))) continue;
      this.host.log("warn", "the data of services is gone", { member: row.member, name });
      await this.host.engine.call("app stop", ifFound(ifNeeded(this.host.engine.docker.getContainer(name).stop({ t: 5 }))), 20_000);
    }
    if (running.some(({ part }) => part === "opencode")) await reopenAgentServices(this.host, row);
    this.checked.set(row.member, services.id);
  }
  private async list(): Promise<ServicePart[]> {
    const { docker, call } = this.host.engine;
    const filters = { label: [`growqr.instance=${this.host.instance.label}`] };
    const listed = await call("list services", docker.listContainers({ all: true, filters }));
    return listed.map(({ Id, Names, Labels, State, Image }) => {
      const found = labels.catch({}).parse(Labels);
      const about = { stack: found["growqr.stack"] ?? "", part: found["growqr.part"] ?? "", target: found[wayLabels.target] };
      return {
        name: (Names[0] ?? "").slice(1),
        id: Id,
        image: Image,
        state: State === "running" || State === "paused" ? State : "ended",
        way: found[wayLabels.way],
        ...about,
      };
    });
  }
}
