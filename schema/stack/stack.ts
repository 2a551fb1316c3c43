import { z } from "zod";
import { id } from "../wire/id.ts";
import { slotWait } from "./slot-line.ts";

/**
 * What the account allows (database), what the actor wants (tier),
 * what the host saw (observed): three facts with three owners.
 */
export const ceilings = ["running", "paused", "stopped", "archived", "erased"] as const;
export type Ceiling = (typeof ceilings)[number];
export const tiers = ["running", "paused", "stopped"] as const;
export type Tier = (typeof tiers)[number];
/** So long nobody uses a stack until it is stopped, unless the runner is told otherwise. Milliseconds. */
export const idleStopMs = 15 * 60_000;
export const observedStates = ["absent", "creating", "running", "paused", "stopped", "failed", "unreachable"] as const;
export type ObservedState = (typeof observedStates)[number];

/**
 * What keeps a stack from going on, and nothing that its member does can mend: its memory is gone from
 * its host, its host is silent, or its host has left or was revoked and no other has taken the stack.
 */
export const stackTroubles = ["memory_missing", "host_lost", "host_removed"] as const;
export type StackTrouble = (typeof stackTroubles)[number];
/** How each trouble is told to the member: what is wrong, what is safe, what is missing, what comes next. */
export const troubleWords: Record<StackTrouble, { title: string; safe: string; missing: string; next: string }> = {
  memory_missing: {
    title: "Your memory is missing.",
    safe: "Your messages and the log are kept, and nothing was written over.",
    missing: "The Git repositories of your memory and your projects are not on the machine of your stack.",
    next: "Nothing new is taken until they are back; then your stack goes on by itself. The operator sees this too.",
  },
  host_lost: {
    title: "The machine of your stack does not answer.",
    safe: "What you write is kept here and waits.",
    missing: "Nothing can run, and files can't be read.",
    next: "Your stack goes on by itself when the machine is back, or when the operator places it elsewhere.",
  },
  host_removed: {
    title: "The machine of your stack was taken out.",
    safe: "What you write is kept here and waits.",
    missing: "Nothing can run, and what was not moved from that machine is not here.",
    next: "Start your stack to place it on another machine, or wait for the operator.",
  },
};
/** As REST shows it. `since` is milliseconds since 1970. */
export const stackTrouble = z.object({
  code: z.enum(stackTroubles),
  since: z.number(),
  title: z.string(),
  safe: z.string(),
  missing: z.string(),
  next: z.string(),
});

/** What the host brings about: the lower of tier and ceiling. */
export function desiredState(tier: Tier, ceiling: Ceiling): Exclude<Ceiling, never> {
  return ceilings.indexOf(ceiling) > ceilings.indexOf(tier) ? ceiling : tier;
}

/** Commands for a stack are ordered by epoch (which host), then generation (which command). */
export type CommandOrder = { epoch: number; generation: number };
export function compareOrder(a: CommandOrder, b: CommandOrder): number {
  return a.epoch - b.epoch || a.generation - b.generation;
}

export const stackLimits = z.strictObject({
  cpus: z.number().positive(),
  memoryMb: z.number().int().min(512),
  pids: z.number().int().min(64),
  agents: z.number().int().min(1),
  /** Megabytes a day that go out of its boxes to the internet and come back. */
  egressMb: z.number().int().min(1).default(20_480),
  /** Projects whose releases serve at once, and megabytes that each of them may keep. */
  apps: z.number().int().min(0).default(10),
  appDataMb: z.number().int().min(1).default(1_024),
  /** Whether they stay up without visitors. */
  appsAwake: z.boolean().default(true),
});
export type StackLimits = z.infer<typeof stackLimits>;

/**
 * The steps of a provision as the member sees them, in order.
 * The edge reports the first three, the actor the rest.
 */
export const provisionSteps = ["entitlement", "placement", "agent", "network", "gitea", "memory", "opencode", "ready"] as const;
/** `image` is there only where the machine of the stack is still preparing what the stack is started from. */
export const provisionStep = z.enum([...provisionSteps, "image"]);
export type ProvisionStep = z.infer<typeof provisionStep>;
/** The steps of one provision in order; `seen`: those that it has begun. */
export function listProvisionSteps(seen: ReadonlySet<ProvisionStep>): ProvisionStep[] {
  return provisionSteps.flatMap((step) => (step === "gitea" && seen.has("image") ? ["image", step] : [step]));
}
export const stepTitles: Record<ProvisionStep, string> = {
  entitlement: "Check plan",
  placement: "Choose host",
  agent: "Create Grow Agent",
  network: "Private network",
  image: "Prepare the machine",
  gitea: "Start Gitea",
  memory: "Create memory",
  opencode: "Start OpenCode",
  ready: "Wake Grow Agent",
};

// ── agent-host's API ───────────────────────────────────────────────────────────────────────────────────────

/** PUT /stacks/:member. Epoch, ceiling and limits come only from the stack ticket. */
export const stackPut = z.strictObject({ generation: z.number().int().positive(), tier: z.enum(tiers) });
export type StackPut = z.infer<typeof stackPut>;

/** What a host says of one stack; also the body of GET /stacks/:member. */
export const stackSeen = z.object({
  member: id("mem"),
  stackId: id("stk"),
  epoch: z.number().int(),
  generation: z.number().int(),
  tier: z.enum(tiers),
  ceiling: z.enum(ceilings),
  observed: z.enum(observedStates),
  /** Its memory should be on this machine and is not. */
  memoryMissing: z.boolean().default(false),
  containers: z.object({ gitea: z.string(), opencode: z.string() }),
  /** `home`: whether the box still holds what was made in it for this agent. */
  agents: z.array(z.object({ agent: id("agt"), running: z.boolean(), since: z.number().optional(), home: z.boolean().default(true) })),
  /**
   * How long ago, in milliseconds, its member last used it past their agents: `asked` by Git, files or a
   * terminal, `looked` at a preview or left a program to run in a terminal. Absent: not since the daemon
   * began.
   */
  used: z.object({ asked: z.number().optional(), looked: z.number().optional() }).default({}),
});
export type StackSeen = z.infer<typeof stackSeen>;

/**
 * One line (NDJSON) of the answer to PUT: steps as they happen,
 * then exactly one `observed` or `error`. Times are milliseconds.
 */
export const stackLine = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("step"),
    step: z.enum(["network", "image", "gitea", "opencode", "pause", "stop", "wake"]),
    state: z.enum(["started", "done"]),
    ms: z.number().optional(),
    /** What is being done; a step that says so is told as started each time it changes. */
    detail: z.string().optional(),
    /** When that began, which may be before the step. */
    since: z.number().optional(),
  }),
  z.object({ type: z.literal("observed"), stack: stackSeen }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type StackLine = z.infer<typeof stackLine>;

/**
 * PUT /stacks/:member/agents/:agent starts that agent's
 * OpenCode server (idempotent) and answers when it is healthy.
 */
export const agentPut = z.strictObject({
  generation: z.number().int().positive(),
  /** Shown to the model as its name and used as Git author. */
  name: z.string().min(1).max(60),
  /** System prompt of the agent. */
  prompt: z.string().max(32_000),
  /** Tools by OpenCode's names that are switched on or off; those not named are on. */
  tools: z.record(z.string().max(80), z.boolean()).optional(),
  /**
   * OpenCode's permission object: what it does at once, refuses, or
   * asks the platform. Absent: all inside the agent's directory goes.
   */
  permission: z.record(z.string().max(80), z.enum(["allow", "ask", "deny"])).optional(),
});
export type AgentPut = z.infer<typeof agentPut>;
export const agentSeen = z.object({
  agent: id("agt"),
  running: z.boolean(),
  /** OpenCode's `directory` for this agent. */
  directory: z.string(),
  /** Changes each time the server was started: events and sessions of another boot must be compared anew. */
  boot: z.string(),
  /** The agent's Gitea user. */
  gitUser: z.string(),
});
export type AgentSeen = z.infer<typeof agentSeen>;

/**
 * DELETE /stacks/:member/agents/:agent/processes: kills all that runs under the agent's uid but its server.
 */
export const sweepOut = z.object({ killed: z.number().int() });

// ── what a runner asks of the edge, signed by its machine key ──────────────────────────────────────────────

/**
 * POST /stacks/:member/ticket. `running`: for a start by the command of this generation, which needs a slot
 * of the host; `stopped`: it waits for none any more. Absent for a look, which takes nothing.
 */
export const stackTicketIn = z.strictObject({
  wants: z.enum(["running", "stopped"]).optional(),
  generation: z.number().int().nonnegative().default(0),
});
export type StackTicketIn = z.input<typeof stackTicketIn>;
/** 202 of the same: no slot is free. */
export const stackWaitOut = z.object({ waiting: slotWait });
export type StackWait = z.infer<typeof stackWaitOut>;
export const stackTicketOut = z.object({
  ticket: z.string(),
  /** Seconds since 1970. */
  expiresAt: z.number(),
  stack: id("stk"),
  host: z.object({ id: id("hst"), address: z.string(), port: z.number().int() }),
  epoch: z.number().int(),
  ceiling: z.enum(ceilings),
  ceilingRev: z.number().int(),
  limits: stackLimits,
  /** The stack has a memory already. */
  keeps: z.boolean().default(false),
  /** Millionths of a dollar per token of the model that the agents are given. */
  price: z.object({ input: z.number().nonnegative(), output: z.number().nonnegative() }),
});
export type StackTicketOut = z.infer<typeof stackTicketOut>;

/** Of so many agents of a member at a time it is counted how long they work and wait. */
export const mostTimedAgents = 200;
/**
 * PUT /stacks/:member/status: the registry's cache of what the
 * actor knows. Lower `seq` than the stored one changes nothing.
 */
export const stackStatusIn = z.strictObject({
  seq: z.number().int().nonnegative(),
  status: z.enum(["provisioning", "ready", "working", "stopped", "failed"]),
  observed: z.enum(observedStates),
  /** Stopped because nobody used it, not by its member. */
  asleep: z.boolean().default(false),
  lastActivity: z.number(),
  containers: z.strictObject({ gitea: z.string(), opencode: z.string() }).optional(),
  /** The actor has seen its memory repository: from now on it is missing where it is not. */
  memory: z.boolean().optional(),
  /** The repository is gone from a volume that is there. */
  memoryMissing: z.boolean().optional(),
  /** Which agents there are, and which of them is at work: by this their time is counted. */
  agents: z
    .array(z.strictObject({ id: id("agt"), working: z.boolean() }))
    .max(mostTimedAgents)
    .refine((list) => new Set(list.map((agent) => agent.id)).size === list.length, "names an agent twice")
    .optional(),
});
export type StackStatusIn = z.infer<typeof stackStatusIn>;

/**
 * PUT /stacks/:member/sessions/:session: model calls that
 * carry this OpenCode session id belong to that agent.
 */
/**
 * What a session works for: its task, and the quest that this is of. `limitMicros`: what it may cost in all.
 */
export const sessionBudget = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,60}$/),
  limitMicros: z.number().int().min(0).nullable(),
});
export type SessionBudget = z.infer<typeof sessionBudget>;
export const sessionBudgets = z.strictObject({
  task: sessionBudget.optional(),
  quest: sessionBudget.optional(),
  /** The project of the task: what its calls cost is shown by it. */
  project: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,39}$/)
    .optional(),
});
export type SessionBudgets = z.infer<typeof sessionBudgets>;
export const stackSessionIn = z.strictObject({ agent: id("agt"), budgets: sessionBudgets.optional() });
/** What its model calls have cost by the ledger; absent for what it does not work for. */
export const stackSessionOut = z.object({
  ok: z.literal(true),
  /** false when it was known already. */
  changed: z.boolean(),
  spent: z.object({ task: z.number().int().optional(), quest: z.number().int().optional() }),
  /** Whether the plan has model time for the agent, or a key of the member's own pays for it. */
  modelTime: z.boolean().default(true),
});

/** Inside the box: names every part agrees on. */
export const box = {
  giteaPort: 3000,
  opencodePort: (index: number) => 4100 + index,
  uid: (index: number) => 20_001 + index,
  /** How many agents one box can hold. */
  seats: 63,
  /** The user after the agents' is the member's own, for terminals. */
  memberSeat: 63,
  memberHome: "/workspace/member",
  agentHome: (agent: string) => `/workspace/agents/${agent}`,
  /** cwd and OpenCode `directory` */
  agentDirectory: (agent: string) => `/workspace/agents/${agent}/work`,
  memoryRepo: { owner: "growqr", name: "memory" },
  projectOwner: "projects",
  gitHost: "gitea",
  gatewayHost: "gateway",
  provider: "growqr",
  model: "grow",
  openCodeAgent: "grow",
  mcp: "platform",
} as const;
/** The memory of a member, in the Gitea of their own stack. */
export const memoryRepository = `${box.memoryRepo.owner}/${box.memoryRepo.name}`;
/** The Gitea user of an agent: stable, and a legal user name. */
export function gitUser(agent: string): string {
  return `agent-${agent.slice(4).toLowerCase()}`;
}
/** The address an agent's commits carry; it belongs to its Gitea user and receives nothing. */
export function gitMail(agent: string): string {
  return `${gitUser(agent)}@agents.growqr.invalid`;
}
/** The branch on which an agent pushes. */
export function agentBranch(agent: string, name: string): string {
  return `agent/${agent}/${name}`;
}
