import { once } from "node:events";
import { SourceMap } from "node:module";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { limit } from "../limit.ts";
import { portsOf } from "./processes.ts";

/** How long a process may take to open its inspector, and a busy one to stop in the debugger. */
const patience = (): number => limit(2_000);
const pages = z.tuple([z.object({ webSocketDebuggerUrl: z.string() })]);
const place = z.object({ scriptId: z.string(), lineNumber: z.number(), columnNumber: z.number() });
const frame = z.object({ functionName: z.string(), location: place });
const paused = z.object({ method: z.literal("Debugger.paused"), params: z.object({ callFrames: z.array(frame) }) });
const script = z.object({ scriptId: z.string(), url: z.string(), sourceMapURL: z.string().default("") });
type Script = z.infer<typeof script>;
const parsed = z.object({ method: z.literal("Debugger.scriptParsed"), params: script });
const answered = z.object({ id: z.number(), result: z.object({ result: z.object({ value: z.string() }) }) });

/** Has a process open its inspector, which works while its event loop is blocked, and answers its address. */
async function openInspector(pid: number): Promise<string> {
  const before = new Set(portsOf(pid));
  process.kill(pid, "SIGUSR1");
  for (const end = Date.now() + patience(); Date.now() < end; await after(50)) {
    const port = portsOf(pid).find((each) => !before.has(each));
    if (port === undefined) continue;
    const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(limit(2_000)) });
    return pages.parse(await response.json())[0].webSocketDebuggerUrl;
  }
  throw new Error("its inspector did not open");
}

/** One place of a stack, in the source as it was written where its map is known. */
function formatFrame({ functionName, location }: z.infer<typeof frame>, from: Script | undefined): string {
  const url = from?.url ?? "";
  const file = url.startsWith("file:") ? fileURLToPath(url) : url;
  let [line, column] = [location.lineNumber, location.columnNumber];
  const encoded = /^data:application\/json[^,]*;base64,(.*)$/s.exec(from?.sourceMapURL ?? "")?.[1];
  if (encoded) {
    const entry = new SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString())).findEntry(line, column);
    if ("originalLine" in entry) [line, column] = [entry.originalLine, entry.originalColumn];
  }
  return `at ${functionName || "(anonymous)"} (${file}:${line + 1}:${column + 1})`;
}

/** What a connected inspector says: the stack of what runs, or what an event loop that is idle waits for. */
async function askInspector(socket: WebSocket): Promise<string[]> {
  const scripts = new Map<string, Script>();
  const stack = Promise.withResolvers<string[]>();
  const idle = Promise.withResolvers<string[]>();
  const send = (id: number, method: string, params = {}) => socket.send(JSON.stringify({ id, method, params }));
  socket.addEventListener("message", ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    const known = parsed.safeParse(message).data?.params;
    if (known) scripts.set(known.scriptId, known);
    const frames = paused.safeParse(message).data?.params.callFrames.map((each) => [each, scripts.get(each.location.scriptId)] as const);
    if (frames) stack.resolve(frames.every(([, from]) => from?.url.startsWith("node:")) ? [] : frames.map((each) => formatFrame(...each)));
    const waits = answered.safeParse(message).data?.result.result.value;
    if (waits !== undefined) idle.resolve([`(idle; it waits for ${waits || "nothing"})`]);
  });
  send(1, "Debugger.enable");
  send(2, "Debugger.pause");
  const busy = await Promise.race([stack.promise, after(patience(), [])]);
  if (busy.length > 0) return busy; // else it is idle, or no more than a timer of Node's own went off
  send(3, "Debugger.disable"); // or the question itself would stop in the debugger
  send(4, "Runtime.evaluate", { expression: "process.getActiveResourcesInfo().join(', ')" });
  return Promise.race([idle.promise, after(patience(), ["(it tells neither a stack nor what it waits for)"])]);
}

/**
 * The JavaScript stack of a process of Node, also while its event loop is blocked. Its inspector is closed
 * again, so that its port is free for the next.
 */
export async function readJavaScriptStack(pid: number): Promise<string[]> {
  try {
    const socket = new WebSocket(await openInspector(pid));
    await once(socket, "open", { signal: AbortSignal.timeout(limit(2_000)) });
    const lines = await askInspector(socket);
    socket.send(JSON.stringify({ id: 5, method: "Debugger.disable" }));
    socket.send(JSON.stringify({ id: 6, method: "Runtime.evaluate", params: { expression: "process._debugEnd()" } }));
    await after(50);
    socket.close();
    return lines;
  } catch (error) {
    return [`(no stack: ${error instanceof Error ? error.message : String(error)})`];
  }
}
