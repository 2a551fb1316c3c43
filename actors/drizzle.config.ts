import { defineConfig } from "rivetkit/db/drizzle";

const nouns = [
  "event",
  "message",
  "turn",
  "work",
  "outbox",
  "project",
  "head",
  "answer",
  "grow-agent",
  "agent",
  "task",
  "plan",
  "run",
  "sub-agent",
  "approval",
  "policy",
  "proposal",
  "memory-file",
  "proof",
  "quest",
  "member-agent",
  "changed-file",
];
export default defineConfig({
  schema: nouns.map((noun) => `./schema/${noun}.table.ts`) as unknown as string,
  out: "./schema/migrations/actor",
});
