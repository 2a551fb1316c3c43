import { describe, expect, test } from "vitest";
import { z } from "zod";
import { errorBody } from "../../schema/wire/error.ts";

/** The Worker's own parser. The path is no literal: the Worker's types are not this program's. */
async function readConfig(env: Record<string, string>): Promise<unknown> {
  const file = new URL("../../edge/env.ts", import.meta.url).href;
  const parse: unknown = (await import(file)).readEdgeConfig;
  return z.function({ input: [z.unknown()], output: z.unknown() }).implement(parse as (env: unknown) => unknown)(env);
}
const key = { kty: "EC", crv: "P-256", kid: "k1", x: "x", y: "y", d: "private-part-of-the-key" };
const good = {
  INSTANCE: "main",
  ENVIRONMENT: "local",
  PUBLIC_URL: "http://localhost:20000/",
  LIBSQL_URL: "http://127.0.0.1:20001",
  RIVET_URL: "http://127.0.0.9:20002",
  RIVET_TOKEN: "engine-token-engine-token",
  RELAY_URL: "http://127.0.0.1:20005",
  SIGNING_KEYS: JSON.stringify([key]),
  KEKS: JSON.stringify({ k1: "A".repeat(43) }),
  KEK_CURRENT: "k1",
  IDENTITY: "local",
  IDENTITY_ISSUER: "http://localhost:20007",
  IDENTITY_JWT_KEY: "pem",
  IDENTITY_PARTIES: "http://localhost:20000, http://127.0.0.1:20000",
  IDENTITY_URL: "http://localhost:20007",
  MODEL_URL: "http://127.0.0.1:20009/v1",
  MODEL_KEY: "sk-very-secret-model-key",
  MODEL_NAME: "demo",
};

test("over https every answer tells browsers to stay with it; over plain http none does", async () => {
  const worker: unknown = (await import(new URL("../../edge/api.ts", import.meta.url).href)).app;
  const send = z.function({ input: [z.string(), z.object({}), z.unknown()], output: z.promise(z.instanceof(Response)) });
  const { request } = z.object({ request: send }).parse(worker);
  const header = async (where: string, url: string) =>
    (await request(where, {}, { ...good, PUBLIC_URL: url })).headers.get("strict-transport-security");
  for (const where of ["/config", "/nothing"]) expect(await header(where, "https://growqr.example")).toBe("max-age=63072000");
  expect(await header("/config", "http://localhost:20000")).toBeNull();
});
test("a page of ours at a member's own domain ties that domain to nothing, and is kept nowhere", async () => {
  const worker: unknown = (await import(new URL("../../edge/project/released-host.ts", import.meta.url).href)).releasedHost;
  const send = z.function({ input: [z.string(), z.object({}), z.unknown()], output: z.promise(z.instanceof(Response)) });
  const { request } = z.object({ request: send }).parse(worker);
  const { headers } = await request("https://shop.example.org/", {}, { ...good, PUBLIC_URL: "https://growqr.example" });
  expect([headers.get("strict-transport-security"), headers.get("cache-control")]).toEqual([null, "no-store"]);
});

test("a Worker whose settings are not whole answers 503 with a time to come back, never 500, and says none of them", async () => {
  const worker: unknown = (await import(new URL("../../edge/index.ts", import.meta.url).href)).default;
  const serve = z.function({
    input: [z.instanceof(Request), z.unknown(), z.unknown()],
    output: z.union([z.instanceof(Response), z.promise(z.instanceof(Response))]),
  });
  const { fetch } = z.object({ fetch: serve }).parse(worker);
  const { RIVET_TOKEN: _, ...half } = good;
  const clerk = {
    IDENTITY: "clerk",
    CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.growqr.example$")}`,
    CLERK_SECRET_KEY: "sk_test_abcdefghij",
  };
  for (const settings of [{}, half, { ...good, RIVET_TOKEN: "   " }, { ...good, ...clerk }]) {
    const call = (where: string, headers = {}) => fetch(new Request(`http://localhost:20000${where}`, { headers }), settings, undefined);
    for (const where of ["/", "/health", "/me", "/live/gateway/growAgent/connect", "/ai/v1/models"]) {
      const answer = await call(where);
      const { error } = errorBody.parse(await answer.json());
      expect([where, answer.status, error.code, Number(answer.headers.get("retry-after")) > 0]).toEqual([where, 503, "unavailable", true]);
      expect(JSON.stringify(error)).not.toMatch(/RIVET|CLERK/);
    }
    const page = await call("/", { accept: "text/html,*/*" });
    expect([page.status, page.headers.get("content-type"), page.headers.get("x-content-type-options")]).toEqual([
      503,
      "text/plain; charset=utf-8",
      "nosniff",
    ]);
    expect(await page.text()).toMatch(/^GrowQR is being set up here/);
  }
});

describe("the Worker's settings", () => {
  test("are parsed once and for all, lists and keys included", async () => {
    expect(await readConfig(good)).toMatchObject({
      PUBLIC_URL: "http://localhost:20000",
      IDENTITY_PARTIES: ["http://localhost:20000", "http://127.0.0.1:20000"],
    });
    expect(await readConfig({ ...good, INSTANCE: "other" })).toMatchObject({ INSTANCE: "other" });
  });

  const deployed = { ENVIRONMENT: "production", IDENTITY: "clerk", CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.growqr.example$")}` };
  const wrong: [string, Record<string, string>, string][] = [
    ["payments of a double in production", { ENVIRONMENT: "production", STRIPE_URL: "http://127.0.0.1:1" }, "STRIPE_URL without https"],
    ["a key of Stripe's alone", { STRIPE_KEY: "sk_live_1" }, "are given together"],
    ["half of what opens the ingress", { INGRESS_ID: "id.access" }, "are given together"],
    [
      "an ingress without https",
      { INGRESS_ID: "id.access", INGRESS_SECRET: "secret", RELAY_URL: "http://relay.example" },
      "the cell's addresses begin with https",
    ],
    ["the local sign-in page in production", { ENVIRONMENT: "production" }, "refused in production"],
    ["Clerk without its key", { IDENTITY: "clerk" }, "CLERK_PUBLISHABLE_KEY"],
    ["a current key that is not there", { KEK_CURRENT: "k2" }, "KEK_CURRENT"],
    ["a key of the wrong length", { KEKS: JSON.stringify({ k1: "short" }) }, "32 bytes"],
    ["keys that are no JSON", { SIGNING_KEYS: "{" }, "not JSON"],
    ["no signing key", { SIGNING_KEYS: "[]" }, "SIGNING_KEYS"],
    ["a key of another class among those of tickets", { SIGNING_KEYS: JSON.stringify([{ ...key, class: "receipt" }]) }, "SIGNING_KEYS"],
    ["one key for two ends", { PUSH_KEY: JSON.stringify(key) }, "a key has one end"],
    [
      "an issuer of tokens that anybody on the way could be",
      { ...deployed, IDENTITY_ISSUER: "http://clerk.growqr.example" },
      "without https",
    ],
    [
      "an API of Clerk's without https",
      { ...deployed, IDENTITY_ISSUER: "https://c.growqr.example", CLERK_API_URL: "http://api.example" },
      "CLERK_API_URL without",
    ],
    ["an issuer of tokens with a path", { IDENTITY_ISSUER: "https://clerk.growqr.example/v1" }, "must be an origin"],
    ["nobody who may ask", { IDENTITY_PARTIES: " , " }, "IDENTITY_PARTIES"],
    ["a mail service without its key", { MAIL_URL: "https://api.resend.com" }, "MAIL_KEY"],
    ["a push key that is none", { PUSH_KEY: "{}" }, "PUSH_KEY"],
    ["a local address for reminders that is none", { REMINDERS_LOCAL: "localhost" }, "REMINDERS_LOCAL"],
    ["apps below the domain of previews", { PREVIEW_DOMAIN: "p.example", APPS_DOMAIN: "a.p.example" }, "APPS_DOMAIN and PREVIEW_DOMAIN"],
    ["a domain of apps that is none", { APPS_DOMAIN: "https://apps.example" }, "APPS_DOMAIN"],
    ["an address that is none", { RIVET_URL: "engine" }, "RIVET_URL"],
  ];
  test.each(wrong)("with %s stop the Worker with the reason, and say no value", async (_, changes, reason) => {
    const refused = await readConfig({ ...good, ...changes }).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(refused).toContain(reason);
    for (const secret of [good.RIVET_TOKEN, good.MODEL_KEY, "private-part-of-the-key"]) expect(refused).not.toContain(secret);
  });
});
