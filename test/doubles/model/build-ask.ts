import { asksForPage, capital, pageAsk, projectName } from "./ask.ts";

/** What somebody wants built, and towards what, read from plain words. */
export type BuildAsk = { heading: string; project: string; goal: string | undefined /** It is to go online. */; online?: true };

const things =
  /\b(?:web ?sites?|sites?|web ?apps?|apps?|applications?|tools?|games?|blogs?|shops?|stores?|portfolios?|dashboards?|calculators?|timers?|clocks?|counters?|galler(?:y|ies)|menus?|forms?|quiz(?:zes)?|services?|apis?|prototypes?|products?|guest ?books?|invitations?|planners?|trackers?)\b/i;
const wish =
  /\b(?:build|develop|program|code|create|make|set up|design|launch|write|plan|need|want|like)\b(?:\s+and\s+(?:run|deploy|launch|host)\b)?\s+(?:(?:me|us)\s+)?(?:(?:a|an|the|my|our|some|one)\s+)([^.!?\n;]{2,80})/gi;
const online = /\b(?:put|bring|get|take)\b.{0,20}\bonline\b|\band (?:run|deploy|launch|host)\b/i;
const built = /\b(?:build|develop|program|launch)\b/i;
const team = /\bwith (?:your|a|the|my) team\b/i;
const goalOf =
  /\b(?:my goal is to|i want to|i'd like to|i would like to|i plan to|i'm going to|i am going to)\s+([^.!;\n]{3,100}?)(?=\s*(?:[.!;\n]|,?\s+(?:and|so)\b|$))/i;
const text = /^(?:story|tale|essay|poem|joke|list|note|summary|letter|sentence|long|short|sense|sure|week|day|plan|decision|question)\b/i;

/** The thing without what only links it: "website for my bakery" is a bakery website. */
function nameOf(rest: string, goal: string | undefined): string {
  const polite = rest
    .replace(/:\s.*$/, "")
    .replace(team, "")
    .replace(/[,;]?\s*(?:please|for me|for us|instead|thanks?)\s*$/i, "");
  const does = /^(.{2,40}?)\s+(?:to|that|which)\s+(?:\w+\s+)?(?:my|our|the|an?)\s+([\p{L}\p{N} ]{2,30})$/iu.exec(polite);
  if (does) return `${does[2]} ${does[1]}`;
  const plain = polite.replace(/\s+(?:that|which|where|so that|and|to)\s.*$/i, "").trim();
  const [, thing = plain, whom = ""] = /^(.*?)\s+(?:for|about|of)\s+(.+)$/i.exec(plain) ?? [];
  const noun = whom.replace(/^(?:a|an|the|my|our)\s+/i, "").replace(/^(?:small|little|new|own)\s+/i, "");
  if (!noun) return thing;
  const whose = /^(?:it|this|that|them)$/i.test(noun) ? (goal ?? "").split(" ").at(-1) : noun;
  return whose ? `${whose} ${thing}` : thing;
}

/** What somebody says they are after, by itself. */
export function wishOf(said: string): string | undefined {
  const goal = goalOf.exec(said)?.[1] ?? /\bset (?:me )?a goal\b:?\s*(?:to\s+)?([^.!;\n]{3,100})/i.exec(said)?.[1];
  return goal ? capital(goal.trim()) : undefined;
}

export function buildAsk(said: string): BuildAsk | undefined {
  if (asksForPage(said, undefined) && (/\bpage\b/i.test(said) || pageAsk(said, undefined).quoted) && !team.test(said)) return undefined;
  const goal = goalOf.exec(said)?.[1]?.trim();
  for (const [all, rest = ""] of said.matchAll(wish)) {
    if (text.test(rest) || !(built.test(all) || things.test(rest) || team.test(said))) continue;
    const heading = capital(nameOf(rest, goal).replace(/\s+/g, " ").slice(0, 60).trim());
    const title = goal && !goal.includes(rest.trim()) ? capital(goal) : undefined;
    return { heading, project: projectName(heading), goal: title, ...(online.test(said) ? { online: true } : {}) };
  }
  return undefined;
}
