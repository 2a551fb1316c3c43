import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { AppError } from "../../schema/wire/error.ts";
import { startInNetwork } from "../network/network-child.ts";
import type { LoopbackAddress } from "../opencode/box-process.ts";

const program = new URL("./connect-in-box.ts", import.meta.url).pathname;
const connectMs = 5_000;
const idleMs = 60_000;
/** So many connections of one box are open at once; more are refused. */
const mostConnections = 256;

type Waiting = { resolve: (socket: Socket) => void; reject: (error: Error) => void };
type Answer = { id: number; error?: string };

/**
 * Opens connections inside the network namespace of one box, by a child that lives there while it is needed.
 */
class BoxConnector {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly idle: NodeJS.Timeout;
  private next = 0;
  private open = 0;
  ended = false;

  constructor(boxPid: number) {
    this.child = startInNetwork(boxPid, program);
    this.child.on("message", (answer: Answer, socket?: unknown) => this.take(answer, socket as Socket | undefined));
    this.child.once("error", () => this.end());
    this.child.once("exit", () => this.end());
    this.child.unref();
    this.child.channel?.unref();
    this.idle = setTimeout(() => this.open === 0 && this.end(), idleMs).unref();
  }
  connect(port: number, addresses: readonly LoopbackAddress[]): Promise<Socket> {
    if (this.open >= mostConnections)
      return Promise.reject(new AppError("rate_limited", { what: "connections of a box", open: this.open }));
    const id = ++this.next;
    this.open += 1;
    return new Promise<Socket>((resolve, reject) => {
      const late = setTimeout(() => this.fail(id, new AppError("timeout", { what: "connection into a box", port })), connectMs).unref();
      this.waiting.set(id, {
        resolve: (socket) => {
          clearTimeout(late);
          resolve(socket);
        },
        reject: (error) => {
          clearTimeout(late);
          this.close();
          reject(error);
        },
      });
      this.child.send(
        { id, port, addresses },
        (error) => error && this.fail(id, new AppError("unavailable", { what: "box" }, { cause: error })),
      );
    });
  }
  private take({ id, error }: Answer, socket: Socket | undefined): void {
    const asked = this.waiting.get(id);
    if (!asked || !socket) {
      socket?.destroy(); // it came too late
      this.fail(id, new AppError("unavailable", { what: "port in a box", error }));
      return;
    }
    this.waiting.delete(id);
    socket.once("close", () => this.close());
    socket.setNoDelay(true);
    asked.resolve(socket);
  }
  private fail(id: number, error: Error): void {
    const asked = this.waiting.get(id);
    this.waiting.delete(id);
    asked?.reject(error);
  }
  private close(): void {
    this.open -= 1;
    this.idle.refresh();
  }
  end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.idle);
    if (this.child.connected) this.child.disconnect();
    for (const id of [...this.waiting.keys()]) this.fail(id, new AppError("unavailable", { what: "box" }));
  }
}

/** Connections into the boxes of this machine, by the process id of each box's first process. */
export class BoxConnections {
  private readonly connectors = new Map<number, BoxConnector>();

  /** Tries the addresses in their order: a server may listen on either version of IP alone. */
  connect(boxPid: number, port: number, addresses: readonly LoopbackAddress[] = ["127.0.0.1", "::1"]): Promise<Socket> {
    const known = this.connectors.get(boxPid);
    const connector = known && !known.ended ? known : new BoxConnector(boxPid);
    this.connectors.set(boxPid, connector);
    for (const [pid, each] of this.connectors) if (each.ended) this.connectors.delete(pid);
    return connector.connect(port, addresses);
  }
  close(): void {
    for (const connector of this.connectors.values()) connector.end();
    this.connectors.clear();
  }
}
