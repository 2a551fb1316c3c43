import { z } from "zod";
import {
  type AppLine,
  type AppMinute,
  type AppPut,
  type AppSeen,
  appCancelled,
  appLine,
  appLogLine,
  appMetrics,
  appSeen,
} from "../../schema/release/release-host.ts";
import type { ReachPut } from "../../schema/stack/egress-refusal.ts";
import { AppError, errorCode } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { Id } from "../../schema/wire/id.ts";
import { watchAnswer } from "../runner/answer-watch.ts";
import { lines, refusal } from "../runner/host.ts";
import type { Stack } from "../stack/stack.ts";

/** What the host of a stack is asked about the app of a project. */
export type AppEnd = Extract<AppLine, { type: "end" }>;
type AppFailure = Extract<AppLine, { type: "error" }>;
const appPath = (project: string) => `/apps/${project}`;

/** Has a release served; `onLine` hears what is done for it. The same again is told how it went. */
export async function putApp(
  stack: Stack,
  requestId: string,
  given: { project: string; body: AppPut; onLine: (line: Exclude<AppLine, AppEnd | AppFailure>) => Promise<void>; life: AbortSignal },
): Promise<AppEnd> {
  const path = appPath(given.project);
  const headers = { "content-type": "application/json" };
  using watch = watchAnswer(given.life);
  const call = { method: "PUT", path, body: JSON.stringify(given.body), headers, signal: watch.signal, firstByte: 30_000 };
  const answer = await stack.open(requestId, call);
  if (answer.status !== 200) throw await refusal(answer, path);
  for await (const text of lines(answer.body)) {
    watch.heard();
    if (!text.trim()) {
      watch.beats();
      continue;
    }
    const line = appLine.parse(parseForeignJson(text));
    if (line.type === "end") return line;
    if (line.type === "error") {
      const code = errorCode.safeParse(line.code);
      throw new AppError(code.success ? code.data : "upstream", { what: "app", code: line.code }, { message: line.message });
    }
    await given.onLine(line);
  }
  throw new AppError("unavailable", { what: "app", reason: "the host's answer ended early" });
}

/** Undefined: the host knows of no app of this project. */
export async function findApp(stack: Stack, requestId: string, project: string): Promise<AppSeen | undefined> {
  try {
    return await stack.json(requestId, appSeen, { method: "GET", path: appPath(project) });
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  }
}
/** The minutes of the last hour; none where the host knows of no app of this project. */
export async function readMinutes(stack: Stack, requestId: string, project: string): Promise<AppMinute[]> {
  try {
    return (await stack.json(requestId, appMetrics, { method: "GET", path: `${appPath(project)}/metrics?hours=1` })).minutes;
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return [];
    throw error;
  }
}
/** The end of what the app's releases have printed. */
export async function readPrinted(stack: Stack, requestId: string, project: string): Promise<string> {
  const call = { method: "GET", path: `${appPath(project)}/logs?lines=200`, firstByte: 10_000 };
  const answer = await stack.open(requestId, call);
  if (answer.status !== 200) throw await refusal(answer, call.path);
  const texts: string[] = [];
  for await (const line of lines(answer.body)) {
    const read = line.trim() ? appLogLine.safeParse(parseForeignJson(line)) : undefined;
    if (read?.success) texts.push(read.data.text.slice(0, 2_000));
  }
  return texts.join("\n");
}
/** Takes the app and its data off the host. One that is not there is gone already. */
export async function removeApp(stack: Stack, requestId: string, project: string): Promise<void> {
  const path = `${appPath(project)}?data=true`;
  const answer = await stack.open(requestId, { method: "DELETE", path, firstByte: 30_000 });
  if (answer.status !== 200 && answer.status !== 404) throw await refusal(answer, path);
  answer.body.resume();
}
/** Gives a release up. False: it has served already, and goes on. */
export async function cancelOnHost(stack: Stack, requestId: string, project: string, release: Id<"rel">): Promise<boolean> {
  const call = { method: "POST", path: `${appPath(project)}/cancel`, body: { release }, firstByte: 10_000 };
  return !(await stack.json(requestId, appCancelled, call)).served;
}
/** Names that what serves may reach, in place of those of before. */
export async function setAppReach(stack: Stack, requestId: string, project: string, names: string[]): Promise<void> {
  const path = `${appPath(project)}/reach`;
  await stack.json(requestId, z.unknown(), { method: "PUT", path, body: { names } satisfies ReachPut, firstByte: 10_000 });
}
/** How the app is by then, `findApp` tells. */
export async function changeApp(stack: Stack, requestId: string, project: string, act: "roll-back" | "power", body: object): Promise<void> {
  await stack.json(requestId, z.unknown(), { method: "POST", path: `${appPath(project)}/${act}`, body, firstByte: 20_000 });
}
