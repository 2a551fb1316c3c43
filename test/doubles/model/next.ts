import { carriedOn, readAsked } from "./asked.ts";
import { buildIntent } from "./build-intent.ts";
import { deployIntent } from "./deploy-intent.ts";
import { pageIntent } from "./page-intent.ts";
import { parallelIntent } from "./parallel-story.ts";
import { overflowStep, scriptStep, tooLongWithTools } from "./script.ts";
import { shortIntents, summing } from "./short-intents.ts";
import { teamIntent } from "./team-intent.ts";
import { type Called, type ChatIn, calledSince, type Message, type Step } from "./wire.ts";

/** What an intent sees: the person's request, the calls since then, and all calls of the conversation. */
export type Talk = {
  text: string;
  /** The names of the files that came with the request. */
  attached: string[];
  called: Called[];
  before: Called[];
  tools: string[];
  /** The agent's own directory, as OpenCode's system prompt names it. */
  directory: string;
  messages: Message[];
};

/**
 * OpenCode itself makes requests without tools: for a session's title, or for the summary of a long
 * conversation.
 */
function withoutTools(messages: Message[], text: string): Step {
  const system = messages[0]?.role === "system" ? messages[0].content : "";
  if (/title/i.test(system)) return { text: titleOf(text) };
  const asked = messages.filter((message) => message.role === "user").map((message) => `- ${message.content.slice(0, 200)}`);
  const kept = messages.some(({ content }) => content.includes(tooLongWithTools)) ? `\n${tooLongWithTools}` : "";
  return { text: `Summary so far. The person asked:\n${asked.slice(-8).join("\n")}${kept}` };
}
function titleOf(text: string): string {
  const words = text
    .replace(/SCRIPT:[\s\S]*END/, "")
    .replace(/[^\p{L}\p{N}' -]+/gu, " ")
    .trim()
    .split(/\s+/);
  return words.slice(0, 6).join(" ") || "Conversation";
}

/** The demo model: a pure function from the conversation to the next step. */
export function next(chat: ChatIn): Step {
  const asked = readAsked(chat.messages);
  const { text, at: last } = asked;
  const refused = overflowStep(chat.messages, chat.tools.length > 0);
  if (refused) return refused;
  if (!chat.tools.length) return withoutTools(chat.messages, text);
  const scripted = scriptStep(chat.messages, last);
  if (scripted) return scripted;
  const talk: Talk = {
    text,
    attached: asked.attached,
    called: calledSince(chat.messages, last),
    before: calledSince(chat.messages.slice(0, Math.max(0, last)), -1),
    tools: chat.tools.map((tool) => tool.function.name),
    directory: directoryOf(chat.messages),
    messages: chat.messages,
  };
  const step =
    summing(talk) ??
    parallelIntent(talk) ??
    teamIntent(talk) ??
    deployIntent(talk) ??
    buildIntent(talk) ??
    pageIntent(talk) ??
    shortIntents(talk);
  return carriedOn(step, asked);
}

function directoryOf(messages: Message[]): string {
  const system = messages.filter((message) => message.role === "system").map((message) => message.content);
  return /Working directory: (\S+)/.exec(system.join("\n"))?.[1] ?? ".";
}
