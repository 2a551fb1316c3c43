import { createRoute } from "@hono/zod-openapi";
import { type newApp, refusals } from "./http.ts";

/** Serves what the routes say of themselves as OpenAPI 3.1. */
export function describe(app: ReturnType<typeof newApp>): void {
  const schemes = {
    session: { type: "http", scheme: "bearer", description: "A session token of the identity provider" },
    machine: {
      type: "apiKey",
      in: "header",
      name: "Authorization",
      description: "`Machine <jwt>`: this call, signed with the machine's key",
    },
    agent: { type: "http", scheme: "bearer", description: "A token signed by the host for one agent" },
    gitToken: { type: "http", scheme: "basic", description: "A Git token of a member as the password, with any user name" },
  } as const;
  for (const [name, scheme] of Object.entries(schemes)) app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  app.openAPIRegistry.registerPath(
    createRoute({
      method: "get",
      path: "/openapi.json",
      tags: ["Platform"],
      summary: "This document",
      responses: { 200: { description: "OpenAPI 3.1" }, ...refusals },
    }),
  );
  let document: ReturnType<typeof app.getOpenAPI31Document> | undefined;
  app.get("/openapi.json", (c) => {
    document ??= app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "GrowQR",
        version: "1",
        description:
          "Mutations take an `Idempotency-Key`: a repeat gets the first answer. Every refusal is `{error: {code, message, retryable, requestId}}`.",
      },
    });
    return c.json(document);
  });
}
