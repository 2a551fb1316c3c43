import { type HostCommandEnd, type HostCommandIn, type HostCommandLine, hostCommandLine } from "../../schema/project/host-command.ts";
import { AppError, type ErrorCode, errorCode } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { Self } from "../kernel/self.ts";
import { watchAnswer } from "../runner/answer-watch.ts";
import { lines, refusal } from "../runner/host.ts";

type HostFailure = Extract<HostCommandLine, { type: "error" }>;
type CommandHearing = {
  requestId: string;
  end: AbortSignal;
  /** Each line but the last. */
  onLine: (line: Exclude<HostCommandLine, HostCommandEnd | HostFailure>) => Promise<void>;
  /** Nothing was told for a while, and it goes on. */
  onBeat: () => Promise<void>;
};
/** What stands against the run itself: it would be so each time. Other failures are those of the platform. */
const lasting: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["conflict", "invalid", "not_found"]);
const tookTooLong = "It did not end in its time, with all that is made and installed before it. Nothing more is tried.";

/** The room of one before is not gone yet; or the machine is of a version that knows of no commands. */
function readRefusal(cause: AppError): AppError {
  if (cause.code === "conflict") return new AppError("no_capacity", {}, { message: "Your machine is at another line of yours.", cause });
  const old = "The software of your machine is older than this. It goes on once that is updated.";
  return cause.code === "not_found" ? new AppError("no_capacity", {}, { message: old, cause }) : cause;
}
/**
 * Has a command run in a clean room of the member's host. `refused`: in words, why it can't be run. Throws
 * where the platform could not run it.
 */
export async function runOnHost(self: Self, input: HostCommandIn, heard: CommandHearing): Promise<HostCommandEnd | { refused: string }> {
  const [path, headers] = ["/commands", { "content-type": "application/json" }];
  using watch = watchAnswer(AbortSignal.any([self.vars.life, heard.end]));
  const call = { method: "POST", path, body: JSON.stringify(input), headers, signal: watch.signal, firstByte: 30_000 };
  const answer = await self.vars.stack.open(heard.requestId, call);
  if (answer.status !== 200) throw readRefusal(await refusal(answer, path));
  for await (const text of lines(answer.body)) {
    watch.heard();
    if (!text.trim()) {
      watch.beats();
      await heard.onBeat();
      continue;
    }
    const line = hostCommandLine.parse(parseForeignJson(text));
    if (line.type === "complete") return line;
    if (line.type === "error") {
      const code = errorCode.catch("upstream").parse(line.code);
      if (code === "timeout") return { refused: tookTooLong };
      if (lasting.has(code)) return { refused: line.message };
      throw new AppError(code, { what: "command", code: line.code }, { message: line.message });
    }
    if (line.type === "begun") watch.begun();
    await heard.onLine(line);
  }
  throw new AppError("unavailable", { what: "command", reason: "the host's answer ended early" });
}
