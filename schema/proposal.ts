import { z } from "zod";
import { id } from "./wire/id.ts";
import { limits } from "./wire/limits.ts";
import { queryNumber } from "./wire/query-number.ts";

/**
 * A memory that says something about the person, or changes a goal
 * of theirs, made by an agent: it counts once the member accepts it.
 */
export const proposalStates = ["pending", "accepted", "rejected", "reverted"] as const;
export type ProposalState = (typeof proposalStates)[number];
export const proposalKinds = ["profile", "goal"] as const;
export const proposalDecisions = ["accept", "reject", "revert"] as const;
export type ProposalDecision = (typeof proposalDecisions)[number];

const proposalTransitions = {
  pending: { accept: "accepted", reject: "rejected" },
  accepted: { revert: "reverted" },
  rejected: {},
  reverted: {},
} as const satisfies Record<ProposalState, Partial<Record<ProposalDecision, ProposalState>>>;
/** The next state, or undefined when that can't be decided any more. */
export function nextProposalState(state: ProposalState, decision: ProposalDecision): ProposalState | undefined {
  return (proposalTransitions[state] as Partial<Record<ProposalDecision, ProposalState>>)[decision];
}

export const proposalView = z.object({
  id: id("prp"),
  kind: z.enum(proposalKinds),
  title: z.string(),
  /** What would be remembered, as text. */
  text: z.string(),
  /** The file it is or becomes. */
  path: z.string(),
  /** When it changes a goal that is there: what of it, a line each. */
  change: z.array(z.string()).default([]),
  state: z.enum(proposalStates),
  /** Whether the member changed the text. */
  edited: z.boolean(),
  agentId: id("agt"),
  turnId: id("trn").nullable(),
  goalId: id("gol").nullable(),
  /** The commit that holds it, once it is written. */
  hash: z.string().nullable(),
  at: z.number(),
  decidedAt: z.number().nullable(),
  /** The device that decided. */
  decidedBy: z.string().nullable(),
});
export type ProposalView = z.infer<typeof proposalView>;

export const proposalsIn = z.strictObject({
  cursor: id("prp").optional(),
  limit: queryNumber(z.number().int().min(1).max(100)).default(50),
  state: z.enum(proposalStates).optional(),
});
export const proposalsOut = z.object({ proposals: z.array(proposalView), next: id("prp").nullable() });
/**
 * `text`: with accept, what is remembered in its place (the
 * member's edit). `device`: what the others are told.
 */
export const proposalDecideIn = z.strictObject({
  proposalId: id("prp"),
  decision: z.enum(proposalDecisions),
  text: z.string().trim().min(1).max(limits.rememberBytes).optional(),
  device: z.string().trim().min(1).max(60).optional(),
});
/** `decided`: false when another answer came first; the proposal says which. */
export const proposalDecideOut = z.object({ proposal: proposalView, decided: z.boolean() });
