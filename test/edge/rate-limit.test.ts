import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { accessTokenMade } from "../../schema/account/access-token.ts";
import { actorView } from "../../schema/account/account.ts";
import { id } from "../../schema/wire/id.ts";
import { look } from "../e2e/preview/preview-visitor.ts";
import { joinEmptyHost } from "../harness/edge-parts.ts";
import { type Ask, agentToken, ask, beside, heartbeat, newPerson, startEdgeWithoutEngine, type TestMember } from "./client.ts";

/**
 * Issue 11.3: every address is counted, by member, agent or where a call comes from. The edge of this file
 * lets 30 calls a minute through at every limit; all are used up before an address is tried.
 */
const most = 30;
const stranger = "203.0.113.7";
let up: Awaited<ReturnType<typeof startEdgeWithoutEngine>>;
let member: TestMember;
let ticket: string;
beforeAll(async () => {
  up = await startEdgeWithoutEngine(60, "rate-limit", { mostCalls: most });
  up.edge = { ...up.edge, host: await joinEmptyHost(beside(60), up.edge) };
  const person = await newPerson(up.edge);
  const call = async (method: string, where: string, body?: object) =>
    ask(method, where, { body, token: await person.token(), edge: up.edge });
  await heartbeat({ ...readHost(), certificate: "", ca: "" }, 4_000, up.edge);
  expect((await call("POST", "/billing/trial", {})).status).toBe(503); // the rows are there; no engine wakes the actor
  member = { ...person, actor: z.object({ actor: actorView }).parse((await call("GET", "/actors/me")).json).actor };
  const made = await call("POST", `/actors/${member.actor.id}/ticket`, {});
  ticket = z.object({ ticket: z.string() }).parse(made.json).ticket;
});
afterAll(() => up?.stop());
const readHost = () => ({ id: id("hst").parse(up.edge.host?.id), keyPem: up.edge.host?.keyPem ?? "" });

const operation = z.looseObject({ security: z.array(z.record(z.string(), z.unknown())) });
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });
async function listOperations() {
  const { paths } = document.parse((await ask("GET", "/openapi.json", { edge: up.edge })).json);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      path,
      method: method.toUpperCase(),
      scheme: Object.keys(security[0] ?? {})[0],
    })),
  );
}
/** The address with an id of its own kind wherever one stands. */
const filled = (path: string) =>
  path
    .replace("{actorId}", member.actor.id)
    .replace("{action}", "snapshot")
    .replace(/\{\w+\}/g, "bakery");

/** What anybody may read without the database being asked for each: more calls of these are let through. */
const pages = ["/.well-known/ticket-keys.json", "/config", "/openapi.json", "/reference"];
const sockets: Record<string, string> = {
  "/live/gateway/growAgent/connect": "its ticket is counted with those of the actions, live.ts",
  "/terminals/{terminalId}/connect": "counted by its ticket, which an actor gives, terminal.ts",
};
/** How each way of signing in is shown, and a harmless address that is counted with it. */
async function waysIn(): Promise<Record<string, { how: Ask; harmless: string; method?: string }>> {
  const agent = await agentToken(member, {}, readHost());
  const live = { headers: { "x-rivet-conn-params": JSON.stringify({ ticket }), "x-rivet-encoding": "json" } };
  return {
    session: { how: { token: await member.token() }, harmless: "/me" },
    agent: { how: { token: agent }, harmless: "/ai/v1/models" },
    live: {
      how: { ...live, body: { args: [] } },
      method: "POST",
      harmless: `/live/gateway/growAgent/action/snapshot?rvt-method=get&rvt-key=${member.actor.member}`,
    },
    gitToken: { how: { headers: { "cf-connecting-ip": stranger } }, harmless: "/health" },
    page: { how: { headers: { "cf-connecting-ip": stranger } }, harmless: "/config" },
    ready: { how: { headers: { "cf-connecting-ip": stranger } }, harmless: "/ready" },
    none: { how: { headers: { "cf-connecting-ip": stranger } }, harmless: "/health" },
  };
}

test("every address tells who calls too often when to come again", async () => {
  const ways = await waysIn();
  const uncounted: string[] = [];
  for (const { path, method, scheme } of await listOperations()) {
    if (scheme === "machine" || sockets[path]) continue; // machines are ours: forgeries of theirs are counted (input.test.ts)
    const way = ways[path === "/ready" ? "ready" : pages.includes(path) ? "page" : (scheme ?? "none")]!;
    const askOnceFull = async () => {
      let status = 0;
      for (
        let call = 0;
        call <= 2 * most && status !== 429;
        call++ // a minute may begin anew in between
      )
        ({ status } = await ask(way.method ?? "GET", way.harmless, { ...way.how, edge: up.edge }));
      expect(status, `${scheme} is counted`).toBe(429);
      return ask(method, filled(path), { ...way.how, ...(method === "GET" ? {} : { body: {} }), edge: up.edge });
    };
    let asked = await askOnceFull();
    if (asked.status !== 429) asked = await askOnceFull(); // a minute began between the last call and this one
    if (asked.status !== 429 || asked.headers.get("retry-after") !== "10")
      uncounted.push(`${method} ${path} ${asked.status} ${asked.headers.get("retry-after")}`);
  }
  expect(uncounted).toEqual([]);
});

test("an access token has a count of its own, beside its member's and that of another", async () => {
  const make = async () => {
    const asked = { body: { name: "CI", scopes: ["read"] }, token: await other.token(), edge: up.edge };
    return accessTokenMade.parse((await ask("POST", "/account/tokens", asked)).json).token;
  };
  const other = await newPerson(up.edge);
  const [first, second] = [await make(), await make()];
  const callWith = async (token: string) => (await ask("GET", "/me", { token, edge: up.edge })).status;
  const seen: number[] = [];
  while (seen.at(-1) !== 429 && seen.length <= 2 * most) seen.push(await callWith(first)); // a minute may end in it
  expect([seen.at(-1), await callWith(second), await callWith(await other.token())]).toEqual([429, 200, 200]);
});

test("visits are counted for each app apart, by where they come from", async () => {
  const { port } = new URL(up.edge.url);
  const visit = async (app: string, from: string) =>
    (await look(`http://${app}.apps.localhost:${port}/`, "/", { headers: { "cf-connecting-ip": from } })).status;
  const seen: number[] = [];
  while (seen.at(-1) !== 429 && seen.length <= 2 * most) seen.push(await visit("bakery", "203.0.113.8")); // a minute may end in it
  expect([seen.at(-1), await visit("bakery", "203.0.113.9"), await visit("shop", "203.0.113.8")]).toEqual([429, 404, 404]);
});
