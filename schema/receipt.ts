import { z } from "zod";
import { id } from "./id.ts";
import { checkResult, outputSeen, repoName, roomCheck, sha256 } from "./proof.ts";
import { commitHash } from "./task-command.ts";

/**
 * A receipt: signed proof that a task's checks passed in a clean checkout of a commit. An in-toto statement in a DSSE envelope, ES256,
 * kept by the edge and as one line of the commit's note under refs/notes/receipts. `receipt-verify.mjs` reads it with Node alone.
 */
export const statementType = "https://in-toto.io/Statement/v1";
export const predicateType = "https://growqr.dev/receipt/v1";
export const payloadType = "application/vnd.in-toto+json";

const checked = checkResult.pick({ name: true, kind: true, what: true, exitCode: true, status: true, ms: true, outputHash: true });
/** What the runner says of a run that passed: the body of POST /stacks/:member/receipts. */
export const receiptIn = z.strictObject({
  run: id("wrk"),
  task: id("tsk"),
  title: z.string().max(200),
  repo: repoName,
  branch: z.string().max(200),
  commit: commitHash,
  tree: commitHash,
  base: commitHash.optional(),
  /** SHA-256 of the spec as it was written. */
  specHash: sha256,
  /** Digest of the container's image. */
  image: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  checks: z.array(roomCheck).max(100),
  results: z.array(checked).max(100),
  outputs: z.array(outputSeen).max(100),
  /** Milliseconds since 1970. */
  startedAt: z.number().int(),
  endedAt: z.number().int(),
});
export type ReceiptIn = z.infer<typeof receiptIn>;

const time = z.iso.datetime();
export const statement = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ name: z.string(), digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.literal(predicateType),
  predicate: z.object({
    receipt: id("rct"),
    task: z.object({ id: id("tsk"), title: z.string(), specHash: sha256 }),
    repository: repoName,
    branch: z.string(),
    commit: commitHash,
    tree: commitHash,
    base: commitHash.optional(),
    image: z.string(),
    checks: z.array(roomCheck),
    results: z.array(checked),
    outputs: z.array(outputSeen),
    run: z.object({ id: id("wrk"), startedAt: time, endedAt: time, by: id("rnr") }),
    issuedAt: time,
  }),
});
export type Statement = z.infer<typeof statement>;

/** DSSE: `sig` is base64 of the raw 64 bytes over the pre-authentication encoding of type and payload. */
export const envelope = z.object({
  payloadType: z.literal(payloadType),
  payload: z.base64(),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })).min(1),
});
export type Envelope = z.infer<typeof envelope>;

/** POST /stacks/:member/receipts → the signed receipt; the same run gets the same one. */
export const receiptOut = z.object({ id: id("rct"), envelope });
/** GET /receipts. */
export const receiptView = z
  .object({
    id: id("rct"),
    task: id("tsk"),
    title: z.string(),
    repo: z.string(),
    branch: z.string(),
    commit: commitHash,
    key: z.string(),
    /** Milliseconds since 1970. */
    issuedAt: z.number(),
    /** A newer commit of its branch is known since then; null while it is current. */
    staleAt: z.number().nullable(),
    envelope,
  })
  .meta({ id: "Receipt" });
export type ReceiptView = z.infer<typeof receiptView>;

export function newStatement(of: ReceiptIn, by: { receipt: string; runner: string; now: number }): Statement {
  const iso = (ms: number) => new Date(ms).toISOString();
  return statement.parse({
    _type: statementType,
    subject: [
      { name: `${of.repo}@${of.branch}`, digest: { gitCommit: of.commit, gitTree: of.tree } },
      ...of.outputs.map((output) => ({ name: output.path, digest: { sha256: output.sha256 } })),
    ],
    predicateType,
    predicate: {
      receipt: by.receipt,
      task: { id: of.task, title: of.title, specHash: of.specHash },
      repository: of.repo,
      branch: of.branch,
      commit: of.commit,
      tree: of.tree,
      ...(of.base ? { base: of.base } : {}),
      image: of.image,
      checks: of.checks,
      results: of.results,
      outputs: of.outputs,
      run: { id: of.run, startedAt: iso(of.startedAt), endedAt: iso(of.endedAt), by: by.runner },
      issuedAt: iso(by.now),
    },
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);
const base64 = (of: Uint8Array) => btoa(Array.from(of, (byte) => String.fromCharCode(byte)).join(""));
/** DSSE's pre-authentication encoding: what is signed. */
export function encoding(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = bytes(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `);
  const all = new Uint8Array(head.length + payload.length);
  all.set(head);
  all.set(payload, head.length);
  return all;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const hash = { name: "ECDSA", hash: "SHA-256" } as const;
export async function sign(of: Statement, key: { kid: string; jwk: JsonWebKey }): Promise<Envelope> {
  const payload = bytes(JSON.stringify(of));
  const secret = await crypto.subtle.importKey("jwk", key.jwk, algorithm, false, ["sign"]);
  const sig = new Uint8Array(await crypto.subtle.sign(hash, secret, encoding(payload)));
  return { payloadType, payload: base64(payload), signatures: [{ keyid: key.kid, sig: base64(sig) }] };
}
/** The statement of a receipt whose signature holds under one of these keys, or undefined. */
export async function verified(of: Envelope, keys: readonly (JsonWebKey & { kid?: string })[]): Promise<Statement | undefined> {
  const payload = Uint8Array.from(atob(of.payload), (char) => char.charCodeAt(0));
  for (const { keyid, sig } of of.signatures) {
    const key = keys.find((each) => each.kid === keyid);
    if (!key) continue;
    const open = await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: key.x!, y: key.y! }, algorithm, false, ["verify"]);
    const given = Uint8Array.from(atob(sig), (char) => char.charCodeAt(0));
    if (!(await crypto.subtle.verify(hash, open, given, encoding(payload)))) continue;
    const read = statement.safeParse(JSON.parse(new TextDecoder().decode(payload)));
    if (read.success) return read.data;
  }
  return undefined;
}
/** The line under which Git keeps a receipt. */
export function noteLine(of: Envelope): string {
  return JSON.stringify(of);
}
