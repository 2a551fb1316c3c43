import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { accessScopes, accessTokenMade, mostAccessTokens } from "../../../schema/account/access-token.ts";
import { hashSha256 } from "../../../schema/wire/canonical.ts";
import { ask, newMember, operatorToken, refusal, sql, type TestMember } from "../client.ts";
import { codeOf, listAccessTokens, makeAccessToken, revokeAccessToken } from "./own-access-tokens.ts";

let owner: TestMember;
let stranger: TestMember;
beforeAll(async () => {
  [owner, stranger] = [await newMember(), await newMember()];
});
describe("an access token", () => {
  test("is shown once and kept as a hash; its member alone sees and revokes it, and then it opens nothing", async () => {
    const made = await makeAccessToken(owner, ["read"]);
    expect(made.accessToken.expiresAt - made.accessToken.createdAt).toBe(90 * 86_400_000);
    const rows = await sql("select * from access_token where id = ?", [made.accessToken.id]);
    expect(rows).toMatchObject([{ hash: await hashSha256(made.token) }]);
    expect(JSON.stringify(rows)).not.toContain(made.token.slice(4));
    expect(await listAccessTokens(owner)).toContainEqual(made.accessToken);
    expect(await listAccessTokens(stranger)).toEqual([]);
    expect((await revokeAccessToken(stranger, made.accessToken.id)).status).toBe(404);
    expect(await codeOf("GET", "/me", made.token)).toBe("taken");
    expect((await listAccessTokens(owner)).find(({ id }) => id === made.accessToken.id)?.lastUsedAt).toBeTypeOf("number");
    expect((await revokeAccessToken(owner, made.accessToken.id)).json).toEqual({ removed: true });
    expect(await codeOf("GET", "/me", made.token)).toBe("unauthenticated");
    expect((await revokeAccessToken(owner, made.accessToken.id)).json).toEqual({ removed: true }); // again: it is so
    expect((await listAccessTokens(owner)).find(({ id }) => id === made.accessToken.id)).toMatchObject({ revoked: true });
  });

  test("speaks for its member, and for no other, by what its scopes take; no scope implies another", async () => {
    const tokens = Object.fromEntries(
      await Promise.all(accessScopes.map(async (each) => [each, (await makeAccessToken(owner, [each])).token] as const)),
    );
    const calls = [
      ["read", "GET", "/tasks"],
      ["work", "POST", "/tasks", { spec: { id: "one", title: "One", owner: "coding", outputs: ["one.md"] } }],
      ["git", "POST", "/git/repos", { name: "bakery" }],
      ["admin", "PUT", "/secrets/tracker", { value: "not-a-real-key", origin: "https://api.tracker.example" }],
    ] as const;
    for (const [scope, method, where, body] of calls)
      for (const each of accessScopes)
        expect([each, where, await codeOf(method, where, tokens[each]!, body)]).toEqual([
          each,
          where,
          each === scope ? "taken" : "forbidden",
        ]);
    const me = z.object({ member: z.object({ id: z.string() }) });
    expect(me.parse((await ask("GET", "/me", { token: tokens.read! })).json).member.id).toBe(owner.actor.member);
  });

  test("opens what can do everything with every scope alone, and nothing that takes the person or a role", async () => {
    const [most, all] = [
      (await makeAccessToken(owner, ["read", "work", "admin"])).token,
      (await makeAccessToken(owner, [...accessScopes])).token,
    ];
    const ticket = `/actors/${owner.actor.id}/ticket`;
    expect([await codeOf("POST", ticket, most, {}), await codeOf("POST", ticket, all, {})]).toEqual(["forbidden", "taken"]);
    for (const [method, where, body] of [
      ["POST", "/account/tokens", { name: "x", scopes: ["read"] }],
      ["POST", "/account/exports", {}],
      ["GET", "/hosts", undefined],
    ] as const)
      expect([where, await codeOf(method, where, all, body)]).toEqual([where, "forbidden"]);
    expect(await codeOf("POST", "/account/erasure", all, { confirm: "x" })).toBe("forbidden");
    const operators = await ask("POST", "/account/tokens", { body: { name: "x", scopes: ["admin"] }, token: await operatorToken() });
    expect(await codeOf("GET", "/hosts", accessTokenMade.parse(operators.json).token)).toBe("forbidden");
  });

  test("is refused at each operation whose scope it lacks, and at those of a person or a role with any", async () => {
    const operation = z.looseObject({ summary: z.string(), security: z.array(z.record(z.string(), z.array(z.string()))) });
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), operation)) })
      .parse((await ask("GET", "/openapi.json")).json);
    const all = (await makeAccessToken(owner, [...accessScopes])).token;
    const without = new Map<string, string>();
    for (const scope of accessScopes)
      without.set(
        scope,
        (
          await makeAccessToken(
            owner,
            accessScopes.filter((each) => each !== scope),
          )
        ).token,
      );
    const seen: Record<string, number> = {};
    for (const [where, methods] of Object.entries(paths))
      for (const [method, { summary, security }] of Object.entries(methods)) {
        if (!security.some((each) => "session" in each)) continue;
        const scopes = security.find((each) => "accessToken" in each)?.accessToken;
        expect(/\((operators|support)\)/.test(summary) && scopes, `${method} ${where}`).toBeFalsy();
        for (const token of scopes ? scopes.map((scope) => without.get(scope)!) : [all]) {
          const answer = await ask(method.toUpperCase(), where.replace(/\{\w+\}/g, "bakery"), {
            token,
            ...(method === "get" ? {} : { body: {} }),
          });
          expect([method, where, answer.status, refusal(answer).code]).toEqual([method, where, 403, "forbidden"]);
        }
        const kind = scopes ? scopes.join("+") : "session";
        seen[kind] = (seen[kind] ?? 0) + 1;
      }
    expect(Object.keys(seen).sort()).toEqual(["admin", "git", "read", "read+work+git+admin", "session", "work"]);
    const scopesOf = (method: string, where: string) => paths[where]?.[method]?.security.flatMap((each) => each.accessToken ?? []);
    for (const [method, where] of [
      ["put", "/memory/file"], // rules of what agents may do stand there
      ["post", "/memory/commits/{commit}/revert"],
      ["post", "/proposals/{proposalId}/decide"],
      ["post", "/approvals/{approvalId}/decision"],
      ["delete", "/policies/{id}"],
      ["get", "/previews/{previewId}/shares"], // links that open to anybody
      ["put", "/terminals/{terminalId}"],
    ] as const)
      expect([where, scopesOf(method, where)]).toEqual([where, ["admin"]]);
  });

  test("that is asked for badly, or is one too many, is refused and nothing is kept", async () => {
    const other = await newMember();
    const token = await other.token();
    for (const body of [{ name: "a" }, { name: "a", scopes: [] }, { name: "a", scopes: ["all"] }, { name: "a", scopes: ["read", "read"] }])
      expect((await ask("POST", "/account/tokens", { body, token })).status).toBe(400);
    const ended = await makeAccessToken(other, ["read"]);
    await revokeAccessToken(other, ended.accessToken.id); // it counts no longer
    for (let n = 0; n < mostAccessTokens; n++) await makeAccessToken(other, ["read"]);
    const more = await ask("POST", "/account/tokens", { body: { name: "a", scopes: ["read"] }, token: await other.token() });
    expect(refusal(more).code).toBe("conflict");
    expect(await listAccessTokens(other)).toHaveLength(mostAccessTokens + 1);
  });
});

describe("git with an access token as the password", () => {
  const git = (token: string, where: string) => ask("GET", `/git/${where}`, { headers: { authorization: `Basic ${btoa(`x:${token}`)}` } });
  const [clone, push] = ["info/refs?service=git-upload-pack", "info/refs?service=git-receive-pack"];
  const [away, missing] = [
    [503, "is coming up"],
    [404, "opens no repository by that name"],
  ] as const; // no stack runs here
  const said = async (token: string, where: string, words: string) => {
    const { status, text } = await git(token, where);
    return [status, text.includes(words) ? words : text];
  };

  test("clones what is its member's with `read`, pushes to projects with `git`, and does neither with the others", async () => {
    const [read, pushes, work] = [
      (await makeAccessToken(owner, ["read"])).token,
      (await makeAccessToken(owner, ["git"])).token,
      (await makeAccessToken(owner, ["work", "admin"])).token,
    ];
    for (const token of [read, pushes]) expect(await said(token, `projects/bakery.git/${clone}`, away[1])).toEqual(away);
    expect(await said(read, `growqr/memory.git/${clone}`, away[1])).toEqual(away);
    expect(await said(pushes, `growqr/memory.git/${clone}`, missing[1])).toEqual(missing); // that takes `read`
    expect(await said(read, `projects/bakery.git/${push}`, "This token reads")).toEqual([403, "This token reads"]);
    expect(await said(work, `projects/bakery.git/${clone}`, "neither for reading nor for git")).toEqual([
      403,
      "neither for reading nor for git",
    ]);
    for (const other of ["projects/..%2Fbakery", "growqr/other", "other/bakery"])
      expect(await said(read, `${other}.git/${clone}`, missing[1]), other).toEqual(missing);
    expect(await said(pushes, `projects/nothing.git/${push}`, missing[1])).toEqual(missing); // no such project of theirs yet
  });

  test("asks for another one where it was revoked", async () => {
    const made = await makeAccessToken(owner, ["read"]);
    await revokeAccessToken(owner, made.accessToken.id);
    for (const token of [made.token, `${made.token}x`, "gqp_"])
      expect(await said(token, `projects/bakery.git/${clone}`, "Give a Git token")).toEqual([401, "Give a Git token"]);
  });
});
