import { notesRef } from "../../../schema/receipt/receipt.ts";

/** The commands that check the receipts of `commit`, or of the checked-out commit, in a clone. */
export function verifyCommands(commit?: string): string {
  const ofCommit = commit === undefined ? "" : ` --commit ${commit.slice(0, 12)}`;
  return [
    `git fetch origin ${notesRef}:${notesRef}`,
    `curl -O ${location.origin}/verify-receipt.mjs`,
    `node verify-receipt.mjs --jwks ${location.origin}/.well-known/jwks.json${ofCommit} --rerun`,
  ].join("\n");
}
