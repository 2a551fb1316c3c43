import type { z } from "zod";
import { memoryActionShapes as shapes } from "../../schema/memory/memory-api.ts";
import { saidIn } from "../../schema/search/search.ts";
import { goals, putGoal } from "../goal.ts";
import type { Self } from "../kernel/self.ts";
import { decide, proposals } from "../proposal.ts";
import { recall, said } from "../search/search-client.ts";
import { memoryDiff, memoryFileAt, memoryHistory, memoryRevert, memoryTree, memoryWrite } from "./memory.ts";

type Call<I> = { self: Self; input: I; key: string; requestId: string };
type Make = <S extends z.ZodType, T>(
  name: keyof typeof shapes | "said",
  shape: S,
  act: (call: Call<z.infer<S>>) => Promise<T>,
) => (c: unknown, argument?: unknown) => Promise<T>;

/** The growAgent's actions on memory, goals, proposals and search. */
export function memoryActions(action: Make) {
  return {
    memoryTree: action("memoryTree", shapes.memoryTree.in, (of) => memoryTree(of.self, of.input, of.requestId)),
    memoryFile: action("memoryFile", shapes.memoryFile.in, (of) => memoryFileAt(of.self, of.input, of.requestId)),
    memoryHistory: action("memoryHistory", shapes.memoryHistory.in, (of) => memoryHistory(of.self, of.input, of.requestId)),
    memoryDiff: action("memoryDiff", shapes.memoryDiff.in, (of) => memoryDiff(of.self, of.input, of.requestId)),
    memoryWrite: action("memoryWrite", shapes.memoryWrite.in, (of) => memoryWrite(of.self, of.input, of.key, of.requestId)),
    memoryRevert: action("memoryRevert", shapes.memoryRevert.in, (of) => memoryRevert(of.self, of.input, of.key, of.requestId)),
    proposals: action("proposals", shapes.proposals.in, (of) => proposals(of.self.db, of.input)),
    proposalDecide: action("proposalDecide", shapes.proposalDecide.in, (of) => decide(of.self, of.input, of.key, of.requestId)),
    search: action("search", shapes.search.in, (of) => recall(of.self, of.input, of.requestId)),
    goals: action("goals", shapes.goals.in, (of) => goals(of.self.db)),
    goalPut: action("goalPut", shapes.goalPut.in, (of) => putGoal(of.self, of.input, of.key, of.requestId)),
    said: action("said", saidIn, (of) => said(of.self.db, of.input)),
  };
}
