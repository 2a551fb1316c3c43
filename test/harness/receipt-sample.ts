import { exportJWK, generateKeyPair } from "jose";
import { type RanCheck, type ReceiptFacts, receiptKey } from "../../schema/receipt/receipt.ts";
import { newId } from "../../schema/wire/id.ts";
import type { PrivateKey } from "../../schema/wire/key.ts";

/** What tests sign receipts with, and of. */
export const zero = "0".repeat(64);
export async function newReceiptKey(kid: string): Promise<PrivateKey<"receipt">> {
  return receiptKey.parse({ ...(await exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey)), kid });
}
export const command = (over: Partial<Extract<RanCheck, { kind: "command" }>> = {}): RanCheck => ({
  name: "tests.0",
  kind: "command",
  command: "node test.mjs",
  seconds: 20,
  exitCode: 0,
  output: zero,
  ms: 12,
  ...over,
});
export const proof = (over: Partial<ReceiptFacts> = {}): ReceiptFacts => ({
  id: newId("rct"),
  task: newId("tsk"),
  repository: "projects/blog",
  commit: "a".repeat(40),
  spec: { id: "create-blog", sha256: zero },
  image: { name: "growqr/opencode", sha256: zero },
  setup: { commands: ["npm install"], files: [{ name: "package.json", sha256: zero }], unpinned: ["package.json"], snapshot: zero },
  strength: { caught: 7, tried: 8, left: 0, missed: ["style.css is empty"] },
  checks: [command()],
  outputs: [],
  held: { rules: ["base-and-outputs", "two-places", "a-rule-of-later"], agreed: { files: [], more: 0 } },
  startedAt: 1_800_000_000_000,
  finishedAt: 1_800_000_060_000,
  ...over,
});
