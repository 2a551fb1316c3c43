import { z } from "zod";
import { auditRepository } from "../audit/audit-repository.ts";
import { repoName } from "../proof/proof.ts";
import { box, memoryRepository } from "../stack/stack.ts";
import { trimTail } from "../wire/foreign-text.ts";
import { id } from "../wire/id.ts";

/**
 * A member's own key for a stock git client: it opens the repositories
 * it names and nothing else. Shown once; only its hash is kept.
 */
export const gitScopes = ["read", "push"] as const;
/** `deploy`: a deploy key. It opens one repository, for a machine, and may live longer. */
export const gitTokenKinds = ["token", "deploy"] as const;
export const mostGitTokens = 50;
/** Seconds. */
export const gitTokenLife = { least: 3_600, usual: 90 * 86_400, most: 365 * 86_400 } as const;
export const deployKeyLife = { ...gitTokenLife, usual: 365 * 86_400, most: 5 * 365 * 86_400 } as const;

const auditRepo = `${auditRepository.owner}/${auditRepository.name}`;
/**
 * Memory, the heads of the audit, or a project. Gitea takes a repository `x.wiki` for another
 * one's pages and cuts `.git` off, so neither names one here.
 */
export const ownRepo = repoName.refine(
  (name) => name === memoryRepository || name === auditRepo || (name.startsWith(`${box.projectOwner}/`) && !/\.(git|wiki)$/i.test(name)),
  `must be ${memoryRepository}, ${auditRepo} or ${box.projectOwner}/<name>`,
);
/**
 * Whether anything can be pushed to it: memory and the heads of the audit are written by the platform
 * alone.
 */
export const isPushable = (repository: string): boolean => repository.startsWith(`${box.projectOwner}/`);
export const tokenName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, "must be one line of text");
/** Seconds from now. */
const expiresIn = ({ least, most, usual }: { least: number; most: number; usual: number }) =>
  z.number().int().min(least).max(most).default(usual);
export const gitTokenIn = z
  .strictObject({
    name: tokenName,
    repositories: z
      .array(ownRepo)
      .min(1)
      .max(20)
      .refine((names) => new Set(names).size === names.length, "must name each repository once"),
    scope: z.enum(gitScopes).default("read"),
    expiresIn: expiresIn(gitTokenLife),
  })
  .refine(({ scope, repositories }) => scope === "read" || repositories.every(isPushable), {
    path: ["scope"],
    message: "may be push for projects alone: the platform writes memory and the heads of the audit",
  });
/** What is asked where the address names the repository. */
export const repoTokenIn = z.strictObject({
  name: tokenName,
  scope: z.enum(gitScopes).default("read"),
  expiresIn: expiresIn(gitTokenLife),
});
export const deployKeyIn = repoTokenIn.extend({ expiresIn: expiresIn(deployKeyLife) });
export const gitTokenView = z.object({
  id: id("gtk"),
  name: z.string(),
  repositories: z.array(z.string()),
  scope: z.enum(gitScopes),
  kind: z.enum(gitTokenKinds),
  createdAt: z.number(),
  expiresAt: z.number(),
  /** To the minute; null when it was never used. */
  lastUsedAt: z.number().nullable(),
});
export type GitTokenView = z.infer<typeof gitTokenView>;
export const gitTokensOut = z.object({ tokens: z.array(gitTokenView) });
export const deployKeysOut = z.object({ deployKeys: z.array(gitTokenView) });
export const deployKeyMade = z.object({ deployKey: gitTokenView, token: z.string() });
/** What POST /git/tokens answers: the only place where the token itself stands. */
export const gitTokenMade = z.object({ gitToken: gitTokenView, token: z.string() });

export const gitTokenShape = /^gqt_[A-Za-z0-9_-]{43}$/;

/** The password in `Authorization: Basic …`, whatever the user name; undefined when there is none. */
export function gitPasswordOf(authorization: string | undefined): string | undefined {
  const basic = /^Basic +([A-Za-z0-9+/]{1,400}={0,2})$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined || trimTail(basic, "=").length % 4 === 1) return undefined;
  const pair = atob(basic);
  return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
}

/** The address a stock git client is given. `base` is the service's origin. */
export function cloneAddress(base: string, repository: string, token: string): string {
  const url = new URL(`/git/${repository}.git`, base);
  [url.username, url.password] = ["x", token];
  return url.href;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : Number.NaN;
}
/** The length that a packet line says at its beginning, in four digits; NaN when it says none. */
export function packetLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let digit = 0; digit < 4; digit++) length = length * 16 + hexDigit(bytes[at + digit] ?? 0);
  return length;
}
/**
 * Whether this is what git sends to `git-upload-pack`: whole
 * packet lines, of which the first asks for something.
 */
export function isUploadPack(bytes: Uint8Array): boolean {
  const first = new TextDecoder("latin1").decode(bytes.subarray(4, Math.min(packetLength(bytes, 0) || 0, 60)));
  if (first !== "" && !/^(want [0-9a-f]{40}|command=(ls-refs|fetch|object-info|bundle-uri)\b)/.test(first)) return false;
  let at = 0;
  while (at < bytes.length) {
    const length = packetLength(bytes, at);
    if (Number.isNaN(length) || length === 3 || at + Math.max(length, 4) > bytes.length) return false;
    at += Math.max(length, 4);
  }
  return at > 0;
}
