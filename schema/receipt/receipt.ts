import { base64url, CompactSign, compactVerify, createLocalJWKSet, decodeProtectedHeader, importJWK, type JWK } from "jose";
import { z } from "zod";
import { type CoverageEntry, countProven, coverageEntry, headlineOf } from "../proof/coverage.ts";
import { type AgreedFiles, agreedFiles, ruleNames } from "../proof/room-rules.ts";
import { type SetupSeen, setupSeen } from "../proof/setup.ts";
import { type Strength, strengthShape } from "../proof/strength.ts";
import { testsSeen } from "../proof/test-report.ts";
import { type Spec, specShape } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { canonicalJson, hashSha256, sha256Hex } from "../wire/canonical.ts";
import { AppError } from "../wire/error.ts";
import { id } from "../wire/id.ts";
import { type PrivateKey, type PublicKey, privateKeyOf, publicKey, receiptKeyPrefix } from "../wire/key.ts";
import { innerPath } from "../wire/path.ts";

/**
 * Signed proof that a task's checks passed at a commit: an
 * in-toto statement, as a JWS with ES256, one line of a Git note.
 */
export const statementType = "https://in-toto.io/Statement/v1";
/**
 * Formats. A receipt of the first names no rules: it says that the checks passed, and nothing of what may
 * have lain beside the work. Each goes on to be read as what it was.
 */
export const predicateTypes = { v1: "urn:growqr:receipt:v1", v2: "urn:growqr:receipt:v2" } as const;
export const notesRef = "refs/notes/receipts";
const jwsType = "growqr-receipt";
/** Checks of one receipt, and the files that are declared among them. */
export const mostRan = 300;
const receiptName = z.string().max(60);

/**
 * One check as it ran. `output` is the SHA-256 of what it printed;
 * the check itself is there so that a stranger can run it again.
 */
export const ranCheck = z.discriminatedUnion("kind", [
  z.strictObject({
    name: receiptName,
    kind: z.literal("command"),
    command: z.string(),
    seconds: z.number(),
    contains: z.string().optional(),
    exitCode: z.number().int(),
    output: sha256Hex,
    ms: z.number().int().nonnegative(),
    /** The tests in it; null: none is known. Receipts of before do not say. */
    tests: testsSeen.nullable().optional(),
  }),
  z.strictObject({
    name: receiptName,
    kind: z.literal("url"),
    url: z.string(),
    serve: z.string().optional(),
    seconds: z.number(),
    contains: z.string().optional(),
    status: z.number().int(),
    output: sha256Hex,
    ms: z.number().int().nonnegative(),
  }),
  z.strictObject({
    name: receiptName,
    kind: z.literal("file"),
    file: innerPath,
    seconds: z.number(),
    contains: z.string().optional(),
    output: sha256Hex,
    ms: z.number().int().nonnegative(),
  }),
]);
export type RanCheck = z.infer<typeof ranCheck>;

const predicateShape = z.strictObject({
  id: id("rct"),
  task: id("tsk"),
  spec: z.strictObject({ id: z.string(), digest: z.strictObject({ sha256: sha256Hex }) }),
  image: z.strictObject({ name: z.string().max(200), digest: z.strictObject({ sha256: sha256Hex }) }),
  checks: z.array(ranCheck).min(1).max(mostRan),
  /**
   * Each scenario and output of the spec: checked, not checked or declined. Receipts of before do not say.
   */
  coverage: z.array(coverageEntry).max(mostRan).optional(),
  /** What the member declined while it was worked on, in words. */
  declined: z.array(z.string().max(600)).max(50).optional(),
  /** What the platform installed before the checks. Absent: nothing had to be. */
  setup: setupSeen.optional(),
  /** How many ways of not doing the work the checks would have noticed. Receipts of before do not say. */
  strength: strengthShape.optional(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
/** What the room held to, by name, and what settles the checks and was changed with the member's word. */
const rulesShape = { rules: ruleNames, agreed: agreedFiles };
const statementShape = z.strictObject({
  _type: z.literal(statementType),
  /** First the repository at the commit, then each declared output. */
  subject: z.tuple(
    [z.strictObject({ name: z.string().max(200), digest: z.strictObject({ gitCommit: commitHash }) })],
    z.strictObject({ name: innerPath, digest: z.strictObject({ sha256: sha256Hex }) }),
  ),
});
export const receiptStatement = z.discriminatedUnion("predicateType", [
  statementShape.extend({ predicateType: z.literal(predicateTypes.v1), predicate: predicateShape }),
  statementShape.extend({ predicateType: z.literal(predicateTypes.v2), predicate: predicateShape.extend(rulesShape) }),
]);
export type ReceiptStatement = z.infer<typeof receiptStatement>;
export type RulesSeen = { rules: string[]; agreed: AgreedFiles };
/** Undefined of a receipt of the first format, which names none. */
export function rulesOf({ predicateType, predicate }: ReceiptStatement): RulesSeen | undefined {
  return predicateType === predicateTypes.v2 ? { rules: predicate.rules, agreed: predicate.agreed } : undefined;
}

export function specHash(spec: Spec): Promise<string> {
  return hashSha256(canonicalJson(specShape.parse(spec)));
}

export type ReceiptFacts = {
  id: ReceiptStatement["predicate"]["id"];
  task: ReceiptStatement["predicate"]["task"];
  repository: string;
  commit: string;
  spec: { id: string; sha256: string };
  image: { name: string; sha256: string };
  checks: RanCheck[];
  outputs: { path: string; sha256: string }[];
  coverage?: CoverageEntry[] | undefined;
  declined?: string[] | undefined;
  setup?: SetupSeen | undefined;
  strength?: Strength | undefined;
  /** Absent where the room named none: then the receipt is of the first format. */
  held?: RulesSeen | undefined;
  /** Milliseconds since 1970. */
  startedAt: number;
  finishedAt: number;
};
/** The statement of a verification that passed. The caller has compared every result with its check. */
export function makeStatement(proof: ReceiptFacts): ReceiptStatement {
  const { id: receipt, task, checks } = proof;
  return receiptStatement.parse({
    _type: statementType,
    subject: [
      { name: proof.repository, digest: { gitCommit: proof.commit } },
      ...proof.outputs.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } })),
    ],
    predicateType: proof.held ? predicateTypes.v2 : predicateTypes.v1,
    predicate: {
      id: receipt,
      task,
      spec: { id: proof.spec.id, digest: { sha256: proof.spec.sha256 } },
      image: { name: proof.image.name, digest: { sha256: proof.image.sha256 } },
      checks,
      ...(proof.coverage ? { coverage: proof.coverage } : {}),
      ...(proof.declined?.length ? { declined: proof.declined } : {}),
      ...(proof.setup ? { setup: proof.setup } : {}),
      ...(proof.strength ? { strength: proof.strength } : {}),
      ...proof.held,
      startedAt: new Date(proof.startedAt).toISOString(),
      finishedAt: new Date(proof.finishedAt).toISOString(),
    },
  });
}

export const receiptKey = privateKeyOf("receipt");
/**
 * The receipt: compact JWS over the canonical statement. The public
 * part of its key stays published for as long as receipts live.
 */
export async function signReceipt(key: PrivateKey<"receipt">, statement: ReceiptStatement): Promise<string> {
  return new CompactSign(new TextEncoder().encode(canonicalJson(receiptStatement.parse(statement))))
    .setProtectedHeader({ alg: "ES256", kid: key.kid, typ: jwsType })
    .sign(await importJWK(key as JWK, "ES256"));
}

/** The key of receipts by this name. A set that was kept before keys had a class tells by their names. */
function keyNamed(kid: string | undefined, keys: readonly unknown[]): PublicKey {
  const named = keys.filter((key) => z.looseObject({ kid: z.string() }).safeParse(key).data?.kid === kid);
  const key = publicKey.parse(
    named.length === 1 ? { class: kid?.startsWith(receiptKeyPrefix) ? "receipt" : "ticket", ...(named[0] as object) } : undefined,
  );
  if (key.class !== "receipt") throw new Error("not a key of receipts");
  return key;
}
/** Why a receipt does not hold, as `why` of the error says it. */
export const receiptFault = z.enum(["signature", "unknown_key", "revoked"]);
export type ReceiptFault = z.infer<typeof receiptFault>;
/**
 * Reads a receipt with the published keys, or throws `unauthenticated`.
 * Of a revoked key what it signed before that holds.
 */
export async function readReceipt(token: string, published: { keys: readonly unknown[] }): Promise<ReceiptStatement> {
  let why: ReceiptFault = "signature";
  try {
    const { kid, typ } = decodeProtectedHeader(token);
    if (typ !== jwsType) throw new Error("not a receipt");
    why = "unknown_key";
    const { revoked, class: _, ...key } = keyNamed(kid, published.keys);
    why = "signature";
    const { payload } = await compactVerify(token, createLocalJWKSet({ keys: [key] }), { algorithms: ["ES256"] });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    const said = receiptStatement.parse(JSON.parse(text));
    if (canonicalJson(said) !== text) throw new Error("not canonical");
    why = "revoked";
    if (revoked && Date.parse(said.predicate.finishedAt) >= revoked.revoked_at * 1000) throw new Error("signed after its key was revoked");
    return said;
  } catch (cause) {
    throw new AppError("unauthenticated", { what: "receipt", why }, { cause });
  }
}

/**
 * What a receipt says, its signature not looked at: of notes,
 * which the platform alone writes. Undefined: it is none.
 */
export function readUnverifiedReceipt(token: string): ReceiptStatement | undefined {
  try {
    return receiptStatement.parse(JSON.parse(new TextDecoder().decode(base64url.decode(token.split(".")[1] ?? ""))));
  } catch {
    return undefined; // not ours, or of another time
  }
}

// ── the note: one receipt a line, sorted, so that git (`cat_sort_uniq`) merges two notes without a conflict
// ──

const receiptLine = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
export function readReceiptNote(note: string): string[] {
  return note.split("\n").filter((text) => receiptLine.test(text));
}
/** The note with one receipt more; the same one again changes nothing. */
export function addReceiptToNote(note: string, token: string): string {
  if (!receiptLine.test(token)) throw new TypeError("not a compact JWS");
  return `${[...new Set([...readReceiptNote(note), token])].sort().join("\n")}\n`;
}

export type ReceiptStanding = { state: "current" | "stale" | "missing"; reason: string };
/** Whether a receipt still speaks for what there is now. Deployment takes `current` alone. */
export function receiptStanding(
  statement: ReceiptStatement | undefined,
  now: { repository: string; commit: string; specSha256: string },
): ReceiptStanding {
  if (!statement) return { state: "missing", reason: "nothing was verified yet" };
  const [{ name: repository, digest }] = statement.subject;
  if (repository !== now.repository) return { state: "missing", reason: `the receipt is for ${repository}` };
  if (digest.gitCommit !== now.commit) return { state: "stale", reason: `there are newer commits than ${digest.gitCommit.slice(0, 10)}` };
  if (statement.predicate.spec.digest.sha256 !== now.specSha256) return { state: "stale", reason: "the spec was changed since" };
  const headline = headlineOf(countProven(statement.predicate.coverage));
  return { state: "current", reason: `${headline === "Verified" ? "verified" : headline} at ${digest.gitCommit.slice(0, 10)}` };
}
