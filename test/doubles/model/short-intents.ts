import { shownName } from "../../../schema/conversation/attachment.ts";
import type { Talk } from "./next.ts";
import { story } from "./story.ts";
import type { Step } from "./wire.ts";

const remember = "platform_remember";
const recall = "platform_recall";
const label = "I'm the demo model that comes with GrowQR: I follow a few simple patterns and there is no intelligence behind me";
/**
 * What it can show, as lines of a list: each begins with words that can be pressed, and then be sent or
 * changed.
 */
const able = [
  "[I want to open a bakery. Build me a website for it](say:): your goal and a plan you can change; then four agents build, test, review and put it together",
  "[Make me a page that says hello](say:): the page is there to be seen in a minute, and you can share it",
  "[Deploy it](say:): what a team has built runs at an address of its own, after your yes",
  "[Remember that I like short answers](say:): it is in your memory from then on",
  "[What do you remember about me?](say:), or why something is as it is: what I know, and where it stands",
  "[Run `git --version`](say:): a program runs in your own container",
  "[Count slowly to 100](say:) or [Write a long story](say:): to watch an answer come, and to stop it",
] as const;
const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");
const nthRequest = ({ messages }: Talk) => messages.filter(({ role }) => role === "user").length;
/** Another one for each request of a conversation. */
const vary = <T>(talk: Talk, all: readonly T[]): T => all[nthRequest(talk) % all.length]!;
/** The whole list is shown once; later on a few of it, others each time. */
function whatItCanShow(talk: Talk): string {
  const shown = talk.messages.some(({ role, content }) => role === "assistant" && content.includes(able[0]));
  if (!shown) return list(able);
  const first = nthRequest(talk) % able.length;
  return list([0, 2, 4].map((step) => able[(first + step) % able.length]!));
}

type Intent = (talk: Talk) => Step | undefined;

const counting: Intent = ({ text }) => {
  const match = /\bcount\b.*?\bto\s+(\d{1,4})/i.exec(text);
  if (!match) return undefined;
  const numbers = Array.from({ length: Number(match[1]) }, (_, index) => `${index + 1}`);
  return { text: `${numbers.join("  ")}`, gapMs: /slow/i.test(text) ? 150 : 15 };
};

const telling: Intent = ({ text }) =>
  /\b(?:write|tell|give)\b.*\b(?:story|tale|essay|poem|long answer)\b/i.test(text)
    ? { text: story, gapMs: /long/i.test(text) ? 40 : 12 }
    : undefined;

const keeping: Intent = ({ text, called, tools }) => {
  const match = /^(?:please\s+)?(?:remember|note|keep in mind|don't forget|save)\b(?:\s+(?:that|this))?\s*[:,]?\s+([\s\S]{3,})$/i.exec(
    text,
  );
  if (!match || /^(?:what|when|how|anything)\b/i.test(match[1]!)) return undefined;
  const fact = match[1]!.trim();
  const done = called.findLast((call) => call.tool === remember);
  if (!done) {
    if (!tools.includes(remember))
      return { text: "The platform's memory does not answer in this session right now. Ask me again in a moment." };
    return { tools: [{ tool: remember, args: { kind: kindOf(fact), title: titleOf(fact), text: fact } }] };
  }
  if (/error|refused|failed|invalid/i.test(done.result ?? "error"))
    return { text: `That could not be written to your memory:\n\n> ${(done.result ?? "no answer").slice(0, 300)}` };
  if (/\bprp_/.test(done.result ?? ""))
    return { text: `I propose to remember as a ${kindOf(fact)}: “${titleOf(fact)}”. It is about you, so it counts once you accept it.` };
  return { text: `I'll remember that. It is in your memory as a ${kindOf(fact)}: “${titleOf(fact)}”.` };
};
function kindOf(fact: string): "goal" | "decision" | "plan" | "profile" {
  if (/\b(?:my goal|i want to|i'd like to|i would like to|learn)\b/i.test(fact)) return "goal";
  if (/\b(?:we decided|i decided|decision|we will use|we chose)\b/i.test(fact)) return "decision";
  return /\b(?:plan|tomorrow|next week|first .* then)\b/i.test(fact) ? "plan" : "profile";
}
function titleOf(fact: string): string {
  const line = fact
    .split("\n")[0]!
    .replace(/[.!]+$/, "")
    .trim();
  const title = line.length > 80 ? `${line.slice(0, 79)}…` : line;
  return title.length < 3 ? `Note: ${title}` : title[0]!.toUpperCase() + title.slice(1);
}

/**
 * The platform asks for the summary of a long conversation: what the person said, in the form that the prompt
 * asks for.
 */
export const summing: Intent = ({ text, messages }) => {
  if (!/^The conversation has grown long\b/.test(text)) return undefined;
  const before = /The summary you began with[^\n]*\n([\s\S]*)$/.exec(text)?.[1]?.trim();
  const asked = messages
    .filter((message) => message.role === "user" && message.content.trim() !== text)
    .map((message) => `- ${message.content.replace(/\s+/g, " ").slice(0, 160)}`);
  return { text: [...(before ? [before.slice(0, 4_000), ""] : ["## What was said", ""]), ...asked.slice(-30)].join("\n") };
};

/**
 * Questions that memory can answer: about a subject, the reason for something, or all that is known about the
 * person.
 */
const recalling: Intent = ({ text, called, tools }) => {
  const why = /^why\b\s*(?:is|are|was|were|did|do|does|have|has)?\s*([^?.!]{3,200})/i.exec(text)?.[1]?.trim();
  const known = /\bwhat\b.*\b(?:decide|know|remember|learn(?:ed|t)?)\b|\bdo you remember\b|\bwhat.*\babout me\b/i.test(text);
  if ((!why && !known) || !tools.includes(recall)) return undefined;
  const about = why ?? /\babout\s+(?!me\b)([^?.!]{3,120})/i.exec(text)?.[1]?.trim();
  const query = about ? searched(about) : "name goal profile decision";
  const done = called.filter((call) => call.tool === recall);
  const first = why ? { in: ["decisions"] } : about ? {} : { in: ["memory", "decisions"] };
  if (!done.length) return { tools: [{ tool: recall, args: { query, ...first } }] };
  if (why && done.length === 1 && !hitsIn(done[0]?.result ?? "").length) return { tools: [{ tool: recall, args: { query } }] };
  const found = hitsIn(done.at(-1)?.result ?? "");
  const hits = about ? found : found.filter((hit) => !/\b(?:plans|tasks)\//.test(hit)); // examples of plans say nothing of the member
  if (hits.length === 0)
    return {
      text: `I found nothing ${about ? `about “${about}”` : "about you"} in your memory. Tell me “remember that …” and I will write it there, where every change is a commit.`,
    };
  return {
    text: `This is what your memory says${about ? "" : " about you"}:\n\n${hits.join("\n")}\n\nI looked it up and did not think about it: I'm the demo model.`,
  };
};
/** The words of a question that say what it is about. */
function searched(text: string): string {
  const small = /^(?:a|an|the|my|your|our|it|this|that|is|are|was|be|so|in|on|of|to|for|you|i|we|did|do|does|made|built|choose|chosen)$/i;
  const words = text.split(/[^\p{L}\p{N}-]+/u).filter((word) => word && !small.test(word));
  return words.join(" ") || text;
}
/** The best passages, each with where it stands. */
function hitsIn(result: string): string[] {
  const all = [...result.matchAll(/^\d+\. \[\w+\] .*\n\s+(.*)\n\s+\((.*)\)$/gm)];
  return all
    .slice(0, 4)
    .map(([, excerpt, where]) => `- ${excerpt?.replace(/^- /, "").replace(/ ?\(?\bagt_[0-9A-Z]{26}\)?/g, "")}\n  (\`${where}\`)`);
}

const running: Intent = ({ text, called }) => {
  const asked = /^(?:please\s+)?(?:run|execute)\s*:?\s+`*([^`][\s\S]*?)`*$/i.exec(text)?.[1];
  const listing = /\b(?:list|show|what)\b.*\b(?:files|folder|directory|workspace)\b/i.test(text) ? "ls -la" : undefined;
  const command = asked ?? listing;
  if (!command) return undefined;
  const done = called.findLast((call) => call.tool === "bash");
  if (!done) return { tools: [{ tool: "bash", args: { command, description: `Run ${command.slice(0, 40)}` } }] };
  const output = (done.result ?? "").trim().split("\n").slice(-40).join("\n").slice(-3000);
  return { text: output ? `That printed:\n\n\`\`\`\n${output}\n\`\`\`` : "It ran and printed nothing." };
};

const thanking: Intent = ({ text }) => {
  const name = /^The member lets you reach (\S+) now\./.exec(text)?.[1];
  return name === undefined ? undefined : { text: `Thank you. Ask me to run it again, and it gets to ${name}.` };
};

/** A message of files alone: what came is named, and what to do with it is asked. */
const receiving: Intent = ({ text, attached }) => {
  if (attached.length === 0 || !/^See the attached files?\.$/.test(text)) return undefined;
  const names = attached.map((name) => `**${shownName(name)}**`).join(", ");
  return {
    text: `I have ${names} now. I can't read ${attached.length === 1 ? "it" : "them"}: I'm the demo model, and a real one would look inside. Tell me what to do with it in words of yours.`,
  };
};

const chatting: Intent = (talk) => {
  const { text } = talk;
  if (/^(?:hi|hello|hey|good (?:morning|evening|afternoon)|hallo|yo)\b/i.test(text))
    return {
      text: `${vary(talk, ["Hello!", "Hello, good to see you.", "Hi there."])} ${label}. Everything around me is real, though: your own container, your own Git, your own memory. Try one of these:\n\n${whatItCanShow(talk)}`,
    };
  if (/\bhow are you\b/i.test(text))
    return { text: `Running fine, thank you. ${label}, but I can show you what your agent will do. Try:\n\n${whatItCanShow(talk)}` };
  if (/\b(?:who|what) are you\b|\bhelp\b|\bwhat can you\b/i.test(text)) return { text: `${label}. What I can show:\n\n${list(able)}` };
  if (/^(?:yes|no|yep|nope|sure|not now)[.!]?$/i.test(text))
    return { text: "All right. Tell me what to do next; `help` says what I can show." };
  if (/^On the page “/.test(text))
    return {
      text: "To change a page by what you say takes a model that thinks. By your own hand you change its words and pictures: press on them, write, and save. To add a line or take one away, open the page's file under **Files** and press the pencil.",
    };
  return /^(?:thanks|thank you|great|nice|ok|okay|cool)\b/i.test(text) ? { text: "You're welcome. What next?" } : undefined;
};

/**
 * Every intent but pages and plans: the first one that fits answers. Where none fits, the model says what it
 * can show.
 */
export function shortIntents(talk: Talk): Step {
  for (const intent of [counting, telling, keeping, recalling, running, thanking, receiving, chatting]) {
    const step = intent(talk);
    if (step) return step;
  }
  const sorry = vary(talk, [
    "That needs a model that thinks.",
    "I can't answer that: it takes a model that thinks.",
    "A real model would answer that; I can't.",
  ]);
  return {
    text: `${sorry} ${label}; with a real model key in the environment the same agent answers this properly. What I can show:\n\n${whatItCanShow(talk)}`,
  };
}
