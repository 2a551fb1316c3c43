import type { Context } from "hono";
import type { z } from "zod";
import { pushLimits } from "../../schema/git/push.ts";
import { type HostCommitIn, type repoCommitIn, repoCommitOut } from "../../schema/git/repository.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import type { EdgeApp } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { relayToHost } from "../stack/relay-client.ts";

type MemberCall = Context<EdgeApp & SessionVariables>;
/** The key of a call that is made again with the same words, or with the same Idempotency-Key. */
export const callKey = (c: MemberCall, about: unknown): Promise<string> =>
  hashSha256(JSON.stringify([c.var.member.id, c.req.header("idempotency-key") ?? c.var.requestId, about]));

/**
 * Hands files to the member's host, which makes one commit of them in the member's name. The actor must have
 * opened the repository to their pushes.
 */
export async function sendCommit(c: MemberCall, repo: string, input: z.infer<typeof repoCommitIn>): Promise<z.infer<typeof repoCommitOut>> {
  const { config, db, member, requestId } = c.var;
  const author = { name: member.name.slice(0, 200), email: member.email };
  const sent: HostCommitIn = { ...input, repo, key: await callKey(c, [repo, input]), author };
  const body = new Blob([JSON.stringify(sent)]).stream();
  const headers = { "content-type": "application/json" };
  const call = { member: member.id, path: "/commits", method: "POST", headers, body, firstByte: pushLimits.ms, requestId };
  return repoCommitOut.parse(await (await relayToHost(config, db, call)).json());
}
