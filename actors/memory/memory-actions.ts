import { listGoals, saveGoal } from "../goal.ts";
import type { GrowAgentHandlers } from "../kernel/action.ts";
import { decideProposal, listProposals } from "../proposal.ts";
import { recall, said } from "../search/search-client.ts";
import { memoryDiff, memoryFileAt, memoryHistory, memoryRevert, memoryTree, memoryWrite } from "./memory.ts";

/** The growAgent's actions on memory, goals, proposals and search. */
export const memoryActions = {
  memoryTree: (of) => memoryTree(of.self, of.input, of.requestId),
  memoryFile: (of) => memoryFileAt(of.self, of.input, of.requestId),
  memoryHistory: (of) => memoryHistory(of.self, of.input, of.requestId),
  memoryDiff: (of) => memoryDiff(of.self, of.input, of.requestId),
  memoryWrite: (of) => memoryWrite(of.self, of.input, of.key, of.requestId),
  memoryRevert: (of) => memoryRevert(of.self, of.input, of.key, of.requestId),
  proposals: (of) => listProposals(of.self.db, of.input),
  proposalDecide: (of) => decideProposal(of.self, of.input, of.key, of.requestId),
  search: (of) => recall(of.self, of.input, of.requestId),
  goals: (of) => listGoals(of.self.db),
  goalPut: (of) => saveGoal(of.self, of.input, of.key, of.requestId),
  said: (of) => said(of.self.db, of.input),
} satisfies Partial<GrowAgentHandlers>;
