import { describePlaceLimit } from "../billing/place-limit.ts";
import { type Price, priceOf } from "../billing/price.ts";
import { toMicros } from "../budget.ts";
import { withHandOffs } from "../task/hand-off.ts";
import type { Spec } from "../task/spec.ts";
import { activeTaskStates, isTaskActive, type TaskState } from "../task/task.ts";
import type { Parsed } from "../wire/yaml.ts";
import { checkPlan, orderTasks, type Plan } from "./plan.ts";

/**
 * Which tasks of an accepted plan start now, and why the others
 * don't. Pure: the actor acts on the answer and asks again.
 */
export type ScheduledTask = {
  spec: string;
  state: TaskState;
  dueAt?: number | undefined;
  /**
   * Tasks of one lane (those that merge into one branch) follow one another, whatever plan they are of. A
   * paused task names its lane once it has begun.
   */
  lane?: string | undefined;
  title?: string | undefined;
};
export type HandOff = { from: string; to: string; fromOwner: string; toOwner: string };
export type TaskHold = { spec: string; why: "dependency" | "blocked" | "limit" | "turn" | "later"; on: string[]; text: string };
export type NextTasks = { start: { spec: Spec; handOffs: HandOff[] }[]; hold: TaskHold[] };

export function countFreePlaces(tasks: readonly ScheduledTask[], limit: number): number {
  return Math.max(0, limit - tasks.filter((task) => isTaskActive(task.state)).length);
}
/** Until the clean room has a result, the next task of the lane would build on what may still change. */
const inLane: readonly TaskState[] = [...activeTaskStates, "complete", "paused"];

/**
 * `limit`: how many agents the subscription lets work at once, counted over this plan and `others`, the
 * member's tasks outside of it.
 */
export function nextTasks(
  plan: Plan,
  tasks: readonly ScheduledTask[],
  limit: number,
  now: number,
  others: readonly ScheduledTask[] = [],
): NextTasks {
  const byId = new Map(tasks.map((task) => [task.spec, task]));
  let free = Math.min(countFreePlaces([...tasks, ...others], limit), countFreePlaces(tasks, plan.concurrency ?? limit));
  const first = new Map(
    [...tasks, ...others].flatMap((task) => (task.lane && inLane.includes(task.state) ? [[task.lane, task] as const] : [])),
  );
  const next: NextTasks = { start: [], hold: [] };
  for (const spec of orderTasks(plan.tasks)) {
    const task = byId.get(spec.id);
    if (task && task.state !== "created") continue;
    const hold = held(plan, spec, task, byId, now) ?? turn(task, first) ?? (free > 0 ? undefined : noPlace(limit, plan.concurrency));
    if (hold) next.hold.push({ spec: spec.id, ...hold });
    else {
      free -= 1;
      if (task?.lane) first.set(task.lane, task);
      next.start.push({ spec, handOffs: handOffs(plan.tasks, spec) });
    }
  }
  return next;
}

function held(
  plan: Plan,
  spec: Spec,
  task: ScheduledTask | undefined,
  byId: ReadonlyMap<string, ScheduledTask>,
  now: number,
): Omit<TaskHold, "spec"> | undefined {
  const state = (id: string): TaskState => byId.get(id)?.state ?? "created";
  const title = (id: string) => `“${plan.tasks.find((task) => task.id === id)?.title ?? id}”`;
  const broken = spec.depends_on.filter((id) => state(id) === "failed" || state(id) === "cancelled");
  if (broken.length > 0)
    return { why: "blocked", on: broken, text: `can't start: ${broken.map((id) => `${title(id)} ${state(id)}`).join(", ")}` };
  const open = spec.depends_on.filter((id) => state(id) !== "verified" && state(id) !== "deployed");
  if (open.length > 0) return { why: "dependency", on: open, text: `waits for ${open.map(title).join(", ")}` };
  return task?.dueAt !== undefined && task.dueAt > now ? { why: "later", on: [], text: "is tried again later" } : undefined;
}

function turn(task: ScheduledTask | undefined, first: ReadonlyMap<string, ScheduledTask>): Omit<TaskHold, "spec"> | undefined {
  const before = task?.lane === undefined ? undefined : first.get(task.lane);
  return before && { why: "turn", on: [before.spec], text: `waits its turn: “${before.title ?? before.spec}” merges first` };
}
function noPlace(limit: number, concurrency: number | undefined): Omit<TaskHold, "spec"> {
  const most = Math.min(limit, concurrency ?? limit);
  const free = "queued for a free place";
  const byItsPlan = concurrency !== undefined && concurrency < limit;
  const text = most <= 0 ? free : byItsPlan ? `${free}: its plan lets ${most} work at once` : describePlaceLimit(most);
  return { why: "limit", on: [], text };
}

/** Work passes from what was proven to what follows; each is an event. */
function handOffs(tasks: readonly Spec[], to: Spec): HandOff[] {
  return tasks
    .filter((from) => to.depends_on.includes(from.id))
    .map((from) => ({ from: from.id, to: to.id, fromOwner: from.owner, toOwner: to.owner }));
}

// ── from an agent's proposal ───────────────────────────────────────────────────────────────────────────────

/** Checks an agent's proposal and adds the hand-offs. Issues name paths in what the agent gave. */
export function checkProposedPlan(
  given: { title: string; story: string; tasks: Spec[]; concurrency?: number | undefined },
  owners: ReadonlySet<string>,
): Parsed<Plan> {
  const { concurrency, ...rest } = given;
  const asGiven = checkPlan(concurrency === undefined ? rest : { ...rest, concurrency }, owners);
  return asGiven.ok ? checkPlan({ ...asGiven.value, tasks: withHandOffs(asGiven.value.tasks) }, owners) : asGiven;
}

// ── what it will cost and take ─────────────────────────────────────────────────────────────────────────────

/** What a task of each owner takes. */
export type UsualUse = Record<string, { minutes: number; usd: number }>;
/**
 * What it takes where nothing is known of this member's own tasks; a spec's budget is the most it may take.
 */
const usual: UsualUse = {
  coding: { minutes: 12, usd: 0.6 },
  "backend-crud": { minutes: 10, usd: 0.5 },
  migration: { minutes: 15, usd: 0.8 },
  testing: { minutes: 6, usd: 0.25 },
  reviewer: { minutes: 4, usd: 0.2 },
  repo: { minutes: 2, usd: 0.05 },
};
const otherwise = { minutes: 6, usd: 0.3 };
export type PlanEstimate = { costMicros: { expected: number; most: number }; minutes: { expected: number; most: number } };

/** How much of the usual the known ones take: the middle of them, or what is given where none is known. */
function paceOf(known: UsualUse, unit: "minutes" | "usd", unknown: number): number {
  const paces = Object.entries(known).map(([owner, use]) => use[unit] / (usual[owner] ?? otherwise)[unit]);
  return paces.length === 0 ? unknown : median(paces);
}
/** The usual minutes are those of a model that writes so many characters of a plan in a second. */
const usualWriting = 60;
/** A box, a clone and a clean room take their time, however fast the model is. */
const leastMinutes = 0.5;
/**
 * How much of the usual time a member's model takes that wrote so many characters in so many milliseconds,
 * from a twentieth to twice.
 */
export function writingPace(characters: number, ms: number): number {
  return Math.min(2, Math.max(0.05, (usualWriting * ms) / 1_000 / Math.max(1, characters)));
}
/** So many tokens an agent reads for one that it writes. */
const readForWritten = 20;
/**
 * How much of the usual costs a model of that price takes, by millionths of a dollar for a token; 1 where it
 * has none.
 */
export function priceLevel(price: Price): number {
  const levelOf = ({ input, output }: Price) => readForWritten * input + output;
  return levelOf(price) > 0 ? levelOf(price) / levelOf(priceOf("")) : 1;
}
/** How much of the usual time and money a member's model takes. */
export type ModelLevel = { pace: number; price: number };
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * `known`: what this member's own tasks took; for other owners it tells how fast and how dear their agents
 * are. `model`: how theirs is, where no task tells it yet.
 */
export function estimatePlan(
  tasks: readonly Spec[],
  limit: number,
  known: UsualUse = {},
  model: ModelLevel = { pace: 1, price: 1 },
): PlanEstimate {
  const [pace, price] = [paceOf(known, "minutes", model.pace), paceOf(known, "usd", model.price)];
  const otherOf = (owner: string) => {
    const { minutes, usd } = usual[owner] ?? otherwise;
    return { minutes: Math.max(leastMinutes, minutes * pace), usd: usd * price };
  };
  const usualOf = (spec: Spec) => {
    const { minutes, usd } = known[spec.owner] ?? otherOf(spec.owner);
    const most = { minutes: spec.budget.minutes ?? 3 * minutes, usd: spec.budget.cost_usd ?? 3 * usd };
    return { expected: { minutes: Math.min(minutes, most.minutes), usd: Math.min(usd, most.usd) }, most };
  };
  const cost = (kind: "expected" | "most") => tasks.reduce((sum, spec) => sum + toMicros(usualOf(spec)[kind].usd), 0);
  return {
    costMicros: { expected: cost("expected"), most: cost("most") },
    minutes: {
      expected: planSpan(tasks, limit, (spec) => usualOf(spec).expected.minutes),
      most: planSpan(tasks, limit, (spec) => usualOf(spec).most.minutes),
    },
  };
}
/** Minutes until all are done when `limit` work at once, each as soon as it may. */
function planSpan(tasks: readonly Spec[], limit: number, minutes: (spec: Spec) => number): number {
  const places = Array.from({ length: Math.max(1, limit) }, () => 0);
  const ends = new Map<string, number>();
  for (const spec of orderTasks(tasks)) {
    const ready = Math.max(0, ...spec.depends_on.map((id) => ends.get(id) ?? 0));
    const place = places.indexOf(Math.min(...places));
    const end = Math.max(ready, places[place] ?? 0) + minutes(spec);
    places[place] = end;
    ends.set(spec.id, end);
  }
  return Math.max(0, ...ends.values());
}
