import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ask } from "./client.ts";

const document = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()), summary: z.string() }).loose()),
  ),
  components: z.object({ securitySchemes: z.record(z.string(), z.unknown()) }).loose(),
});
/** The Worker's own list of addresses. The path is no literal: the Worker's types are not this program's. */
async function routes() {
  const file = new URL("../../edge/index.ts", import.meta.url).href;
  const shape = z.object({ default: z.object({ routes: z.array(z.object({ method: z.string(), path: z.string() })) }) });
  return shape.parse(await import(file)).default.routes;
}
/** The live proxy takes every method and path below it and refuses most itself. */
const own = ["/live", "/live/*"];

describe("the OpenAPI document", () => {
  test("lists every address that the Worker has, and no other", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const mounted = (await routes())
      .filter(({ method, path }) => method !== "ALL" && !own.includes(path))
      .map(({ method, path }) => `${method} ${path.replace(/:([A-Za-z]+)/g, "{$1}")}`);
    const live = ["GET /live/gateway/growAgent/connect", "POST /live/gateway/growAgent/action/{action}"];
    expect([...new Set(listed)].sort()).toEqual([...new Set([...mounted, ...live])].sort());
  });

  test("says of every address how it refuses, and how one signs in", async () => {
    const { paths, components } = document.parse((await ask("GET", "/openapi.json")).json);
    for (const [path, methods] of Object.entries(paths))
      for (const [method, { responses }] of Object.entries(methods)) expect(responses, `${method} ${path}`).toHaveProperty("default");
    expect(Object.keys(components.securitySchemes).sort()).toEqual(["agent", "gitToken", "machine", "session"]);
  });

  test("every address that needs a session refuses without one", async () => {
    const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
    for (const [path, methods] of Object.entries(paths))
      for (const [method, route] of Object.entries(methods)) {
        if (!("security" in route)) continue;
        const real = path.replace(
          /\{(\w+)\}/g,
          (_, name) =>
            (name === "actorId" ? "agt" : name === "workspaceId" ? "wsp" : name === "member" ? "mem" : "hst") +
            "_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        );
        expect((await ask(method.toUpperCase(), real)).status, `${method} ${path}`).toBe(401);
      }
  });
});
