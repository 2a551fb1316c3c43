import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { StackUseKind } from "../../../agent-host/stack/stack-use.ts";
import { TerminalSession } from "../../../agent-host/terminal/terminal-session.ts";
import { terminalClose, terminalLimits } from "../../../schema/terminal/terminal.ts";
import { newId } from "../../../schema/wire/id.ts";
import { limit } from "../../harness/suite/limit.ts";

/**
 * When a terminal ends, and when its connection needs a new ticket (issue 10.12). A shell of this machine
 * stands for the box's.
 */
let shell: ChildProcess;
let server: WebSocketServer;
let session: TerminalSession;
let ends = 0;
let uses: StackUseKind[] = [];
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  ends = 0;
  uses = [];
  shell = spawn("cat", { stdio: ["pipe", "pipe", "ignore"] });
  const stream = Duplex.from({ readable: shell.stdout!, writable: shell.stdin! });
  session = new TerminalSession(newId("trm"), { exec: { resize: async () => undefined }, stream, pid: shell.pid! }, 0, {
    ended: () => (ends += 1),
    used: (use) => uses.push(use),
  });
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => session.attach(socket));
  await once(server, "listening");
});
afterEach(() => {
  session.end();
  shell.kill();
  for (const client of server.clients) client.terminate();
  server.close();
  vi.useRealTimers();
});

type Viewer = { socket: WebSocket; text: () => string };
async function view(): Promise<Viewer> {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  let text = "";
  socket.on("message", (data, binary) => {
    if (binary) text += String(data);
  });
  await once(socket, "open");
  return { socket, text: () => text };
}
const shows = (viewer: Viewer, word: string) => vi.waitFor(() => expect(viewer.text()).toContain(word), { timeout: limit(5_000) });
const leave = async ({ socket }: Viewer) => {
  const left = once(server.clients.values().next().value!, "close");
  socket.close();
  await left;
};

test("a session ends five minutes after its last viewer has left, not before", async () => {
  const viewer = await view();
  vi.advanceTimersByTime(2 * terminalLimits.kept);
  expect(ends).toBe(0); // somebody looks
  await leave(viewer);
  vi.advanceTimersByTime(terminalLimits.kept - 1);
  expect(ends).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ends).toBe(1);
  const late = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect((await once(late, "close"))[0]).toBe(terminalClose.ended);
});
test("one that nobody ever looks at ends as well, and a viewer who comes back in time finds it with what was printed", async () => {
  vi.advanceTimersByTime(terminalLimits.kept - 1);
  const first = await view();
  first.socket.send(Buffer.from("before\n"));
  await shows(first, "before");
  await leave(first);
  vi.advanceTimersByTime(terminalLimits.kept - 1);
  const second = await view();
  await shows(second, "before");
  vi.advanceTimersByTime(terminalLimits.kept);
  expect(ends).toBe(0);
  await leave(second);
  vi.advanceTimersByTime(terminalLimits.kept);
  expect(ends).toBe(1);
});
test("a connection of an hour is told to come again with a new ticket; its session goes on", async () => {
  const viewer = await view();
  viewer.socket.send(Buffer.from("kept\n"));
  await shows(viewer, "kept");
  const closed = once(viewer.socket, "close");
  vi.advanceTimersByTime(terminalLimits.connection - 1);
  expect(viewer.socket.readyState).toBe(WebSocket.OPEN);
  vi.advanceTimersByTime(1);
  expect((await closed)[0]).toBe(terminalClose.again);
  await vi.waitFor(() => expect(server.clients.size).toBe(0), { timeout: limit(5_000) });
  await shows(await view(), "kept");
  expect(ends).toBe(0);
});
test("keys are a use of the stack; what a program prints, for ever perhaps, is something to look at", async () => {
  const viewer = await view();
  viewer.socket.send(Buffer.from("typed\n"));
  await shows(viewer, "typed"); // `cat` prints it
  expect(uses).toEqual(["asked", "looked"]);
  shell.stdin!.write("printed by itself\n");
  await shows(viewer, "printed by itself");
  expect(uses.filter((use) => use === "asked")).toHaveLength(1);
});
