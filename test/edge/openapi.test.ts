import { describe, expect, test } from "vitest";
import { z } from "zod";
import { errorBody } from "../../schema/wire/error.ts";
import { ask, newMember } from "./client.ts";

const described = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.unknown())),
  responses: z.record(z.string(), z.unknown()),
  parameters: z.array(z.looseObject({ name: z.string() })).optional(),
  requestBody: z.object({ content: z.record(z.string(), z.looseObject({ example: z.unknown().optional() })) }).optional(),
});
const document = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), described)),
  components: z.object({ securitySchemes: z.record(z.string(), z.unknown()) }).loose(),
});
/** The Worker's own list of addresses. The path is no literal: the Worker's types are not this program's. */
async function routes() {
  const file = new URL("../../edge/index.ts", import.meta.url).href;
  const shape = z.object({ default: z.object({ routes: z.array(z.object({ method: z.string(), path: z.string() })) }) });
  return shape.parse(await import(file)).default.routes;
}
type Paths = z.infer<typeof document>["paths"];
const operations = (paths: Paths) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
/** The address with ids in it: of this member where they have such a thing, of nobody elsewhere. */
const real = (path: string, actor: { id: string; channel: string; workspaceId: string }) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const values: Record<string, string> = {
      actorId: actor.id,
      channelId: actor.channel,
      workspaceId: actor.workspaceId,
      agentId: actor.id,
    };
    const others: Record<string, string> = { act: "pause", commit: "a".repeat(40), name: "tracker-key", id: "1" };
    const prefixes: Record<string, string> = {
      planId: "pln",
      taskId: "tsk",
      goalId: "gol",
      questId: "qst",
      proposalId: "prp",
      approvalId: "apr",
    };
    return (
      values[name] ??
      others[name] ??
      `${prefixes[name] ?? { receiptId: "rct", tokenId: "gtk", deviceId: "dev" }[name] ?? "mem"}_01ARZ3NDEKTSV4RRFFQ69G5FAV`
    );
  });
const insidePath = (text: string) =>
  z.string().parse(JSON.parse(/"path":(?:\{"type":"string",)?[^{}]*?"pattern":("[^"]*\[gG\][^"]*")/.exec(text)?.[1] ?? "0"));
/** The live proxy takes every method and path below it and refuses most itself. */
const undocumented = ["/live", "/live/*"];

describe("the OpenAPI document", () => {
  test("lists every address that the Worker has, and no other", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const mounted = (await routes())
      .filter(({ method, path }) => method !== "ALL" && !undocumented.includes(path))
      .map(({ method, path }) => `${method} ${path.replace(/:([A-Za-z]+)/g, "{$1}")}`);
    const live = ["GET /live/gateway/growAgent/connect", "POST /live/gateway/growAgent/action/{action}"];
    expect([...new Set(listed)].sort()).toEqual([...new Set([...mounted, ...live])].sort());
  });

  test("says of every operation its name, how one signs in, and each refusal by status with its code", async () => {
    const { paths, components } = document.parse((await ask("GET", "/openapi.json")).json);
    const names = operations(paths).map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { method, path, operation } of operations(paths)) {
      expect(Object.keys(operation.responses), `${method} ${path}`).toEqual(expect.arrayContaining(["400"]));
      if (operation.security.length > 0) expect(operation.responses, `${method} ${path}`).toHaveProperty("401");
      if (operation.requestBody) expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["413", "415"]));
    }
    expect(Object.keys(components.securitySchemes).sort()).toEqual(["agent", "gitToken", "live", "machine", "session"]);
    expect(names).toEqual(expect.arrayContaining(["getPlan", "getPlans", "postPlanEdits", "postActorMessage", "putStackStatus", "getMe"]));
  });

  test("has patterns that any engine reads, tuples as such, and null where null comes", async () => {
    const text = (await ask("GET", "/openapi.json")).text;
    expect(text).not.toMatch(/\/[dgimsuvy]+"[,}]|\\\\p\{|\(\?[!<=]|"items":\[/);
    const { components, paths } = document.parse(JSON.parse(text));
    const all = JSON.stringify([components, paths]).replaceAll('"missing":{"type":"string"},"next":{"type":"string"}', ""); // words of what to do
    const next = all.match(/"next":\{[^}]*\}/g) ?? [];
    expect(next.length).toBeGreaterThan(5);
    for (const each of next) expect(each).toContain('["string","null"]');
    for (const path of ["index.html", "docs/.github/x", "..a", ".gitignore", ".g", ".gi/x", "a/..b", "ü/x"])
      expect(path).toMatch(new RegExp(insidePath(text)));
    for (const path of ["", "/x", "~x", "-x", "..", "a/..", "a//b", ".git/x", "a/.GIT", "a\\b", "a\nb", "a/./b", "a/"])
      expect(path).not.toMatch(new RegExp(insidePath(text)));
  });

  test("gives for each body that a member sends an example that is taken", async () => {
    // The body is valid, but its subject does not exist: a waiting turn, a task of the agent, a running
    // stack.
    const missing: Record<string, number> = {
      "/actors/{actorId}/cancel": 404,
      "/agents/{agentId}/{act}": 409,
      "/memory/file": 503,
      "/memory/commits/{commit}/revert": 503,
    };
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const member = await newMember();
    for (const { method, path, operation } of operations(paths)) {
      const example = operation.requestBody?.content["application/json"]?.example;
      if (
        !operation.requestBody ||
        !operation.security.some((each) => "session" in each) ||
        operation.requestBody.content["application/octet-stream"] !== undefined ||
        path.startsWith("/hosts") ||
        path.includes("/keys/")
      )
        continue;
      expect(example, `${method} ${path}`).toBeDefined();
      const answer = await ask(method.toUpperCase(), real(path, member.actor), { body: example, token: await member.token() });
      const wanted = missing[path] ?? (/\{(task|plan|approval|quest|proposal|goal)Id\}/.test(path) ? 404 : "taken");
      expect([path, answer.status < 300 ? "taken" : answer.status], answer.text).toEqual([path, wanted]);
    }
  });

  test("names Idempotency-Key where a key is taken, and only there", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const member = await newMember();
    for (const { method, path, operation } of operations(paths)) {
      if (method === "get" || !operation.security.some((each) => "session" in each) || path.startsWith("/hosts") || path.includes("/keys/"))
        continue;
      const headers = { "idempotency-key": "no key" };
      const answer = await ask(method.toUpperCase(), real(path, member.actor), {
        ...(method === "get" ? {} : { body: {} }),
        headers,
        token: await member.token(),
      });
      const refused = errorBody.safeParse(answer.json).data?.error.issues?.[0]?.path === "idempotency-key";
      expect(refused, `${method} ${path}`).toBe(operation.parameters?.some(({ name }) => name === "Idempotency-Key") ?? false);
    }
  });

  test("every address that needs a session refuses without one", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    for (const [path, methods] of Object.entries(paths))
      for (const [method, route] of Object.entries(methods)) {
        if (route.security.length === 0) continue;
        const nobodys = real(path, {
          id: "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
          channel: "chn_x",
          workspaceId: "wsp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        });
        const where = nobodys.replace("/action/mem_01ARZ3NDEKTSV4RRFFQ69G5FAV", "/action/snapshot");
        expect((await ask(method.toUpperCase(), where)).status, `${method} ${path}`).toBe(401);
      }
  });
});
