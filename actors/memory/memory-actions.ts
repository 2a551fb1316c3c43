import { listGoals, saveGoal } from "../goal.ts";
import type { GrowAgentHandlers } from "../kernel/action.ts";
import { decideProposal, listProposals } from "../proposal.ts";
import { readSaid, recallPassages } from "../search/search-client.ts";
import { memoryDiff, memoryFileAt, memoryHistory, memoryRevert, memoryTree, memoryWrite } from "./memory.ts";
import { listRemembered } from "./remembered.ts";

/** The growAgent's actions on memory, goals, proposals and search. */
export const memoryActions = {
  memoryTree: (call) => memoryTree(call.self, call.input, call.requestId),
  remembered: (call) => listRemembered(call.self.db),
  memoryFile: (call) => memoryFileAt(call.self, call.input, call.requestId),
  memoryHistory: (call) => memoryHistory(call.self, call.input, call.requestId),
  memoryDiff: (call) => memoryDiff(call.self, call.input, call.requestId),
  memoryWrite: (call) => memoryWrite(call.self, call.input, call.key, call.requestId),
  memoryRevert: (call) => memoryRevert(call.self, call.input, call.key, call.requestId),
  proposals: (call) => listProposals(call.self.db, call.input),
  proposalDecide: (call) => decideProposal(call.self, call.input, call.key, call.requestId),
  search: (call) => recallPassages(call.self, call.input, call.requestId),
  goals: (call) => listGoals(call.self.db),
  goalPut: (call) => saveGoal(call.self, call.input, call.key, call.requestId),
  said: (call) => readSaid(call.self.db, call.input),
} satisfies Partial<GrowAgentHandlers>;
