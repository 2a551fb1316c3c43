import { asksForPage } from "./ask.ts";
import { type BuildAsk, buildAsk, wishOf } from "./build-ask.ts";
import { asksForGuestBook, guestBookPlan, isGuestBook } from "./guest-book.ts";
import type { Talk } from "./next.ts";
import {
  headingOf,
  isChange,
  isTooLate,
  lastSitePlan,
  linesOf,
  planId,
  planTool,
  projectOf,
  refusedAs,
  siteNow,
} from "./site/made-plans.ts";
import { addToStory, changeSite, keepPromise, tellPromise } from "./site/site-change.ts";
import { describeDetails, hasDetails, readDetails, type SiteDetails, withoutDetails } from "./site/site-details.ts";
import { fullDetails, sitePlan, storyTask } from "./team-story.ts";
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
  const online = /^([a-z][a-z0-9-]*) is online: everybody sees it at (\S+?)\. /.exec(talk.text);
  if (online) return toldOnline(talk, online[1]!, online[2]!);
  const project = /^delegate (?:a page )?to coding(?: in ([a-z][a-z0-9-]{1,39}))?\b/i.exec(talk.text);
  if (project) return delegated(talk, project[1] ?? "greeting");
  const ask = talk.tools.includes(planTool) ? buildAsk(withoutDetails(talk.text)) : undefined;
  return ask ? planned(talk, ask) : (detailed(talk) ?? wished(talk));
}
/** The member has said no to the plan, or left it: another one stands beside it. */
const standsBeside = (plans: readonly Called[]) => plans.length === 1 && refusedAs(plans[0]) !== undefined && !isTooLate(plans[0]);
/** What a site's plan says, or a try to replace it while it was at work. */
function toldBefore(talk: Talk, site: Called): { details: SiteDetails; story: unknown } {
  const { current, late = site } = siteNow(talk, site);
  const last = planId(current) === planId(site) ? late : site;
  return { details: linesOf(last), story: last.args.story };
}
/** The member says what it is called, where it is and when it is open: the plan that waits is made anew. */
function detailed(talk: Talk): Step | undefined {
  const site = lastSitePlan(talk);
  const told = /^On the page “/.test(talk.text) ? {} : readDetails(talk.text); // there it names one place of the page
  if (!site || !hasDetails(told) || !talk.tools.includes(planTool)) return undefined;
  const plans = talk.called.filter((call) => call.tool === planTool);
  if (isChange(siteNow(talk, site).current) || plans.some(isTooLate)) return changeSite(talk, site, told);
  const before = toldBefore(talk, site);
  const details = { ...before.details, ...told };
  const ask = { heading: headingOf(site), project: projectOf(site), goal: undefined };
  const made = sitePlan(ask, addToStory(before.story, talk.text), details);
  const plan = plans.at(-1);
  if (!plan) return call(planTool, { ...made, replaces: planId(site) });
  if (standsBeside(plans)) return call(planTool, made);
  if (planId(plan))
    return {
      text: `The plan says now: ${describeDetails(fullDetails(ask.heading, details))}. Press **Accept and start** and it begins, or tell me what is not so.`,
    };
  return refusedPlan(plan);
}
const refusedPlan = (plan: Called): Step => ({ text: `I could not make that plan:\n\n> ${(plan.result ?? "no answer").slice(0, 600)}` });
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
  const told = readDetails(talk.text);
  const site = lastSitePlan(talk, ask.project);
  const plans = talk.called.filter((call) => call.tool === planTool);
  const plan = plans.at(-1);
  if (plans.some(isTooLate)) {
    if (site && hasDetails(told)) return changeSite(talk, site, told);
    return {
      text: `You have one already, or it is being built: **${ask.project}**, under **Projects**. To change it, open it there and press **Change something…**. For another one say what else it is for, such as “Build me a website for my café”.`,
    };
  }
  const before = site && toldBefore(talk, site);
  const details = { ...before?.details, ...told };
  const beside = standsBeside(plans);
  if (!plan || beside) {
    const made = asksForGuestBook(ask) ? guestBookPlan(ask, talk.text) : sitePlan(ask, addToStory(before?.story, talk.text), details);
    return call(planTool, { ...made, ...(site && !beside ? { replaces: planId(site) } : {}) });
  }
  if (refusedBy(plan)) return refusedPlan(plan);
  const also =
    goal && !refusedBy(goal) && !isSetAlready(goal)
      ? "Your goal is a question of its own: whether I keep it in mind for later. The work starts without it too. "
      : "";
  const says = describeDetails(fullDetails(ask.heading, details));
  const isTold = says !== describeDetails(fullDetails(ask.heading, {}));
  const tell = asksForGuestBook(ask)
    ? ""
    : `\n\nIt will say: ${says}. ${isTold ? "Tell me what is not so" : "These are examples"}: say yours and I put them in the plan, such as “It is called Crumb, at 3 Mill Lane, open Tuesday to Saturday from 6:30 to 15.” You can change them later too.`;
  return {
    text: `Here is a plan for **${ask.heading}**: one agent builds it, a second tries to break it, a third reviews it and a fourth puts it together. Press **Accept and start** on the plan and it begins; nothing starts before, and you can read and change the plan first. ${also.trim()}${tell}${labelOnce(talk)}`,
  };
}

const goalIn = (done: Called | undefined) => /gol_[0-9A-Z]{26}/.exec(done?.result ?? "")?.[0];
/** The steps of the goal up to this one are done; undefined without a goal, or where that was said. */
function tickGoal(talk: Talk, upTo: number): Step | undefined {
  const set = talk.before.findLast((call) => call.tool === setGoal);
  const goal = set?.args.goal ?? goalIn(set);
  if (!goal || talk.called.some((call) => call.tool === setGoal) || !Array.isArray(set?.args.steps)) return undefined;
  const steps = set.args.steps.map((step: { done?: boolean }, at: number) => ({ ...step, done: at <= upTo || step.done === true }));
  return call(setGoal, { goal, title: set.args.title, steps });
}
/** How the progress that was proposed of a goal is told. */
function tellProgress(talk: Talk): string {
  const progress = talk.called.find((call) => call.tool === setGoal);
  const title = String(progress?.args.title);
  if (/^Proposed/.test(progress?.result ?? "")) return `- I propose to note the progress on your goal “${title}”`;
  if (/^Noted in the proposal/.test(progress?.result ?? ""))
    return `- Your goal “${title}” still waits for you; what is done of it stands there`;
  return /still waits/.test(progress?.result ?? "") ? `- Your goal “${title}” still waits for you, so nothing is noted on it` : "";
}
function toldOnline(talk: Talk, project: string, address: string): Step {
  const tick = tickGoal(talk, 1);
  if (tick) return tick;
  const isSite = talk.before.some(({ tool, args }) => tool === planTool && projectOf({ args }) === project) && !isGuestBook(project);
  const lines = [
    isSite
      ? "- Orders that people send there stand in **Projects**, at this project, under **Logs**. Nobody is told when one comes: look there"
      : "",
    tellProgress(talk),
  ].filter(Boolean);
  return { text: [`**${project}** is online: everybody sees it at ${address}`, lines.join("\n")].filter(Boolean).join("\n\n") };
}
/**
 * The platform reports how a task or a plan ended. The model records progress on its goal and the decision,
 * and tells the member.
 */
function endOf(talk: Talk, name: string): Step {
  const good = /\) (is verified|is done|has failed)\b/.exec(talk.text)?.[1] !== "has failed"; // the first: a reason may have any words
  const plans = talk.before.filter((call) => call.tool === planTool);
  const plan =
    plans.findLast((call) => planId(call) && talk.text.includes(`(${planId(call)})`)) ?? plans.findLast(({ args }) => args.title === name);
  if (!good)
    return {
      text: `**${name}** has failed. ${/has failed: ([\s\S]*?)(?: Repository projects\/| Tell the member)/.exec(talk.text)?.[1] ?? ""}`.trim(),
    };
  if (!plan) return { text: `**${name}** is done, and a clean checkout proved it.` };
  if (isChange(plan)) return keepPromise(talk, plan) ?? endOfChange(talk, name);
  const project = projectOf(plan);
  const tick = tickGoal(talk, 0);
  if (tick) return tick;
  const kept = talk.called.find((call) => call.tool === "platform_remember");
  if (!kept && !isGuestBook(project) && talk.tools.includes("platform_remember"))
    return call("platform_remember", {
      kind: "decision",
      title: `${project}: plain HTML without packages`,
      text: `“${name}” was built as plain HTML with a server of one file, in \`projects/${project}\`, version 1.0.0 on \`main\`.\n\nWhy plain HTML: it opens anywhere, there is nothing to build, and every page can be checked in a clean room without a network.`,
    });
  const promise = keepPromise(talk, plan);
  if (promise) return promise;
  const lines = [
    "- On the plan's card you can open it, share it, download it, change something, or put it online",
    isGuestBook(project)
      ? ""
      : "- What you have not told me stands there as an example, and so do its offers and prices: press **Change something…** and then on the words",
    "- Each step was checked by the platform, apart from the agent that did it; the receipts stand on the card too",
    kept && !refusedBy(kept) ? "- The decision behind it is in your memory: ask me why it is plain HTML" : "",
    tellProgress(talk),
  ];
  return { text: [proven(name), lines.filter(Boolean).join("\n"), tellPromise(talk)].filter(Boolean).join("\n\n") };
}
const proven = (name: string) => `**${name}**: done, and a clean checkout proved it.`;
function endOfChange(talk: Talk, name: string): Step {
  const line = "- Where the site is online, visitors see it once you put this version online too: on the plan's card";
  return { text: [proven(name), line, tellPromise(talk)].filter(Boolean).join("\n\n") };
}
