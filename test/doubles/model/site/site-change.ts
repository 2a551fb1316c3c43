import type { Talk } from "../next.ts";
import { frontCheck } from "../team-story.ts";
import type { Called, Step } from "../wire.ts";
import { checkWords, listChangedPages, nameParts } from "./change-files.ts";
import { isChange, lastSitePlan, linesOf, planId, planTool, projectOf, refusedAs, type SiteNow, siteNow } from "./made-plans.ts";
import { hasDetails, printDays, printDetails, printHours, type SiteDetails } from "./site-details.ts";

/** How the demo model plans a change of a site that is built, or being built. */
type Change = {
  heading: string;
  project: string;
  story: string;
  /** Opening hours with their days, and days with their hours. */
  details: SiteDetails;
  /** Which change it is: each has a review of its own. */
  nth: number;
};
export function changePlan({ heading, project, story, details, nth }: Change) {
  const thing = `the ${heading.charAt(0).toLowerCase()}${heading.slice(1)}: new ${nameParts(details)}`;
  const base = { project, tests: ["node --test"], acceptance: [...checkWords(details), frontCheck] };
  const pages = listChangedPages(details);
  const review = `docs/reviews/change-${nth}.md`;
  return {
    title: `${heading}: new ${nameParts(details)}`,
    story: story.slice(0, 4_000),
    tasks: [
      {
        ...base,
        id: "change",
        title: `Change ${thing}`,
        description: `These words take the place of those that stand on the pages.\n${printDetails(details)}\nThe checks look for exactly these words.`,
        owner: "coding",
        outputs: pages,
        constraints: ["Everything else on the pages stays as it is, also what was written there by hand"],
        budget: { cost_usd: 0.3, minutes: 10 },
      },
      {
        ...base,
        id: "change-test",
        title: `Test ${thing}`,
        description: "Run all tests of the site on the changed pages. Add those that are missing; weaken none.",
        owner: "testing",
        outputs: ["site.test.mjs", "hostile.test.mjs"],
        budget: { cost_usd: 0.3, minutes: 10 },
        depends_on: ["change"],
      },
      {
        id: "change-review",
        title: `Review ${thing}`,
        description: "Read the change against its spec: these words and no others. Write the review file.",
        project,
        owner: "reviewer",
        outputs: [review],
        acceptance: [{ file: review, contains: "Verdict: approved" }],
        budget: { cost_usd: 0.3, minutes: 10 },
        depends_on: ["change-test"],
      },
      {
        ...base,
        id: "change-merge",
        title: `Merge ${thing}`,
        description: "Merge the reviewed branch into main and run its tests there. A conflict goes to the member with both sides.",
        owner: "repo",
        outputs: pages,
        budget: { cost_usd: 0.2, minutes: 10 },
        depends_on: ["change-review"],
      },
    ],
  };
}
/** “the name **Crumb** and the opening hours **Tuesday to Saturday, 6:30 to 15:00**”. */
function tellDetails({ name, street, open, days }: SiteDetails): string {
  const hours = [days ? printDays(days) : "", open ? printHours(open) : ""].filter(Boolean).join(", ");
  const parts = [
    name ? `the name **${name}**` : "",
    street ? `the street **${street}**` : "",
    hours ? `the opening hours **${hours}**` : "",
  ];
  return parts.filter(Boolean).reduceRight((rest, part, at, all) => `${part}${at === all.length - 2 ? " and " : ", "}${rest}`);
}
/** Hours are told with their days. */
function completed(details: SiteDetails, known: SiteDetails): SiteDetails {
  const { open, days } = { ...known, ...details };
  return details.open || details.days ? { ...details, ...(open ? { open } : {}), ...(days ? { days } : {}) } : details;
}
/** What of these is not known yet. */
function differing(details: SiteDetails, known: SiteDetails): SiteDetails {
  const before = new Map(Object.entries(known).map(([key, value]) => [key, String(value)]));
  return Object.fromEntries(Object.entries(details).filter(([key, value]) => before.get(key) !== String(value)));
}
const toldLate = ({ late, known }: SiteNow) => (late ? differing(linesOf(late), known) : {});
/** The member's words of a try that came too late, without those of the plan that it was to replace. */
function wordsOf({ late, current }: SiteNow): string {
  const [story, before] = [String(late?.args.story ?? ""), String(current.args.story)];
  return story.startsWith(before) ? story.slice(before.length).trim() : story;
}
/** What was said before, and now. */
export function addToStory(story: unknown, said: string): string {
  const before = String(story ?? "");
  return before.includes(said) ? before : [before, said].filter(Boolean).join("\n\n");
}

function propose(now: SiteNow, story: string, details: SiteDetails, replaces?: string): Step {
  const { heading, project, known, changes } = now;
  const whole = completed(details, known);
  const made = changePlan({ heading, project, story: story || `New ${nameParts(whole)}`, details: whole, nth: changes + 1 });
  return { tools: [{ tool: planTool, args: { ...made, ...(replaces ? { replaces } : {}) } }] };
}
const pressAccept = "Press **Accept and start** on the plan and it begins; nothing starts before.";
const stays = "Everything else stays as it is, also what you wrote there by hand.";
const couldNot = (plan: Called) => `I could not make a plan for that change:\n\n> ${(plan.result ?? "no answer").slice(0, 600)}`;

/**
 * The member tells of a site whose own plan does not wait any more. A change that waits is made anew; one
 * that is at work is followed by another.
 */
export function changeSite(talk: Talk, site: Called, told: SiteDetails): Step {
  const now = siteNow(talk, site);
  const [plans, id] = [talk.called.filter(({ tool }) => tool === planTool), planId(now.current)];
  const plan = plans.at(-1);
  if (plan && planId(plan))
    return { text: `It stands already, so here is a plan that changes it: ${tellDetails(linesOf(plan))}. ${stays} ${pressAccept}` };
  if (refusedAs(plan) === "accepted") {
    const fresh = differing(told, { ...now.known, ...linesOf(now.current) });
    return {
      text: hasDetails(fresh)
        ? `It is being built just now. As soon as it is done I make a plan for this change: ${tellDetails(fresh)}.`
        : "It is being built just now, and will say so already.",
    };
  }
  if (isChange(now.current) && !plans.some(({ args }) => args.replaces === id)) {
    const last = now.late ?? now.current;
    return propose(now, addToStory(last.args.story, talk.text), { ...linesOf(last), ...told }, id);
  }
  if (!plan || refusedAs(plan)) {
    const tried = plans.some((each) => isChange(each) && each.args.replaces === undefined);
    if (!tried) return propose(now, addToStory(wordsOf(now), talk.text), { ...toldLate(now), ...told });
  }
  return { text: couldNot(plan!) };
}

/** A plan is done, and something was told while it was at work: that is proposed, once. */
export function keepPromise(talk: Talk, plan: Called): Step | undefined {
  const site = lastSitePlan(talk, projectOf(plan));
  if (!site || !talk.tools.includes(planTool) || talk.called.some(({ tool }) => tool === planTool)) return undefined;
  const now = siteNow(talk, site);
  const details = toldLate(now);
  return planId(now.current) === planId(plan) && hasDetails(details) ? propose(now, wordsOf(now), details) : undefined;
}
/** How that is told. */
export function tellPromise({ called }: Talk): string {
  const plan = called.find(({ tool }) => tool === planTool);
  if (!plan) return "";
  if (!planId(plan)) return couldNot(plan);
  return `While it was being built you told me ${tellDetails(linesOf(plan))}: here is a plan that changes it. ${stays} ${pressAccept}`;
}
