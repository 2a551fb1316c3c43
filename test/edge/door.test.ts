import { expect, test } from "vitest";
import { z } from "zod";
import { ask } from "./client.ts";

const operation = z.looseObject({ security: z.array(z.record(z.string(), z.unknown())) });
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** The path is no literal: the Worker's types are not this program's. */
const load = (file: string): Promise<unknown> => import(new URL(`../../edge/${file}`, import.meta.url).href);
const composed = z.looseObject({ __COMPOSED_HANDLER: z.unknown() }); // by Hono, where a part has an error handler of its own

test("no address of the Worker is without the guard of a door, but for those that check a signature or a ticket themselves", async () => {
  const route = z.object({ method: z.string(), path: z.string(), handler: z.custom<object>((value) => typeof value === "function") });
  const { app } = z.object({ app: z.object({ routes: z.array(route) }) }).parse(await load("api.ts"));
  const { doorGuards } = z.object({ doorGuards: z.set(z.unknown()) }).parse(await load("door.ts"));
  const guarded = new Map<string, boolean>();
  for (const { method, path, handler } of app.routes) {
    if (method === "ALL" && path === "/*") continue;
    const address = `${method} ${path}`;
    const bare = (handler as z.infer<typeof composed>).__COMPOSED_HANDLER ?? handler;
    guarded.set(address, (guarded.get(address) ?? false) || doorGuards.has(bare));
  }
  expect(guarded.size).toBeGreaterThan(250);
  const open = [...guarded].flatMap(([address, isGuarded]) => (isGuarded ? [] : [address]));
  const themselves = ["POST /webhooks/clerk", "POST /webhooks/stripe", "GET /terminals/:terminalId/connect", "ALL /live", "ALL /live/*"];
  expect(open.sort()).toEqual(themselves.sort());
});

test("nobody needs to sign in at these addresses, and at no other", async () => {
  const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
  const open = Object.entries(paths).flatMap(([address, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) => (security.length === 0 ? [`${method.toUpperCase()} ${address}`] : [])),
  );
  const anybodys = [
    ...["/.well-known/jwks.json", "/.well-known/ticket-keys.json", "/config", "/health", "/openapi.json", "/ready", "/reference"],
    ...["billing", "ci", "db", "engine", "git", "hosts", "identity"].map((part) => `/health/${part}`),
    // each by a ticket of its own
    ...["/account/exports/archive", "/git/downloads", "/live/gateway/growAgent/connect", "/terminals/{terminalId}/connect"],
  ].map((address) => `GET ${address}`);
  const told = ["POST /browser-errors", "POST /hosts/join", "POST /webhooks/clerk", "POST /webhooks/stripe"];
  expect(open.sort()).toEqual([...anybodys, ...told].sort());
});
