import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Server, type Socket } from "node:net";
import { z } from "zod";
import type { AppRefusal } from "../../schema/release/release-host.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { readNetwork } from "../opencode/box-process.ts";
import { noteInsideCaller } from "./admission.ts";
import { closePort, limitConnections } from "./network.ts";
import { startInNetwork } from "./network-child.ts";

/** Where an app finds the proxy, on its loopback. No environment file can name this port for its server. */
export const appProxyPort = 1_023;
const program = new URL("./listen-in-app.ts", import.meta.url).pathname;
const listenMs = 15_000;
/** So many names that an app was not let to are told. */
const mostRefused = 20;

type AppOfMember = { member: string; project: string };
/** Whose connection it is: a release that runs. */
export type AppCaller = { member: Id<"mem">; project: string; release: Id<"rel"> };
type Way = { server: Server; space: string };
type TakeSocket = (socket: Socket) => void;

const orderAnswers = {
  say: z.object({ space: z.string() }),
  listen: z.object({ listens: z.literal(true) }),
  leave: z.object({ left: z.literal(true) }),
};
/** A child in the network of a container; it does what it is told, and answers each order once. */
class InsideChild {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly gone = new AbortController();

  constructor(containerPid: number) {
    this.child = startInNetwork(containerPid, program, [String(appProxyPort)]);
    this.child.once("error", () => this.gone.abort());
    this.child.once("exit", () => this.gone.abort());
    this.pid = this.child.pid ?? 0;
  }
  async order<K extends keyof typeof orderAnswers>(order: K): Promise<{ said: z.infer<(typeof orderAnswers)[K]>; handle: unknown }> {
    const heard = once(this.child, "message", { signal: AbortSignal.any([this.gone.signal, AbortSignal.timeout(listenMs)]) });
    this.child.send(order, (error) => error && this.gone.abort());
    const [message, handle] = (await heard.catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "way out of an app", order }, { cause });
    })) as unknown[];
    const said = orderAnswers[order].safeParse(message);
    if (!said.success) throw new AppError("unavailable", { what: "way out of an app", order, message });
    return { said: said.data as z.infer<(typeof orderAnswers)[K]>, handle };
  }
  end(): void {
    this.child.kill("SIGKILL");
  }
}
/**
 * Has this process listen on the loopback of a container, which has no other network than `space`. The port
 * is closed until `attach` has taken the listener: a connection that came before would be nobody's.
 */
async function listenInside(containerPid: number, space: string, attach: (server: Server) => void): Promise<void> {
  const child = new InsideChild(containerPid);
  try {
    const { said } = await child.order("say");
    if (said.space !== space) throw new AppError("unavailable", { what: "app is not running" }); // its number is another's
    await closePort(child.pid, appProxyPort);
    const { handle } = await child.order("listen");
    if (!(handle instanceof Server)) throw new AppError("unavailable", { what: "way out of an app" });
    attach(handle);
    await child.order("leave");
    await limitConnections(child.pid, appProxyPort);
  } finally {
    child.end();
  }
}

/**
 * The ways out of apps. An app has loopback alone; where its environment file names something beyond, the
 * daemon itself listens there, and gives what comes to the proxy, which so knows whose it is. The listener
 * ends with the container, or with the daemon; the next daemon opens it again.
 */
export class AppWays {
  private readonly ways = new Map<string, Way>();
  private readonly opening = new Map<string, Promise<boolean>>();
  private readonly callers = new WeakMap<Socket, AppCaller>();
  private readonly refused = new Map<string, Map<string, AppRefusal>>();
  private proxy: TakeSocket | undefined;

  /** From now on this proxy serves them; before, nothing gets out. */
  serveBy(proxy: TakeSocket): void {
    this.proxy = proxy;
  }
  has(container: string): boolean {
    return this.ways.has(container);
  }
  /** Makes sure that a container with this first process has its way. True for the caller that opened it. */
  ensure(container: string, pid: number, caller: AppCaller): Promise<boolean> {
    const under = this.opening.get(container);
    if (under) return under.then(() => false);
    const opening = this.listen(container, pid, caller).finally(() => this.opening.delete(container));
    this.opening.set(container, opening);
    return opening;
  }
  private async listen(container: string, pid: number, caller: AppCaller): Promise<boolean> {
    const space = await readNetwork(pid);
    const known = this.ways.get(container);
    if (known && known.space === space) return false;
    this.close(container);
    if (space === undefined) throw new AppError("unavailable", { what: "app is not running" });
    await listenInside(pid, space, (server) => {
      this.ways.set(container, { server, space });
      server.on("error", () => this.close(container)); // the clock opens it again
      server.on("connection", (socket) => this.takeIn(socket, caller));
    }).catch((error: unknown) => {
      this.close(container);
      throw error;
    });
    return true;
  }
  private takeIn(socket: Socket, caller: AppCaller): void {
    this.callers.set(socket, caller);
    noteInsideCaller(socket, `app ${caller.project} of ${caller.member}`);
    socket.setNoDelay(true);
    if (this.proxy) this.proxy(socket);
    else socket.destroy();
  }
  /** Its container has ended, or will not be let out any more. */
  close(container: string): void {
    this.ways.get(container)?.server.close();
    this.ways.delete(container);
  }
  closeAll(): void {
    for (const container of [...this.ways.keys()]) this.close(container);
  }

  /** The app from which a connection comes; undefined of one that comes over a network. */
  findCaller(socket: Socket): AppCaller | undefined {
    return this.callers.get(socket);
  }

  /** Answers whether this is new. */
  noteRefusal({ member, project }: AppOfMember, refusal: AppRefusal): boolean {
    const key = `${member} ${project}`;
    const known = this.refused.get(key) ?? new Map<string, AppRefusal>();
    const name = `${refusal.name}:${refusal.port}:${refusal.usedUp ?? ""}`;
    if (known.has(name) || known.size >= mostRefused) return false;
    this.refused.set(key, known.set(name, refusal));
    return true;
  }
  listRefused({ member, project }: AppOfMember): AppRefusal[] {
    return [...(this.refused.get(`${member} ${project}`)?.values() ?? [])];
  }
  /** Another release serves, or other names are open: what is refused from now on is told anew. */
  forgetRefused({ member, project }: AppOfMember): void {
    this.refused.delete(`${member} ${project}`);
  }
}
