import { describe, expect, test } from "vitest";
import { z } from "zod";
import { wordAction } from "../../edge/app/audit/audit-words.ts";
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
  const file = new URL("../../edge/api.ts", import.meta.url).href;
  const shape = z.object({ app: z.object({ routes: z.array(z.object({ method: z.string(), path: z.string() })) }) });
  return shape.parse(await import(file)).app.routes;
}
const withContent = z.looseObject({
  content: z.record(z.string(), z.looseObject({ example: z.unknown(), examples: z.unknown() })).optional(),
});
/** The operations that the Worker has an example of its own for. */
async function namesWithExamples() {
  const file = new URL("../../edge/openapi/known-examples.ts", import.meta.url).href;
  const known = z.record(z.string(), z.unknown());
  const { requestExamples, answerExamples } = z.object({ requestExamples: known, answerExamples: known }).parse(await import(file));
  return Object.keys({ ...requestExamples, ...answerExamples });
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
    const others: Record<string, string> = {
      act: "pause",
      commit: "a".repeat(40),
      name: "tracker-key",
      id: "1",
      project: "not-there", // the example of POST /projects makes bakery
      type: "coding",
      number: "1",
    };
    const prefixes: Record<string, string> = {
      planId: "pln",
      taskId: "tsk",
      goalId: "gol",
      questId: "qst",
      proposalId: "prp",
      approvalId: "apr",
      incidentId: "inc",
      repoId: "rep",
      serverId: "stk",
      command: "cmd",
    };
    return (
      values[name] ??
      others[name] ??
      `${prefixes[name] ?? { receiptId: "rct", tokenId: "gtk", deviceId: "dev", domainId: "dom", releaseId: "rel", sessionId: "ses" }[name] ?? "mem"}_01ARZ3NDEKTSV4RRFFQ69G5FAV`
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
    expect(Object.keys(components.securitySchemes).sort()).toEqual(["accessToken", "agent", "gitToken", "live", "machine", "session"]);
    expect(names).toEqual(expect.arrayContaining(["getPlan", "getPlans", "postPlanEdits", "postActorMessage", "putStackStatus", "getMe"]));
  });

  test("shows for each text an example, for each parameter a value, and knows no example of what is gone", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const names = operations(paths).map(({ operation }) => operation.operationId);
    expect((await namesWithExamples()).filter((name) => !names.includes(name))).toEqual([]);
    for (const { method, path, operation } of operations(paths)) {
      const bodies = [operation.requestBody, ...Object.values(operation.responses)].map(
        (each) => withContent.safeParse(each).data?.content ?? {},
      );
      const shown = bodies.flatMap(Object.entries).filter(([type]) => type !== "application/octet-stream");
      for (const [type, content] of shown) expect(content.example ?? content.examples, `${method} ${path} ${type}`).toBeDefined();
      for (const { name, example } of operation.parameters ?? []) expect(example, `${method} ${path} ${name}`).toBeDefined();
    }
  });

  test("has patterns that any engine reads, tuples as such, and null where null comes", async () => {
    const text = (await ask("GET", "/openapi.json")).text;
    expect(text).not.toMatch(/"allOf":|\/[dgimsuvy]+"[,}]|\\\\p\{|\(\?[!<=]|"items":\[/);
    const { components, paths } = document.parse(JSON.parse(text));
    const others = ['"missing":{"type":"string"},"next":{"type":"string"}', '"next":{"type":"string","enum":["workshop","full"]}']; // no cursors
    const all = others.reduce((said, other) => said.replaceAll(other, ""), JSON.stringify([components, paths]));
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
      "/account/erasure": 400, // the word that confirms is each person's own
      "/actors/{actorId}/cancel": 404,
      "/agents/{agentId}/{act}": 409,
      "/billing/checkout": 503,
      "/billing/portal": 503,
      "/billing/refresh": 503, // Stripe has to say whether there is a customer
      "/support/looks": 403,
      "/support/people/{personId}": 403,
      "/payments/looks": 403,
      "/payments/differences": 403,
      "/billing/renewal": 409, // no plan is paid
      "/billing/plan": 409,
      "/previews": 404,
      "/terminals/{terminalId}": 404,
      "/previews/{previewId}/entry": 404,
      "/previews/{previewId}/token": 404,
      "/previews/{previewId}/shares": 404,
      "/git/downloads": 503,
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
        path.startsWith("/platform") ||
        path.includes("/keys/")
      )
        continue;
      expect(example, `${method} ${path}`).toBeDefined();
      const answer = await ask(method.toUpperCase(), real(path, member.actor), { body: example, token: await member.token() });
      const wanted =
        missing[path] ??
        (/\{((task|plan|approval|quest|proposal|goal|incident|session|repo|server|user)Id|project)\}/.test(path) ? 404 : "taken");
      expect([path, answer.status < 300 ? "taken" : answer.status], answer.text).toEqual([path, wanted]);
    }
  });

  /** Those have no row. */
  const changeless = [
    "POST /actors/{actorId}/ticket",
    "POST /previews/{previewId}/entry",
    "POST /projects/{project}/entries",
    "POST /quests/preview",
  ];
  test("has words in the audit for each change that a member's program may ask for", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const changes = operations(paths).filter(
      ({ method, operation }) => method !== "get" && operation.security.some((each) => "accessToken" in each),
    );
    const wordless = changes.map(({ method, path }) => `${method.toUpperCase()} ${path.replace("{act}", "pause")}`);
    expect(wordless.filter((address) => wordAction(address) === address)).toEqual(changeless);
  });

  test("names Idempotency-Key where a key is taken, and only there", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const member = await newMember();
    for (const { method, path, operation } of operations(paths)) {
      if (
        method === "get" ||
        !operation.security.some((each) => "session" in each) ||
        /^\/(hosts|platform|support)\//.test(path) ||
        path.includes("/keys/")
      )
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

  test("keeps no answer, and asks to keep no body, in which a secret stands", async () => {
    const { paths, components } = document.parse((await ask("GET", "/openapi.json")).json);
    const { schemas } = z.object({ schemas: z.record(z.string(), z.unknown()) }).parse(components);
    const whole = (value: unknown, seen: readonly string[] = []): string =>
      JSON.stringify(value).replace(/"#\/components\/schemas\/(\w+)"/g, (_, name: string) =>
        seen.includes(name) ? '""' : whole(schemas[name], [...seen, name]),
      );
    const secret = /"(token|ticket|secret|password|url|payAt|key|apiKey|value)":\{/;
    // addresses that checks ask, and where a member wants messages; lines that a domain publishes
    const told = /^(post \/(tasks|plans|reminders\/webhook)|post \/projects\/\{project\}\/domains)/;
    const keys = operations(paths).flatMap(({ method, path, operation: { parameters = [], responses, requestBody } }) => {
      const key = parameters.find(({ name }) => name === "Idempotency-Key");
      if (!key) return [];
      const done = Object.entries(responses).filter(([status]) => status.startsWith("2"));
      const shown = [/shown_once/.test(String(key.description)) ? [] : done, requestBody ?? {}];
      return [{ called: `${method} ${path}`, found: secret.exec(whole(shown))?.[1] }];
    });
    expect(keys.length).toBeGreaterThan(80);
    expect(keys.filter(({ called, found }) => found !== undefined && !told.test(called))).toEqual([]);
  });

  test("is a page for people too: each address by its name, each refusal that it links to, and no script", async () => {
    const answer = await ask("GET", "/reference");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const missing = operations(paths).filter(
      ({ method, path, operation }) =>
        !answer.text.includes(`<details id="${operation.operationId}">`) ||
        !answer.text.includes(`<b>${method.toUpperCase()}</b> <code>${path}</code>`),
    );
    expect(missing.map(({ operation }) => operation.operationId)).toEqual([]);
    const ids = new Set([...answer.text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
    const links = [...answer.text.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    expect(links.length).toBeGreaterThan(1_000);
    expect(links.filter((link) => !ids.has(link))).toEqual([]);
    expect(/<script|\bon[a-z]+="|src="/.exec(answer.text)?.[0]).toBeUndefined();
    expect(answer.text.includes("<td><code>repositories</code>")).toBe(true); // and the fields of bodies
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
