import { beyondShortening } from "../../schema/model.ts";
import type { ErrorClass } from "../../schema/work.ts";
import { inWords, type MessageInfo, type View } from "./translation.ts";

/** How a turn ends, from what OpenCode said of it. Pure. */
export type Ending =
  | { state: "done" /** The model was cut at the longest answer that it may give. */; cut?: true }
  | { state: "interrupted"; reason: string }
  | { state: "failed"; reason: string; errorClass: ErrorClass };

/** The reason of a turn whose conversation the model does not take, shortened or not. */
export const tooLong = "too_long";
/** What people read of the reasons that are names. */
export const endingTexts: Record<string, string> = {
  agent_restarted: "The agent's process ended in the middle of this. What it had done is kept; send the message again to go on.",
  host_unreachable: "The machine that runs your stack could not be reached. What was done is kept.",
  empty: "The model answered with nothing at all. Send the message again, or put it in other words.",
  [tooLong]:
    "The conversation is longer than the model takes, even shortened. The next message begins a new session that knows what was said last. Send this one again, or in fewer words.",
  silent: "The model said nothing for four minutes, so it is not waited for any longer. What was done is kept.",
  aborted: "The agent stopped before it was done. What it had done is kept.",
};

const endTooLong: Ending = { state: "failed", reason: tooLong, errorClass: "bug" };

const answers = (view: View) =>
  [...view.messages.values()].filter((each) => each.role === "assistant").sort((a, b) => (a.id < b.id ? 1 : -1));
/**
 * How the turn stands once its session is idle: undefined when OpenCode has left it in the middle or has not
 * begun.
 */
export function readEnding(view: View): Ending | undefined {
  const all = answers(view);
  const said = all.filter((each) => each.summary !== true);
  const last = all[0]?.summary === true && all[0].error ? all[0] : said[0];
  if (!last) return undefined;
  if (last.error?.name === "MessageAbortedError") return { state: "interrupted", reason: "aborted" };
  if (last.error) return broken(last.error);
  if (last.time?.completed === undefined || last.finish === undefined || last.finish === "tool-calls") return undefined;
  const shown = view.tools.size > 0 || [...view.texts.values()].some((each) => each.shown.trim() !== "");
  if (!shown) return { state: "failed", reason: "empty", errorClass: "bug" };
  return said.some((each) => each.finish === "length") ? { state: "done", cut: true } : { state: "done" };
}

const mostShortenings = 3;
/**
 * OpenCode shortens a conversation that the model does not take and asks again, without an end where the
 * model takes the short one neither. Its end, once that has happened a few times with no call between.
 */
export function endShortening(view: View): Ending | undefined {
  const shortened = answers(view).filter((each) => each.summary === true && each.time?.completed !== undefined && each.id > view.called);
  return shortened.length > mostShortenings ? endTooLong : undefined;
}

/**
 * A refusal (4xx, too long, no key) is a failure; a model that was cut off or not reached is an interruption:
 * the same message may well succeed.
 */
function broken(error: NonNullable<MessageInfo["error"]>): Ending {
  if (error.name === "ContextOverflowError") return endTooLong;
  const reason = inWords(error.data?.message ?? error.name);
  if (reason.includes(beyondShortening)) return endTooLong;
  const status = error.data?.statusCode;
  const cut = error.name === "UnknownError" || (error.name === "APIError" && (status === undefined || status >= 500));
  return cut ? { state: "interrupted", reason } : { state: "failed", reason, errorClass: classOf(status) };
}
/** What a refusal of the model's gateway means for trying again. */
function classOf(status: number | undefined): ErrorClass {
  if (status === 401 || status === 403) return "auth";
  if (status === 402) return "exhausted";
  if (status === 408) return "timeout";
  return status === 429 ? "rate_limited" : "bug";
}
