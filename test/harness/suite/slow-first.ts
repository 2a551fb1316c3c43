import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, by their last durations: they begin first, so that none of them runs on alone
 * at the end of its project. A clean clone knows no durations, and vitest goes by the size of a file then.
 */
export const slowFiles = [
  "stories/guest-book",
  "stories/plan-to-merge",
  "e2e/online/online",
  "e2e/quests",
  "e2e/app/screens",
  "e2e/parallel",
  "e2e/misbehaving-model",
  "faults/stop-and-loss",
  "faults/kill-mid-turn",
  "faults/task-steps",
  "faults/disk",
  "faults/hosts",
  "agent-host/run/lies",
  "agent-host/opencode/escapes",
  "agent-host/run/counter-proof",
  "agent-host/run/setup/registry-away",
  "agent-host/release/bad-release",
  "agent-host/stack/stack",
  "agent-host/run/languages",
  "agent-host/run/lies-in-early-branches",
  "agent-host/service/release-services",
  "agent-host/run/setup/environment",
  "agent-host/release/release",
  "agent-host/run/setup/setup",
  "agent-host/run/lies-in-merges",
  "agent-host/network/admission",
  "agent-host/access",
  "edge/event/cuts",
  "edge/model-gateway",
  "edge/billing/plan-change",
  "edge/billing/payment-history",
  "edge/actor",
  "edge/reminder",
  "app/browser/account",
  "app/browser/conversation",
  "app/browser/sign-in-steps",
  "app/browser/plan-card",
  "app/browser/preview",
  "app/browser/projects",
  "app/browser/billing/plan-usage",
  "actors/incident/incident",
  "actors/kernel/ticket",
  "deploy/deploy",
  "deploy/operator",
  "deploy/backup/database-backup",
  "schema/wire/foreign-text",
].map((name) => `/test/${name}.test.ts`);
const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = slowFiles.findIndex((name) => moduleId.endsWith(name));
  return rank < 0 ? slowFiles.length : rank;
};

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((left, right) => (left.project.name === right.project.name ? rankOf(left) - rankOf(right) : 0));
  }
}
