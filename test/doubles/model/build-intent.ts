import { asksForPage } from "./ask.ts";
import { type BuildAsk, buildAsk, wishOf } from "./build-ask.ts";
import { asksForGuestBook, guestBookPlan, isGuestBook } from "./guest-book.ts";
import type { Talk } from "./next.ts";
import { sitePlan, storyTask } from "./team-story.ts";
import type { Called, Step } from "./wire.ts";

/** How the demo model plays the Grow Agent that plans, hands on, and tells how it ended. */
const call = (tool: string, args: Record<string, unknown>, text?: string): Step => ({ ...(text ? { text } : {}), tools: [{ tool, args }] });
const setGoal = "platform_set_goal";
const refusedBy = (done: Called | undefined) => /\bwas not done\b|error|refused|failed|not found/i.test(done?.result ?? "error");
const isSetAlready = (done: Called) => /\bis set already\b/.test(done.result ?? "");
const label =
  "I'm the demo model that comes with GrowQR, so what I build is always the same small site or guest book; the team, its boxes, its Git and its checks are real.";

/** What it is, said once in a conversation. */
const labelOnce = ({ messages }: Talk) => (messages.some(({ content }) => content.includes(label)) ? "" : `\n\n${label}`);

export function buildIntent(talk: Talk): Step | undefined {
  const ended = /^The (task|plan) “([^”]*)”/.exec(talk.text);
  if (ended) return endOf(talk, ended[2]!);
  const project = /^delegate (?:a page )?to coding(?: in ([a-z][a-z0-9-]{1,39}))?\b/i.exec(talk.text);
  if (project) return delegated(talk, project[1] ?? "greeting");
  const ask = talk.tools.includes("platform_plan") ? buildAsk(talk.text) : undefined;
  return ask ? planned(talk, ask) : wished(talk);
}
/** A goal and nothing to build: it is written down, if the member agrees. */
function wished(talk: Talk): Step | undefined {
  const title = talk.tools.includes(setGoal) && !asksForPage(talk.text, undefined) ? wishOf(talk.text) : undefined;
  if (!title || /^(?:please\s+)?remember\b/i.test(talk.text)) return undefined;
  const done = talk.called.find((call) => call.tool === setGoal);
  if (!done) return call(setGoal, { title, why: talk.text.slice(0, 1_000) });
  if (refusedBy(done)) return { text: `That goal could not be proposed:\n\n> ${(done.result ?? "no answer").slice(0, 300)}` };
  if (isSetAlready(done))
    return { text: `“${title}” is a goal of yours already. When there is something to build for it, say “Build me …”.` };
  return {
    text: `I propose “${title}” as a goal of yours; it counts once you accept it. When there is something to build for it, say “Build me …” and a team makes it.\n\nI'm the demo model that comes with GrowQR: advice on how to get there needs a real one.`,
  };
}

function delegated(talk: Talk, project: string): Step {
  const done = talk.called.find((call) => call.tool === "platform_delegate");
  if (!done) return call("platform_delegate", { task: storyTask(project) });
  if (refusedBy(done)) return { text: `That could not be handed on:\n\n> ${done.result ?? "no answer"}` };
  return { text: `A coding agent gets that page as soon as a place is free. You can watch it in its channel.${labelOnce(talk)}` };
}

function planned(talk: Talk, ask: BuildAsk): Step {
  const goal = talk.called.find((call) => call.tool === setGoal);
  if (ask.goal && !goal && talk.tools.includes(setGoal))
    return call(
      setGoal,
      {
        title: ask.goal,
        why: talk.text.slice(0, 1_000),
        steps: [
          { text: `${ask.heading}, built and tested` },
          { text: "Put it online" },
          { text: "Show it to three people and ask what is missing" },
        ],
      },
      "Let me write down what you are after, and make a plan for the first step.",
    );
  const plan = talk.called.find((call) => call.tool === "platform_plan");
  if (!plan) return call("platform_plan", (asksForGuestBook(ask) ? guestBookPlan : sitePlan)(ask, talk.text));
  if (refusedBy(plan)) return { text: `I could not make that plan:\n\n> ${(plan.result ?? "no answer").slice(0, 600)}` };
  const also =
    goal && !refusedBy(goal) && !isSetAlready(goal)
      ? "Your goal is a question of its own: whether I keep it in mind for later. The work starts without it too. "
      : "";
  return {
    text: `Here is a plan for **${ask.heading}**: one agent builds it, a second tries to break it, a third reviews it and a fourth puts it together. Press **Accept and start** on the plan and it begins; nothing starts before, and you can read and change the plan first. ${also.trim()}${labelOnce(talk)}`,
  };
}

const goalIn = (done: Called | undefined) => /gol_[0-9A-Z]{26}/.exec(done?.result ?? "")?.[0];
/**
 * The platform reports how a task or a plan ended. The model records progress on its goal and the decision,
 * and tells the member.
 */
function endOf(talk: Talk, name: string): Step {
  const good = /is verified|is done/.test(talk.text);
  const plan = talk.before.findLast((call) => call.tool === "platform_plan" && call.args.title === name);
  if (!good)
    return {
      text: `**${name}** has failed. ${/has failed: ([\s\S]*?)(?: Repository projects\/| Tell the member)/.exec(talk.text)?.[1] ?? ""}`.trim(),
    };
  if (!plan) return { text: `**${name}** is done, and a clean checkout proved it.` };
  const project = projectOf(plan.args);
  const set = talk.before.findLast((call) => call.tool === setGoal);
  const goal = goalIn(set);
  const progress = talk.called.find((call) => call.tool === setGoal);
  if (goal && !progress && set && Array.isArray(set.args.steps))
    return call(setGoal, {
      goal,
      title: set.args.title,
      steps: set.args.steps.map((step: object, at: number) => ({ ...step, done: at === 0 })),
    });
  const kept = talk.called.find((call) => call.tool === "platform_remember");
  if (!kept && !isGuestBook(project) && talk.tools.includes("platform_remember"))
    return call("platform_remember", {
      kind: "decision",
      title: `${project}: plain HTML without packages`,
      text: `“${name}” was built as plain HTML with a server of one file, in \`projects/${project}\`, version 1.0.0 on \`main\`.\n\nWhy plain HTML: it opens anywhere, there is nothing to build, and every page can be checked in a clean room without a network.`,
    });
  const lines = [
    "- On the plan's card you can open it, share it, download it, change something, or put it online",
    "- Each step was checked by the platform, apart from the agent that did it; the receipts stand on the card too",
    kept && !refusedBy(kept) ? "- The decision behind it is in your memory: ask me why it is plain HTML" : "",
    /^Proposed/.test(progress?.result ?? "") ? `- I propose to note the progress on your goal “${String(set?.args.title)}”` : "",
    /still waits/.test(progress?.result ?? "")
      ? `- Your goal “${String(set?.args.title)}” still waits for you, so nothing is noted on it`
      : "",
  ];
  return { text: `**${name}**: done, and a clean checkout proved it.\n\n${lines.filter(Boolean).join("\n")}` };
}
function projectOf(args: Record<string, unknown>): string {
  const [first] = Array.isArray(args.tasks) ? (args.tasks as { project?: string }[]) : [];
  return first?.project ?? "work";
}
