import { expect } from "vitest";
import { type AccessScope, accessTokenMade, accessTokensOut } from "../../../schema/account/access-token.ts";
import { ask, refusal, type TestMember } from "../client.ts";

/** A member's access tokens, by the member's own calls. */
export async function makeAccessToken(member: TestMember, scopes: AccessScope[]) {
  const answer = await ask("POST", "/account/tokens", { body: { name: "CI", scopes }, token: await member.token() });
  expect(answer.status, answer.text).toBe(201);
  return accessTokenMade.parse(answer.json);
}
export const listAccessTokens = async (member: TestMember) =>
  accessTokensOut.parse((await ask("GET", "/account/tokens", { token: await member.token() })).json).accessTokens;
export const revokeAccessToken = async (member: TestMember, id: string) =>
  ask("DELETE", `/account/tokens/${id}`, { token: await member.token() });
/** How a call with a token ended: `taken`, or the code of its refusal. */
export async function codeOf(method: string, where: string, token: string, body?: object) {
  const answer = await ask(method, where, { token, ...(body ? { body } : {}) });
  return answer.status < 400 ? "taken" : refusal(answer).code;
}
