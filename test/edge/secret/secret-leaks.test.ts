import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { ask, edgeUp, joinToken, liveTicket, newMember, operatorToken } from "../client.ts";

const edge = edgeUp;
const logs = () =>
  readdirSync(edge.folder)
    .filter((name) => name.endsWith(".log") && name !== "engine.log") // the engine is not ours to redact; it stays on loopback
    .map((name) => ({ name, text: readFileSync(path.join(edge.folder, name), "utf8") }));

test("no secret that passes through the edge is found in any log", async () => {
  const member = await newMember();
  const { ticket } = await liveTicket(member);
  const session = await member.token();
  const join = await joinToken("host");
  const provider = "sk-live-0123456789abcdefghijklmnop";
  const query = new URLSearchParams({
    "rvt-namespace": "default",
    "rvt-method": "get",
    "rvt-key": member.actor.member,
    "rvt-token": edge.rivetToken,
  });
  const params = { "x-rivet-conn-params": JSON.stringify({ ticket }) };
  const planted: Promise<unknown>[] = [
    ask("GET", `/me?token=${session}`, { token: session }),
    ask("POST", "/hosts/join", { body: { token: join, csr: "x".repeat(200), name: provider } }),
    ask("POST", `/live/gateway/growAgent/action/snapshot?${query}`, { body: { args: [] }, headers: params }),
    ask("POST", `/live/gateway/growAgent/action/${ticket}?${query}`, { body: { args: [] }, headers: params }),
    ask("GET", `/actors/${provider}`, { token: session }),
    ask("GET", "/me", { headers: { authorization: `Bearer ${ticket}`, cookie: `session=${session}`, "x-api-key": provider } }),
    ask("POST", "/ai/v1/chat/completions", { token: provider, body: { messages: [provider] } }),
    ask("POST", "/hosts/tokens", { token: await operatorToken(), body: { role: provider } }),
    ask("POST", `/actors/${member.actor.id}/message`, {
      token: session,
      body: { clientId: "a-good-client-id", text: "hello", [provider]: 1 },
    }),
  ];
  await Promise.all(planted);
  const last = `req_${"0".repeat(25)}Z`;
  await ask("GET", "/me", { headers: { "x-request-id": last } });
  await eventually("the last log line", async () => (logs().some(({ text }) => text.includes(last)) ? true : undefined));
  const secrets = { ticket, session, join, provider, engine: edge.rivetToken, model: edge.modelKey, private: "PRIVATE KEY" };
  for (const { name, text } of logs())
    for (const [title, secret] of Object.entries(secrets)) expect(text.includes(secret), `${title} in ${name}`).toBe(false);
});

test("the Worker's settings can be read by their owner only", () => {
  expect(statSync(path.join(edge.folder, "edge.json")).mode & 0o077).toBe(0);
});

test("the public answers hold no private key and no token", async () => {
  for (const path of ["/config", "/.well-known/jwks.json", "/health", "/openapi.json"]) {
    const { text } = await ask("GET", path);
    for (const secret of [edge.rivetToken, edge.modelKey, '"d":']) expect(text, path).not.toContain(secret);
  }
});
