import { readlinkSync } from "node:fs";
import type { Agent } from "node:http";
import { AppError } from "../../schema/wire/error.ts";
import { endFreeConnections, keepConnections } from "../gateway/forward.ts";
import type { Host } from "../host.ts";
import type { BoxConnections } from "../preview/box-connector.ts";
import { jobContainer, readRunningApp, stopAppContainer } from "./app-container.ts";
import type { ReadyRelease } from "./release-ledger.ts";

/** How long requests may go on in a release that another one has replaced. */
const drainMs = 10_000;

/**
 * The network of a process, by its kernel's name; undefined once it has ended. A link of `/proc` is read from
 * memory: nothing else waits for it.
 */
function readNetwork(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
/** The running container of a release's server, as long as it runs. */
export class AppProcess {
  readonly release: ReadyRelease;
  /** Docker's. */
  readonly id: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Its exit code; -1 where Docker could not say it. */
  readonly ended: Promise<number>;
  hasEnded = false;
  /** Requests and connections that are in it now. */
  private open = 0;
  private emptied: (() => void)[] = [];
  private readonly space: string;
  private pool: Agent | undefined;
  private retirement: Promise<void> | undefined;
  private recalled = false;
  /** The host itself ends it. */
  isStopping = false;

  private constructor(release: ReadyRelease, facts: { id: string; pid: number; space: string; now: number; ended: Promise<number> }) {
    this.release = release;
    this.id = facts.id;
    this.pid = facts.pid;
    this.space = facts.space;
    this.startedAt = facts.now;
    this.ended = facts.ended.then((code) => {
      this.hasEnded = true;
      this.pool?.destroy();
      return code;
    });
  }
  /** Throws `unavailable` where it does not run. */
  static async find(host: Pick<Host, "instance" | "engine" | "now">, release: ReadyRelease): Promise<AppProcess> {
    const name = jobContainer(host, release, "serve");
    const { id, pid } = await readRunningApp(host, name);
    const space = readNetwork(pid);
    if (space === undefined) throw new AppError("unavailable", { what: "app is not running" });
    const waited: Promise<{ StatusCode: number }> = host.engine.docker.getContainer(id).wait();
    const ended = waited.then(
      ({ StatusCode }) => StatusCode,
      () => -1,
    );
    return new AppProcess(release, { id, pid, space, now: host.now(), ended });
  }

  /** Whether it has ended, or the host ends it now. */
  get isOver(): boolean {
    return this.hasEnded || this.isStopping;
  }
  /** Whether somebody is in it. */
  get isBusy(): boolean {
    return this.open > 0;
  }
  /**
   * Enters one request; the answer leaves it again. Throws where the container has ended: its process's
   * number may be another one's by now, and the network that one's. Nothing waits between that look and the
   * count, so nothing that enters is missed by who waits until it is empty.
   */
  enter(): () => void {
    this.requireThere();
    this.open += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.open -= 1;
      if (this.open === 0) for (const heard of this.emptied.splice(0)) heard();
    };
  }
  private requireThere(): void {
    const isGone = this.isOver || readNetwork(this.pid) !== this.space;
    if (isGone) throw new AppError("unavailable", { what: "app is not running" });
  }
  /** Connections into it, kept from one visit to the next. They end with it. */
  connections({ log }: Pick<Host, "log">, boxes: BoxConnections): Agent {
    const { member, project, plan } = this.release;
    this.pool ??= keepConnections(async () => {
      this.requireThere();
      return boxes.connect(this.pid, plan.port).catch((error: unknown) => {
        log("info", "a port was not reached", { member, project, port: plan.port, error });
        throw error;
      });
    });
    return this.pool;
  }
  /** Stops it when what is in it has ended, or has had its time, unless it is recalled before. */
  retire(host: Pick<Host, "instance" | "engine">): Promise<void> {
    this.retirement ??= this.drain(host).finally(() => {
      this.retirement = undefined;
    });
    return this.retirement;
  }
  private async drain(host: Pick<Host, "instance" | "engine">): Promise<void> {
    if (this.open > 0) await this.untilEmpty();
    const goesOn = this.recalled;
    this.recalled = false;
    if (goesOn || this.hasEnded) return;
    this.isStopping = true;
    if (this.pool) endFreeConnections(this.pool); // some servers end only once all their connections have
    await stopAppContainer(host, jobContainer(host, this.release, "serve"));
  }
  private async untilEmpty(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([late, this.ended, new Promise<void>((resolve) => this.emptied.push(resolve))]);
    clearTimeout(timer);
  }
  /** Whether it goes on; a stop that has begun is waited for. */
  async recall(): Promise<boolean> {
    if (this.isStopping) {
      await this.retirement;
      return false;
    }
    this.recalled = this.retirement !== undefined;
    return !this.hasEnded;
  }
}
