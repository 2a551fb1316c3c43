import { beforeAll, describe, expect, test } from "vitest";
import { auditPage } from "../../../schema/audit/audit.ts";
import { gitTokenMade, gitTokensOut } from "../../../schema/git/git-token.ts";
import { eventually } from "../../harness/eventually.ts";
import { readServerSentEvents } from "../../harness/server-sent-events.ts";
import { ask, beatOfHost, edgeUp, newMember, sql, type TestMember } from "../client.ts";
import { tell } from "./identity-word.ts";
import { codeOf, listAccessTokens, makeAccessToken, revokeAccessToken } from "./own-access-tokens.ts";

let owner: TestMember;
beforeAll(async () => {
  owner = await newMember();
});
/** A stream of the agent's events that has begun. */
async function openEvents(token: string) {
  const stream = await fetch(`${edgeUp.url}/actors/${owner.actor.id}/events`, { headers: { authorization: `Bearer ${token}` } });
  const all = readServerSentEvents(stream.body!)[Symbol.asyncIterator]();
  await all.next();
  let open = true;
  const readAll = async () => {
    while (!(await all.next()).done);
    open = false;
  };
  return { closed: readAll(), isOpen: () => open };
}

describe("an access token", () => {
  test("ends what it holds open when it is revoked, and what was opened by another stays", async () => {
    const [made, other] = [await makeAccessToken(owner, ["read"]), await makeAccessToken(owner, ["read"])];
    const [stream, kept] = [await openEvents(made.token), await openEvents(other.token)];
    expect((await revokeAccessToken(owner, made.accessToken.id)).json).toEqual({ removed: true });
    await stream.closed;
    expect(kept.isOpen()).toBe(true);
    expect(await codeOf("GET", "/me", other.token)).toBe("taken");
    await revokeAccessToken(owner, other.accessToken.id);
    await kept.closed;
  });

  test("whose time is over ends what it holds open, by the clock; it is listed as ended and takes no more calls", async () => {
    const made = await makeAccessToken(owner, ["read"]);
    const stream = await openEvents(made.token);
    await sql("update access_token set expires_at = ?, close_at = 1 where id = ?", [Date.now() - 1, made.accessToken.id]);
    expect(await codeOf("GET", "/me", made.token)).toBe("unauthenticated");
    await eventually("the clock has ended it", async () => {
      await beatOfHost({});
      return !stream.isOpen();
    });
    expect((await listAccessTokens(owner)).map(({ id }) => id)).toContain(made.accessToken.id);
  });

  test("that was revoked while its host could not be told opens nothing, and the host is told by the clock", async () => {
    const member = await newMember(); // on a host that nobody reaches
    const made = await makeAccessToken(member, ["read"]);
    expect((await revokeAccessToken(member, made.accessToken.id)).json).toEqual({ removed: true });
    expect((await listAccessTokens(member)).map(({ revoked }) => revoked)).toEqual([true]);
    expect(await codeOf("GET", "/me", made.token)).toBe("unauthenticated");
    const row = async () =>
      (await sql("select revoked, close_at, close_attempts from access_token where id = ?", [made.accessToken.id]))[0];
    await eventually("it was tried", async () => Number((await row())?.close_attempts) > 0);
    await sql("delete from stack where member = ?", [member.actor.member]);
    await sql("update access_token set close_at = 1 where id = ?", [made.accessToken.id]);
    await eventually("the clock has told it", async () => {
      await beatOfHost({});
      return (await row())?.close_at === null;
    });
  });

  test("stands in the audit with what was done by it, also where the agent tells of it", async () => {
    const made = await makeAccessToken(owner, ["work", "admin"]);
    await ask("PUT", "/secrets/shop", { token: made.token, body: { value: "not-a-real-key", origin: "https://shop.example" } });
    const spec = { id: "two", title: "Two", owner: "coding", outputs: ["two.md"] };
    expect((await ask("POST", "/tasks", { token: made.token, body: { spec } })).status).toBe(202);
    const by = { kind: "member", id: made.accessToken.id };
    const told = await eventually("both are told", async () => {
      const { rows } = auditPage.parse((await ask("GET", "/audit", { token: await owner.token() })).json);
      const byToken = rows.filter((row) => row.by.id === by.id);
      return byToken.length === 2 ? byToken : undefined;
    });
    expect(await codeOf("DELETE", "/projects/bakery", (await makeAccessToken(owner, ["work"])).token)).toBe("forbidden");
    const tried = auditPage.parse((await ask("GET", "/audit", { token: await owner.token() })).json).rows[0];
    expect(tried).toMatchObject({ action: "DELETE /projects/{project}", result: "forbidden", by: { id: expect.stringMatching(/^pat_/) } });
    expect(told.map((row) => [row.action, row.by]).sort()).toEqual([
      ["PUT /secrets/{name}", by],
      ["taskCreate", by],
    ]);
  });

  test("takes along the Git tokens and deploy keys that were made with it, which never outlive it", async () => {
    const made = await makeAccessToken(owner, ["admin"]);
    const asked = { name: "Laptop", repositories: ["projects/bakery"], expiresIn: 365 * 86_400 };
    const byToken = gitTokenMade.parse((await ask("POST", "/git/tokens", { body: asked, token: made.token })).json);
    expect(byToken.gitToken.expiresAt).toBe(made.accessToken.expiresAt);
    const theirs = gitTokenMade.parse((await ask("POST", "/git/tokens", { body: asked, token: await owner.token() })).json);
    expect(theirs.gitToken.expiresAt).toBeGreaterThan(made.accessToken.expiresAt);
    await revokeAccessToken(owner, made.accessToken.id);
    const kept = gitTokensOut.parse((await ask("GET", "/git/tokens", { token: await owner.token() })).json).tokens;
    expect(kept.map(({ id }) => id)).toEqual([theirs.gitToken.id]);
  });

  test("of somebody whom the identity provider has banned opens nothing, and neither do their Git tokens", async () => {
    const member = await newMember();
    const made = await makeAccessToken(member, ["read"]);
    const asked = { name: "Laptop", repositories: ["projects/bakery"] };
    await ask("POST", "/git/tokens", { body: asked, token: await member.token() });
    const person = { id: member.subject, email_addresses: [], updated_at: Date.now() };
    await tell({ type: "user.updated", data: { ...person, banned: false } });
    expect(await codeOf("GET", "/me", made.token)).toBe("taken");
    await tell({ type: "user.updated", data: { ...person, updated_at: Date.now() + 1, banned: true } });
    expect(await codeOf("GET", "/me", made.token)).toBe("unauthenticated");
    expect(await sql("select id from git_token where member = ?", [member.actor.member])).toEqual([]);
  });
});
