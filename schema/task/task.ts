import { z } from "zod";
import { declinedEffect } from "../approval/effect.ts";
import { coveredShape } from "../proof/coverage.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { errorClasses, retryDelay } from "../work.ts";
import { commitHash, mostDeclared, type TaskCommand, type TaskCommandKind, type TaskCommandOf } from "./task-command.ts";

/**
 * One unit of work. The state changes by `transition()` alone;
 * the actor writes what it returns by compare-and-set.
 */
export const taskStates = [
  "created",
  "assigned",
  "in_progress",
  "complete",
  "verified",
  "deployed",
  "paused",
  "waiting",
  "failed",
  "cancelled",
] as const;
export type TaskState = (typeof taskStates)[number];
/** A worker has it: its server and session run. A paused task gives its place back. */
export const activeTaskStates = ["assigned", "in_progress", "waiting"] as const satisfies readonly TaskState[];
export const isTaskActive = (state: string | null): boolean => (activeTaskStates as readonly (string | null)[]).includes(state);
/** Where a paused task goes on. */
export const backStates = ["created", "assigned", "in_progress", "waiting", "complete"] as const;

/** What one task keeps of the member's noes: the newest. */
const mostDeclined = 50;

/** What the table decides from. Plain data, kept beside the spec. Times are milliseconds since 1970. */
export const taskFacts = z.object({
  state: z.enum(taskStates),
  /** Set exactly while paused. */
  back: z.enum(backStates).optional(),
  worker: id("agt").optional(),
  /** Counts assignments: what a replaced worker still says carries an older number and is refused. */
  run: z.number().int().nonnegative(),
  /** Approvals that were asked and are not answered. */
  asked: z.array(id("apr")),
  /** Failures by class since the last success or retry by the member. */
  attempts: z.partialRecord(z.enum(errorClasses), z.number().int().positive()),
  /** Failed verifications since the last that passed. */
  repairs: z.number().int().nonnegative(),
  /** How often what came after it has sent it back. */
  returns: z.number().int().positive().optional(),
  /** Not before this time. */
  dueAt: z.number().optional(),
  errorClass: z.enum(errorClasses).optional(),
  /** Head of the task's branch. */
  commit: commitHash.optional(),
  /** Of one that merges: where `main` stood, and what is merged into it. */
  merging: z.object({ into: commitHash, from: z.array(commitHash) }).optional(),
  /**
   * Where `main` stood when it was begun, and the commits of earlier tasks
   * from which it was told to begin: what its work is measured from.
   */
  base: z.object({ main: commitHash, handed: z.array(commitHash).max(100) }).optional(),
  /** The member made it with their own hands: no agent works on it, and none mends it. */
  by: z.literal("member").optional(),
  /** Of one that the member made: the commit by which it came to `main`. */
  adopted: commitHash.optional(),
  /** An agent gave it out by itself: the member has not been told of its outputs. */
  delegated: z.literal(true).optional(),
  /** Files beside the outputs of its spec that its agent named when it was done. */
  outputs: z.array(innerPath).max(mostDeclared).optional(),
  /** What the member said no to while it was worked on. */
  declined: z.array(declinedEffect).max(mostDeclined).optional(),
  /** The commit the last receipt speaks of. */
  proven: commitHash.optional(),
  /** How much of what was asked for in words that receipt shows; none where nothing was. */
  covered: coveredShape.optional(),
  /** Its agent's server is not started for want of room: why not, in words. */
  lacks: z.string().optional(),
  reason: z.string(),
});
export type TaskFacts = z.infer<typeof taskFacts>;
export const newTask: TaskFacts = { state: "created", run: 0, asked: [], attempts: {}, repairs: 0, reason: "created" };
/** Verifications that may fail before the task does. */
export const maxRepairs = 3;

/** Times that a test or a review may send work back before the task that found something fails. */
export const maxReturns = 2;

export type TransitionRefusal = "illegal" | "other_worker" | "old_run" | "not_asked" | "stale" | "not_due";
export type TaskTransition = { ok: true; task: TaskFacts } | { ok: false; code: TransitionRefusal; reason: string };
type Rule<K extends TaskCommandKind> = (task: TaskFacts, command: TaskCommandOf<K>, now: number) => TaskTransition;
type Rules = { [K in TaskCommandKind]?: Rule<K> };

const refuseCommand = (code: TransitionRefusal, why: string): TaskTransition => ({ ok: false, code, reason: why });
/** The task in another state. A back-off, and a wait for room, end with the state they belonged to. */
function go(task: TaskFacts, state: TaskState, why: string, change: Partial<TaskFacts> = {}): TaskTransition {
  const { dueAt: _due, errorClass: _class, back: _back, lacks: _lacks, ...rest } = task;
  return { ok: true, task: { ...rest, state, reason: why, ...change } };
}
const stay = (task: TaskFacts, why: string, change: Partial<TaskFacts> = {}): TaskTransition => ({
  ok: true,
  task: { ...task, reason: why, ...change },
});
const fresh = { attempts: {}, repairs: 0 };

const assign: Rule<"assign"> = (task, { worker }, now) =>
  task.dueAt !== undefined && task.dueAt > now
    ? refuseCommand("not_due", "The task waits before it is tried again.")
    : go(task, "assigned", "given to an agent", { worker, run: task.run + 1 });
const ask: Rule<"ask"> = (task, { approval }) =>
  go(task, "waiting", "asked the member", { asked: [...task.asked.filter((other) => other !== approval), approval] });
const cancel: Rule<"cancel"> = (task, { reason: why }) => go(task, "cancelled", why, { asked: [] });
const pause: Rule<"pause"> = (task, { reason: why }) => {
  const back = z.enum(backStates).safeParse(task.state);
  return back.success
    ? { ok: true, task: { ...task, state: "paused", back: back.data, reason: why } }
    : refuseCommand("illegal", `A task that is ${task.state} can't be paused.`);
};
const reassign: Rule<"reassign"> = ({ worker: _worker, ...rest }, { reason: why }) => go(rest, "created", why, { asked: [] });
const sendBack: Rule<"send_back"> = ({ worker: _worker, proven: _proven, covered: _covered, returns = 0, ...rest }, { reason: why }) =>
  returns >= maxReturns
    ? refuseCommand("illegal", "It was sent back too often.")
    : go(rest, "created", why, { ...fresh, asked: [], returns: returns + 1 });
const giveUp: Rule<"give_up"> = (task, { reason: why }) => go(task, "failed", why, { asked: [] });
const complete: Rule<"complete"> = (task, { commit: head }) =>
  go(task, "complete", "the agent says it is done", { commit: head, attempts: {}, asked: [] });
/** Said once, a no about an effect is kept, with its newest note. The states do not change by it. */
const decline: Rule<"decline"> = (task, { approval, effects, note, unanswered }, now) => {
  const before = (task.declined ?? []).filter(({ effect }) => !effects.includes(effect));
  const fresh = effects.map((effect) => ({ effect, approval, at: now, ...(note ? { note } : {}), ...(unanswered ? { unanswered } : {}) }));
  return stay(task, task.reason, { declined: [...before, ...fresh].slice(-mostDeclined) });
};
/** The states do not change by it. The newest word counts, and holds for whoever goes on with the task. */
const declare: Rule<"declare"> = (task, { outputs }) => stay(task, task.reason, { outputs });
const handIn: Rule<"hand_in"> = (task, { commit, base }) =>
  go(task, "complete", "changed by you", { commit, by: "member", base: { main: base, handed: [] } });
const notByMember = refuseCommand("illegal", "Only what a member made themselves comes to main so.");
const head: Rule<"commit"> = (task, { commit: now }) => stay(task, task.reason, { commit: now });
const due: Rule<"due"> = (task, _command, now) => {
  if (task.dueAt === undefined || task.dueAt > now) return refuseCommand("not_due", "Nothing is due yet.");
  const { dueAt: _due, ...rest } = task;
  return { ok: true, task: rest };
};

const answer: Rule<"answer"> = (task, { approval, outcome, goesOn, about }) => {
  if (!task.asked.includes(approval)) return refuseCommand("not_asked", "This task does not wait for that answer.");
  const asked = task.asked.filter((other) => other !== approval);
  const said = outcome === "expired" ? "nobody answered in time" : `the member's answer: ${outcome}`;
  if (!goesOn && outcome !== "allowed") return go(task, "failed", about === undefined ? said : `${about}; ${said}`, { asked: [] });
  return asked.length > 0 ? stay(task, `one answer: ${outcome}`, { asked }) : go(task, "in_progress", said, { asked });
};

/**
 * What an error does depends on its class and on how often it
 * came. Worker and run end when another must take over.
 */
const error: Rule<"error"> = (task, { class: errorClass, reason: why }, now) => {
  const count = (task.attempts[errorClass] ?? 0) + 1;
  const wait = retryDelay(errorClass, count);
  const change = { attempts: { ...task.attempts, [errorClass]: count }, errorClass };
  if (wait === undefined) return go(task, "failed", why, { ...change, asked: [] });
  if (errorClass === "exhausted" && task.state === "in_progress") return go(task, "waiting", why, { ...change, dueAt: now + wait });
  if (errorClass !== "stale_worker" || task.state === "complete") return stay(task, why, { ...change, dueAt: now + wait });
  const { worker: _worker, ...rest } = task;
  return go(rest, "created", `${why}; another agent takes over`, { ...change, asked: [], ...(wait > 0 ? { dueAt: now + wait } : {}) });
};

/** A machine that is away says nothing of the work: its proof waits, however long. */
const machine: Rule<"machine"> = (task, { away, detail }) => {
  const { errorClass, ...rest } = task;
  const why = detail === undefined ? "" : ` (${detail})`;
  if (away) return stay(rest, `the checks wait for your machine${why}, and go on by themselves`, { errorClass: "unreachable" });
  return errorClass === "unreachable" ? stay(rest, "your machine answers again: the checks run") : stay(task, task.reason);
};
/** Whether its proof waits for the machine. */
export const awaitsMachine = ({ state, errorClass }: TaskFacts): boolean => state === "complete" && errorClass === "unreachable";

/** An agent whose server has no room says nothing of the work either: its next turn waits, however long. */
const room: Rule<"room"> = ({ lacks: _lacks, ...task }, { lacks }) => stay(task, lacks ?? "the agent works", lacks ? { lacks } : {});
/** Whether its agent waits for room on the disk. */
export const awaitsRoom = (task: TaskFacts): task is TaskFacts & { lacks: string } => isTaskActive(task.state) && task.lacks !== undefined;

const passed: Rule<"verify_passed"> = ({ covered: _covered, ...task }, { commit: proven, covered }) => {
  if (proven !== task.commit) return refuseCommand("stale", "The receipt speaks of another commit than the task's last.");
  const change = { ...fresh, proven, ...(covered ? { covered } : {}) };
  return go(task, task.state === "deployed" ? "deployed" : "verified", "checks passed in a clean checkout", change);
};
const failed: Rule<"verify_failed"> = (task, { commit: proven, reason: why }) => {
  if (proven !== task.commit) return refuseCommand("stale", "The checks ran at another commit than the task's last.");
  const repairs = task.repairs + 1;
  if (repairs > maxRepairs || task.by === "member") return go(task, "failed", why, { repairs, errorClass: "bug" });
  const { proven: _proven, covered: _covered, ...rest } = task; // back at the commit that was proven, it is looked at again
  return go(rest, "in_progress", `${why}; repair ${repairs} of ${maxRepairs}`, { repairs });
};
const deploy: Rule<"deploy"> = (task, { commit: newest }) =>
  newest === task.proven && newest === task.commit
    ? go(task, "deployed", "deployed")
    : refuseCommand("stale", "Only a commit with a current receipt is deployed.");

/** The one table: by state, what may happen there. A command that is not listed is refused. */
const taskRules = {
  created: { decline, hand_in: handIn, assign, pause, cancel, commit: head, error },
  assigned: {
    start: (task) => go(task, "in_progress", "the agent works"),
    declare,
    decline,
    ask,
    give_up: giveUp,
    pause,
    cancel,
    reassign,
    commit: head,
    error,
    due,
  },
  in_progress: {
    ...{ declare, decline, ask, complete, give_up: giveUp, send_back: sendBack, pause, cancel, reassign },
    ...{ commit: head, room, error, due },
  },
  waiting: {
    declare,
    decline,
    ask,
    answer,
    complete,
    give_up: giveUp,
    send_back: sendBack,
    pause,
    cancel,
    reassign,
    commit: head,
    room,
    error,
    due: (task, command, now) => {
      const ended = due(task, command, now);
      return ended.ok && task.asked.length === 0 ? go(task, "in_progress", "goes on") : ended;
    },
  },
  complete: { decline, verify_passed: passed, verify_failed: failed, commit: head, pause, cancel, machine, error, due },
  verified: {
    deploy,
    send_back: sendBack,
    hand_in: (task, command, now) => (task.by === "member" ? handIn(task, command, now) : notByMember),
    adopt: (task, { commit: there }) => (task.by === "member" ? stay(task, "on main", { adopted: there }) : notByMember),
    conflict: (task, { reason: why }) => (task.by === "member" ? go(task, "failed", why) : notByMember),
    commit: (task, command) =>
      command.commit === task.commit
        ? stay(task, task.reason)
        : go(task, "complete", "a new commit: to be verified again", { commit: command.commit }),
  },
  deployed: {
    deploy,
    verify_passed: passed,
    verify_failed: (task, command) => stay(task, command.reason),
    commit: head,
    roll_back: (task, command) => go(task, task.commit === task.proven ? "verified" : "complete", command.reason),
  },
  paused: {
    resume: (task) =>
      task.back === undefined
        ? refuseCommand("illegal", "Nothing to resume.")
        : go(task, task.back, "resumed", task.dueAt === undefined ? {} : { dueAt: task.dueAt }),
    cancel,
    reassign: whilePaused,
    start: whilePaused,
    answer: whilePaused,
    complete: whilePaused,
    give_up: whilePaused,
    error: whilePaused,
    decline,
    commit: head,
  },
  failed: { retry: (task) => again(task), commit: head, cancel },
  cancelled: {},
} as const satisfies Record<TaskState, Rules>;

/**
 * Tried again by the member, what they declined is asked anew, and main counts as it is then. What they made
 * themselves is proven again as it is.
 */
function again(task: TaskFacts): TaskTransition {
  if (task.by === "member") return go(task, "complete", "tried again", { ...fresh, asked: [] });
  const { worker: _worker, declined: _declined, base: _base, ...rest } = task;
  return go(rest, "created", "tried again", { ...fresh, asked: [] });
}

/**
 * What comes late, because it had begun before the pause, is kept and takes
 * effect on resume. The reason stays the pause's: it tells who ends it.
 */
function whilePaused(task: TaskFacts, command: TaskCommand, now: number): TaskTransition {
  const { back, ...rest } = task;
  const next = nextTask({ ...rest, state: back ?? "created" }, command, now);
  const to = z.enum(backStates).safeParse(next.ok ? next.task.state : undefined);
  return next.ok && to.success ? { ok: true, task: { ...next.task, state: "paused", back: to.data, reason: task.reason } } : next;
}

/** The next facts and their reason, or why not. `now` is milliseconds since 1970. */
export function nextTask(task: TaskFacts, command: TaskCommand, now: number): TaskTransition {
  const rules: Rules = taskRules[task.state];
  const rule = rules[command.kind] as Rule<TaskCommandKind> | undefined;
  if (!rule) return refuseCommand("illegal", `A task that is ${task.state.replace("_", " ")} takes no ${command.kind.replace("_", " ")}.`);
  if ("worker" in command && command.kind !== "assign") {
    if (command.worker !== task.worker) return refuseCommand("other_worker", "This task is another agent's.");
    if (command.run !== task.run) return refuseCommand("old_run", "This task was given out again since.");
  }
  return rule(task, command, now);
}

/**
 * A task as an actor that lost its state finds it: whoever worked on it is gone, so
 * it goes to another, also when it is paused. What was asked then is asked again.
 */
export function releaseWorker(task: TaskFacts, now: number): TaskFacts {
  const { state, back = state } = task;
  if (back !== "assigned" && back !== "in_progress" && back !== "waiting") return task;
  const next = nextTask(task, { kind: "error", class: "stale_worker", reason: "the Grow Agent came back from memory" }, now);
  return next.ok ? next.task : task;
}

/** What the state machine takes in a state, for menus and tests. */
export function acceptedCommands(state: TaskState): TaskCommandKind[] {
  return (Object.keys(taskRules[state]) as TaskCommandKind[]).sort();
}
/** Its receipt, if any, speaks of an older commit. */
export function isStaleTask(task: TaskFacts): boolean {
  return task.proven !== undefined && task.proven !== task.commit;
}
/** No command of an agent or of time moves it any more. */
export function isTaskOver(state: TaskState): boolean {
  return state === "verified" || state === "deployed" || state === "failed" || state === "cancelled";
}
/** Not under way: an edit of its plan may change it, or take it out. */
export function isTaskChangeable(state: TaskState): boolean {
  return state === "created" || state === "failed" || state === "cancelled";
}
