import { readFileSync } from "node:fs";
import type { RawData, WebSocket } from "ws";
import { type TerminalNews, type TerminalOrder, terminalClose, terminalLimits, terminalOrder } from "../../schema/terminal/terminal.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { StackUseKind } from "../stack/stack-use.ts";
import { TerminalOutput } from "./terminal-output.ts";
import type { Shell } from "./terminal-shell.ts";

const pingEvery = 20_000;
/** A program that a shell has left behind may hold its terminal open. */
const shellCheckEvery = 2_000;

function readOrder(text: string): TerminalOrder | undefined {
  try {
    return terminalOrder.parse(JSON.parse(text));
  } catch {
    return undefined; // the connection is closed for it
  }
}

/** One shell and whoever looks at it just now: a later viewer takes the place of an earlier one. */
export class TerminalSession {
  readonly id: Id<"trm">;
  readonly startedAt: number;
  readonly pid: number;
  private readonly shell: Shell;
  private readonly output = new TerminalOutput();
  private readonly hear: { ended(): void; used(use: StackUseKind): void };
  private viewer: WebSocket | undefined;
  private unseen = 0;
  private readonly looking: NodeJS.Timeout;
  private waiting: NodeJS.Timeout | undefined;
  private over = false;

  constructor(id: Id<"trm">, shell: Shell, startedAt: number, hear: { ended(): void; used(use: StackUseKind): void }) {
    this.id = id;
    this.startedAt = startedAt;
    this.shell = shell;
    this.pid = shell.pid;
    this.hear = hear;
    this.looking = setInterval(() => this.isAlive() || this.end(), shellCheckEvery).unref();
    shell.stream.on("data", (chunk: Buffer) => this.print(chunk));
    shell.stream.on("error", () => this.end());
    shell.stream.once("close", () => this.end());
    shell.stream.once("end", () => this.end());
    this.await();
  }

  private isAlive(): boolean {
    try {
      return process.kill(this.pid, 0);
    } catch {
      return false; // its process is gone
    }
  }
  /** Whether its shell has begun a program that runs still. */
  hasProgram(): boolean {
    try {
      return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").trim() !== "";
    } catch {
      return false; // its process is gone
    }
  }
  private print(chunk: Buffer): void {
    this.hear.used("looked"); // a program may print for ever
    this.output.add(chunk);
    this.send(chunk);
  }
  private send(chunk: Buffer): void {
    if (!this.viewer || chunk.length === 0) return;
    this.viewer.send(chunk, { binary: true });
    this.unseen += chunk.length;
    // The program waits as soon as the terminal's own buffer in the kernel is full.
    if (this.unseen > terminalLimits.unseenBytes) this.shell.stream.pause();
  }
  /** Waits for a viewer; the session ends when none comes. */
  private await(): void {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.end(), terminalLimits.kept).unref();
  }

  attach(socket: WebSocket): void {
    if (this.over) {
      socket.close(terminalClose.ended);
      return;
    }
    this.viewer?.close(terminalClose.takenOver);
    clearTimeout(this.waiting);
    this.viewer = socket;
    this.unseen = 0;
    this.send(this.output.read());
    socket.send(JSON.stringify({ type: "replayed" } satisfies TerminalNews));
    this.shell.stream.resume();
    let alive = true;
    const ping = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
    }, pingEvery).unref();
    const renewal = setTimeout(() => socket.close(terminalClose.again), terminalLimits.connection).unref();
    socket.on("pong", () => {
      alive = true;
    });
    socket.on("message", (data, binary) => this.take(socket, data, binary));
    socket.on("error", () => undefined); // it says why and closes by itself
    socket.once("close", () => {
      clearInterval(ping);
      clearTimeout(renewal);
      if (this.viewer !== socket) return;
      this.viewer = undefined;
      this.unseen = 0;
      if (this.over) return;
      this.shell.stream.resume(); // what is printed while nobody looks is kept, as far as there is room
      this.await();
    });
  }
  private take(socket: WebSocket, data: RawData, binary: boolean): void {
    if (this.viewer !== socket || this.over) return;
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat([data].flat().map((part) => Buffer.from(part as ArrayBuffer)));
    if (binary) {
      this.hear.used("asked");
      if (this.shell.stream.writableLength + bytes.length <= terminalLimits.inputBytes) this.shell.stream.write(bytes);
      return;
    }
    const order = readOrder(bytes.toString("utf8"));
    if (order) this.follow(order);
    else socket.close(terminalClose.invalid);
  }
  private follow(order: TerminalOrder): void {
    if (order.type === "end") this.end();
    // A shell that has just ended has no size any more.
    else if (order.type === "resize") this.shell.exec.resize({ w: order.columns, h: order.rows }).catch(() => undefined);
    else {
      this.unseen = Math.max(0, this.unseen - order.bytes);
      if (this.unseen <= terminalLimits.unseenBytes / 2) this.shell.stream.resume();
    }
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.looking);
    clearTimeout(this.waiting);
    this.viewer?.close(terminalClose.ended);
    this.shell.stream.destroy();
    this.hear.ended();
  }
}
