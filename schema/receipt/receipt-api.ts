import { z } from "zod";
import { coverageEntry } from "../proof/coverage.ts";
import { mostOutputs, type RunIn, type RunResult, repoName } from "../proof/proof.ts";
import { agreedFiles, ruleNames } from "../proof/room-rules.ts";
import { setupSeen } from "../proof/setup.ts";
import { strengthShape } from "../proof/strength.ts";
import type { TestsSeen } from "../proof/test-report.ts";
import { commitHash } from "../task/task-command.ts";
import { sha256Hex } from "../wire/canonical.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { mostRan, notesRef, type RanCheck, ranCheck } from "./receipt.ts";

/** Receipts between runner, edge, host and member. */

/**
 * POST /stacks/:member/notes: adds a receipt (a compact JWS) to the
 * commit's note under `refs/notes/receipts`; the same one twice is one.
 */
export const noteIn = z.strictObject({
  repo: repoName,
  commit: commitHash,
  receipt: z
    .string()
    .max(100_000)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, "must be a compact JWS"),
});
export const noteOut = z.object({ commit: commitHash, ref: z.literal(notesRef), hash: commitHash, added: z.boolean() });

/**
 * POST /stacks/:member/receipts, signed by the runner: what a run showed. The same run gets the same receipt.
 */
export const receiptIn = z.strictObject({
  run: id("wrk"),
  task: id("tsk"),
  title: z.string().max(200),
  repo: repoName,
  branch: z.string().max(200),
  commit: commitHash,
  spec: z.strictObject({ id: z.string().max(60), sha256: sha256Hex }),
  image: z.strictObject({ name: z.string().max(200), sha256: sha256Hex }),
  checks: z.array(ranCheck).min(1).max(mostRan),
  outputs: z.array(z.strictObject({ path: innerPath, sha256: sha256Hex })).max(2 * mostOutputs),
  coverage: z.array(coverageEntry).max(mostRan).optional(),
  declined: z.array(z.string().max(600)).max(50).optional(),
  setup: setupSeen.optional(),
  strength: strengthShape.optional(),
  /** What the room held to. Absent from a room that names no rules: its receipt is of the first format. */
  held: z.strictObject({ rules: ruleNames, agreed: agreedFiles }).optional(),
  /** Milliseconds since 1970. */
  startedAt: z.number().int(),
  finishedAt: z.number().int(),
});
export type ReceiptIn = z.infer<typeof receiptIn>;
export const receiptOut = z.object({ id: id("rct"), receipt: z.string() });
/**
 * GET /receipts, GET /receipts/:receiptId. `receipt` is the compact
 * JWS that `verify-receipt.mjs` reads. Times are milliseconds.
 */
export const receiptView = z
  .object({
    id: id("rct"),
    task: id("tsk"),
    title: z.string(),
    repo: z.string(),
    branch: z.string(),
    commit: commitHash,
    /** The public key that verifies it, in `/.well-known/jwks.json`. */
    key: z.string(),
    checks: z.number().int(),
    issuedAt: z.number(),
    /** Since when its branch has newer commits; null while it is current. */
    staleAt: z.number().nullable(),
    receipt: z.string(),
  })
  .meta({ id: "Receipt" });
/** PUT /stacks/:member/receipts/:receiptId */
export const receiptStaleIn = z.strictObject({ staleAt: z.number().int() });

const nameEncoder = new TextEncoder();
/** Of names of tests in one receipt, in bytes: a note holds it. */
const mostNameBytes = 8_000;
/** The checks of a run that passed, as a receipt names them: declared outputs first. */
export function toRanChecks(run: RunIn, result: RunResult): RanCheck[] {
  let left: number = mostNameBytes;
  const limitNames = ({ names, ...counts }: TestsSeen): TestsSeen => {
    const kept = names.filter((name) => {
      left -= nameEncoder.encode(name).length;
      return left >= 0;
    });
    return { ...counts, names: kept };
  };
  const seen = new Map(result.checks.map((each) => [each.name, each]));
  const files = result.outputs.map(({ path, sha256: output }, index) => {
    return ranCheck.parse({ name: `outputs.${index}`, kind: "file", file: path, seconds: 60, output, ms: 0 });
  });
  const rest = run.checks.map((check) => {
    const { ms, outputHash: output, exitCode, status, serve: served, tests: ran } = seen.get(check.name)!;
    const { name, seconds } = check;
    const contains = check.contains === undefined ? {} : { contains: check.contains };
    const common = { name, seconds, ...contains, output, ms };
    if (check.kind === "file") return ranCheck.parse({ ...common, kind: "file", file: check.file });
    if (check.kind === "command") {
      const tests = ran === undefined ? {} : { tests: ran && limitNames(ran) };
      return ranCheck.parse({ ...common, kind: "command", command: check.command, exitCode, ...tests });
    }
    const serve = check.serve ?? served; // where the spec names none, the project's own
    return ranCheck.parse({ ...common, kind: "url", url: check.url, ...(serve === undefined ? {} : { serve }), status });
  });
  return [...files, ...rest];
}
