import { defineConfig } from "rivetkit/db/drizzle";

const nouns = [
  "event",
  "conversation/message",
  "turn",
  "work",
  "memory/outbox",
  "project",
  "git/branch-head",
  "idempotency/action-idempotency",
  "agent/grow-agent",
  "agent/agent",
  "task/task",
  "plan/plan",
  "task/run",
  "agent/sub-agent",
  "approval/approval",
  "policy/policy",
  "proposal",
  "memory/memory-file",
  "proof/proof",
  "quest/quest",
  "agent/member-agent",
  "git/changed-file",
];
export default defineConfig({
  schema: nouns.map((noun) => `./schema/${noun}.table.ts`) as unknown as string,
  out: "./schema/migrations/actor",
});
