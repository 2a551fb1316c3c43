import { type RunIn, type RunLine, type RunResult, runLine } from "../../schema/proof/proof.ts";
import { AppError, errorCode } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { ErrorClass } from "../../schema/work.ts";
import type { Self } from "../kernel/self.ts";
import { watchAnswer } from "./answer-watch.ts";
import { lines, refusal } from "./host.ts";

/** `diff`: what the task changed, where the room told it. */
export type RunSeen = { result: RunResult; diff: string };
/** `onBeat`: nothing was told for a while, and it goes on. What either throws ends the run. */
type RunHearing = { onLine: (line: RunLine) => Promise<void>; onBeat?: () => Promise<void> };
/**
 * Runs checks in a clean room on the host; `onLine` hears what is worth telling. Throws where the platform
 * could not run them.
 */
export async function runInCleanRoom(self: Self, input: RunIn, requestId: string, { onLine, onBeat }: RunHearing): Promise<RunSeen> {
  const headers = { "content-type": "application/json" };
  using watch = watchAnswer(self.vars.life);
  const call = { method: "POST", path: "/runs", body: JSON.stringify(input), headers, signal: watch.signal, firstByte: 30_000 };
  const answer = await self.vars.stack.open(requestId, call);
  if (answer.status !== 200) throw await refusal(answer, "/runs");
  let diff = "";
  for await (const text of lines(answer.body)) {
    watch.heard();
    if (!text.trim()) {
      watch.beats();
      await onBeat?.();
      continue;
    }
    const line = runLine.parse(parseForeignJson(text));
    if (line.type === "step" && line.step === "room") watch.begun();
    if (line.type === "result") return { result: line.result, diff };
    if (line.type === "error") {
      const code = errorCode.safeParse(line.code);
      throw new AppError(code.success ? code.data : "upstream", { what: "run", code: line.code }, { message: line.message });
    }
    if (line.type === "diff") diff = line.text;
    await onLine(line);
  }
  throw new AppError("unavailable", { what: "run", reason: "the host's answer ended early" });
}

/**
 * As failures of the host: it, or the way to it, is away, has no room, or is at another command. No word on
 * the work is among them.
 */
export const hostFailures = ["unreachable", "exhausted", "rate_limited", "stale_worker"] as const satisfies ErrorClass[];
/**
 * A host that does not answer is away. A run that takes too long, or that the host could not make, is none of
 * that: it would be so each time.
 */
export function toHostFailure(cause: unknown): unknown {
  if (!(cause instanceof AppError)) return cause;
  const ran = cause.meta.what === "run";
  if (ran && cause.code === "upstream") return new AppError("internal", cause.meta, { message: cause.message, cause });
  return !ran && cause.code === "timeout" ? new AppError("unavailable", cause.meta, { cause }) : cause;
}
