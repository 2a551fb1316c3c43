import { z } from "zod";
import { appStates } from "../release/release-host.ts";
import { projectName } from "../task/spec.ts";
import { id } from "../wire/id.ts";

/**
 * What serves of a project is not well for a while: opened once, with evidence, and followed to its end. By
 * the project's policy it becomes a repair: a plan whose merge is deployed.
 */
export const repairPolicies = ["off", "ask", "auto"] as const;
export type RepairPolicy = (typeof repairPolicies)[number];

export const incidentStates = [
  /** The member was told. Nothing is done about it unless they say so. */
  "open",
  /** The member is asked whether it is repaired. */
  "asked",
  /** A repair was agreed to, and begins. */
  "agreed",
  /** The plan of a repair is worked on. */
  "repairing",
  /** The repair is merged and proven, and its release is on the way. */
  "deploying",
  /** The repair's release serves, and is watched. */
  "watching",
  /** Repairs have failed: the release before is gone back to, where there is one. */
  "rolling_back",
  /** It waits for the member and the Grow Agent. */
  "handed_over",
  "closed",
] as const;
export type IncidentState = (typeof incidentStates)[number];
export const incidentCauses = ["health", "errors"] as const;
export type IncidentCause = (typeof incidentCauses)[number];
/** Repairs that may fail before the release before is gone back to. */
export const mostFailedRepairs = 2;
/** Repairs that begin by themselves within a day, in one project; after them the member is asked. */
export const mostRepairsByItself = 3;

export const incidentSteps = [
  "opened",
  "told",
  "asked",
  "declined",
  "agreed",
  "began",
  "proven",
  "deployed",
  "failed",
  "rolled_back",
  "handed_over",
  "closed",
] as const;
export type IncidentStepKind = (typeof incidentSteps)[number];
/** What has happened, oldest first. */
export const incidentStep = z.strictObject({
  /** Milliseconds since 1970. */
  at: z.number(),
  kind: z.enum(incidentSteps),
  text: z.string().max(1_000),
  plan: id("pln").optional(),
  release: id("rel").optional(),
});
export type IncidentStep = z.infer<typeof incidentStep>;
/** Of one incident, the newest are kept beside the first. */
export const mostIncidentSteps = 100;

/** How the app was when it was found. Values of the project's variables are hidden in it. */
export const incidentEvidence = z.strictObject({
  at: z.number(),
  state: z.enum(appStates).optional(),
  reason: z.string().max(2_000).optional(),
  /** It was stopped because it keeps too much: only its member knows what of it may go. */
  over: z.literal(true).optional(),
  /** The end of what it printed. */
  log: z.string().max(8_000),
  /** Of the last minutes. */
  requests: z.number().int(),
  errors: z.number().int(),
});
export type IncidentEvidence = z.infer<typeof incidentEvidence>;

/** What decides how an incident goes on. Plain data, in its row. */
export type IncidentFacts = {
  state: IncidentState;
  /** Repairs that failed since the member last agreed. */
  failures: number;
  plan: `pln_${string}` | null;
  approval: `apr_${string}` | null;
  /** The newest release of a repair. */
  repair: `rel_${string}` | null;
};
type Why = { reason: string };
export type IncidentCommand =
  | { kind: "ask"; approval: `apr_${string}` }
  | ({ kind: "decline" } & Why)
  /** `anew`: by the member, after repairs that failed. */
  | ({ kind: "agree"; anew?: boolean } & Why)
  | { kind: "begin"; plan: `pln_${string}` }
  | ({ kind: "prove" } & Why)
  | { kind: "take_release"; release: `rel_${string}` }
  | { kind: "deploy"; release: `rel_${string}` }
  | ({ kind: "fail" } & Why)
  /** The repair ended without a word on the app: the member cancelled it, or it can't begin. */
  | ({ kind: "stop" } & Why)
  /** `approval`: the member is asked whether it is tried once more. */
  | ({ kind: "go_back"; approval?: `apr_${string}` } & Why)
  | ({ kind: "close" } & Why);
export type IncidentCommandKind = IncidentCommand["kind"];
type Told = { kind: IncidentStepKind; text: string; plan?: `pln_${string}`; release?: `rel_${string}` };
/** What it is then, and the steps of its timeline that tell it. */
export type IncidentTransition = { facts: IncidentFacts; steps: Told[] };
type CommandOf<K extends IncidentCommandKind> = Extract<IncidentCommand, { kind: K }>;
type Rule<K extends IncidentCommandKind> = (facts: IncidentFacts, command: CommandOf<K>) => IncidentTransition;

const to = (facts: IncidentFacts, state: IncidentState, steps: Told[], change: Partial<IncidentFacts> = {}): IncidentTransition => ({
  facts: { ...facts, ...change, state },
  steps,
});
const ask: Rule<"ask"> = (facts, { approval }) =>
  to(facts, "asked", [{ kind: "asked", text: "You are asked whether it is repaired." }], { approval });
const agree: Rule<"agree"> = (facts, { reason, anew }) =>
  to(facts, "agreed", [{ kind: "agreed", text: reason }], anew ? { failures: 0 } : {});
const fail: Rule<"fail"> = (facts, { reason }) => {
  const failures = facts.failures + 1;
  const told: Told = { kind: "failed", text: reason, ...(facts.plan ? { plan: facts.plan } : {}) };
  return to(facts, failures < mostFailedRepairs ? "agreed" : "rolling_back", [told], { failures });
};
const stop: Rule<"stop"> = (facts, { reason }) => to(facts, "open", [{ kind: "declined", text: reason }]);
const close: Rule<"close"> = (facts, { reason }) => to(facts, "closed", [{ kind: "closed", text: reason }]);
const takeRelease: Rule<"take_release"> = (facts, { release }) => to(facts, facts.state, [], { repair: release });

/** The one table: by state, what may happen there. A command that is not listed changes nothing. */
const incidentRules: Record<IncidentState, { [K in IncidentCommandKind]?: Rule<K> }> = {
  open: { ask, agree, close },
  asked: {
    agree,
    decline: (facts, { reason }) => to(facts, "open", [{ kind: "declined", text: reason }]),
    close,
  },
  agreed: {
    begin: (facts, { plan }) => to(facts, "repairing", [{ kind: "began", text: "A repair has begun.", plan }], { plan, repair: null }),
    stop,
    close,
  },
  repairing: {
    prove: (facts, { reason }) => to(facts, "deploying", [{ kind: "proven", text: reason, ...(facts.plan ? { plan: facts.plan } : {}) }]),
    fail,
    stop,
    close,
  },
  deploying: {
    take_release: takeRelease,
    deploy: (facts, { release }) => to(facts, "watching", [{ kind: "deployed", text: "The repaired release serves.", release }]),
    fail,
    stop,
    close,
  },
  watching: { fail, close },
  rolling_back: {
    go_back: (facts, { reason, approval = null }) => to(facts, "handed_over", [{ kind: "handed_over", text: reason }], { approval }),
  },
  handed_over: { agree, close },
  closed: {},
};
/** How it goes on, or undefined where the state does not take the command. Pure. */
export function nextIncident(facts: IncidentFacts, command: IncidentCommand): IncidentTransition | undefined {
  const rule = incidentRules[facts.state][command.kind] as Rule<IncidentCommandKind> | undefined;
  return rule?.(facts, command);
}
export const acceptedIncidentCommands = (state: IncidentState): IncidentCommandKind[] =>
  (Object.keys(incidentRules[state]) as IncidentCommandKind[]).sort();
/** Whether the member can have it repaired by a press. */
export const isRepairable = (state: IncidentState): boolean => "agree" in incidentRules[state];

export const incidentView = z.object({
  id: id("inc"),
  project: projectName,
  /** The release that was not well. */
  release: id("rel"),
  state: z.enum(incidentStates),
  cause: z.enum(incidentCauses),
  /** Why, in words. */
  reason: z.string(),
  openedAt: z.number(),
  closedAt: z.number().optional(),
  /** The newest repair's. */
  plan: id("pln").optional(),
  approval: id("apr").optional(),
  /** Repairs that failed. */
  failures: z.number().int(),
});
export type IncidentView = z.infer<typeof incidentView>;
export const incidentDetail = incidentView.extend({ evidence: incidentEvidence.optional(), steps: z.array(incidentStep) });
export type IncidentDetail = z.infer<typeof incidentDetail>;
export const incidentStateBody = incidentView.pick({ id: true, project: true, state: true, cause: true, reason: true });

/** Incidents of one project that its list shows, newest first. */
export const mostIncidents = 100;
export const incidentsOut = z.object({ incidents: z.array(incidentView) });
export const incidentIn = z.strictObject({ incident: id("inc") });
export const incidentOut = z.object({ incident: incidentDetail });
