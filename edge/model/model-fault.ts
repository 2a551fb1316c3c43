import { z } from "zod";

/**
 * What is wrong with a provider's answer, in words that the member reads. An error inside a
 * stream has no status: by the words at its end (`connection lost`, `stream timed out`, `server
 * error`) OpenCode knows that it may try again, which it does five times with a growing wait.
 */
/** `said`: the provider's own refusal. `final`: the same call again would be the same. */
export type ModelFault = { text: string; said?: string; final?: boolean };

const provider = "The model's provider";
export const modelFaults = {
  empty: { text: `${provider} sent no answer at all: connection lost.` },
  cut: { text: `${provider} broke off in the middle of the answer: connection lost.` },
  nonsense: { text: `${provider} sent something that is no answer: server error.` },
  foreign: {
    text: `${provider} answers in another form than OpenAI's: is MODEL_URL the address of its OpenAI-compatible API?`,
    final: true,
  },
  silent: (ms: number): ModelFault => ({ text: `The model said nothing for ${seconds(ms)}: stream timed out.` }),
  late: (ms: number): ModelFault => ({ text: `${provider} did not begin to answer within ${seconds(ms)}.` }),
  unreached: { text: `${provider} could not be reached.` },
  page: (type: string): ModelFault => ({
    text: type === "" ? `${provider} sent no answer at all.` : `${provider} sent ${type.slice(0, 60)} instead of an answer.`,
  }),
  said: (body: string): ModelFault => ({ text: `${provider} failed: ${excerptOfBody(body) || "it gave no reason"}`, said: body }),
};
const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;

const providerRefusal = z.looseObject({ error: z.union([z.string(), z.looseObject({ message: z.string() })]) });
/** The provider's own words in what it sent, on one line and short. */
export function excerptOfBody(body: string): string {
  const parsed = providerRefusal.safeParse(parseFault(body));
  if (!parsed.success) return "";
  const { error } = parsed.data;
  return (typeof error === "string" ? error : error.message).slice(0, 600).replace(/\s+/g, " ").trim().slice(0, 300).toWellFormed();
}
function parseFault(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page: it has no words for a member
  }
}

/** Whose key the provider was called with. */
export type KeyWhose = "platform" | "member";
/**
 * A provider's refusal by its status. `status`: the one that OpenCode is told, absent
 * where it would be taken for a word about the member. `passed`: the provider's own
 * body where OpenCode must read it (too long a conversation is known by its text).
 */
export function faultOfStatus(
  status: number,
  body: string,
  whose: KeyWhose = "platform",
): { status?: number; passed?: string; fault: ModelFault } {
  const words = excerptOfBody(body);
  const because = words ? `: ${words}` : ".";
  const mine = whose === "member";
  const key = mine ? "your key" : "the platform's key";
  if (status === 401 || status === 403) return { fault: { text: `${provider} does not accept ${key} (status ${status}).` } };
  if (status === 402) return { status, fault: { text: `${provider} wants ${mine ? "you" : "the platform"} to pay first (status 402).` } };
  if (status === 429) return { status, fault: { text: `${provider} asks to wait${because}` } };
  if (status >= 500) return { status, fault: { text: `${provider} failed (status ${status})${because}` } };
  if (status < 400) return { fault: { text: `${provider} sent no answer but status ${status}.` } };
  return { status, ...(words ? { passed: body } : {}), fault: { text: `${provider} refused the request (status ${status}).` } };
}

/** A wait that a provider may ask for; a longer one is tried again all the same, and then ends. Seconds. */
const longestWait = 60;
/** The wait that a refusal asks for, in whole seconds. */
export function cappedRetryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get("retry-after-ms") ?? Number.NaN);
  const asked = headers.get("retry-after");
  const wanted = Number.isFinite(ms) ? ms / 1000 : asked === null ? Number.NaN : /^\d+(\.\d+)?$/.test(asked) ? Number(asked) : longestWait;
  return Number.isFinite(wanted) ? Math.min(longestWait, Math.max(0, Math.ceil(wanted))) : undefined;
}
