import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { reachAll, readAccount } from "../../edge/deploy/reach.ts";
import { describeReadiness, readReadiness } from "../../edge/deploy/readiness.ts";
import { parseEdgeSettings } from "../../edge/settings-rules.ts";
import { healthParts } from "../../schema/readiness.ts";
import { judgeCall, type Verdicts } from "../doubles/payments/endpoint.ts";
import { startStripeMock } from "../doubles/payments/stripe-mock.ts";
import { limit } from "../harness/suite/limit.ts";

/** Answers each address with a status and a body, and keeps what it was asked with which credential. */
let answers: Record<string, readonly [number, unknown]> = {};
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers.authorization ?? ""}`.trim());
  const [status, body] = answers[request.url ?? ""] ?? [404, {}];
  response
    .writeHead(status, { "content-type": "application/json", ...(status === 503 ? { "retry-after": "1" } : {}) })
    .end(JSON.stringify(body));
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => void asked.splice(0));

/** Of a deployment all of whose services are at the one server; the database is another file's matter. */
function all(changes: Record<string, string> = {}) {
  const settings = {
    ...{
      INSTANCE: "main",
      ENVIRONMENT: "local",
      IDENTITY: "clerk",
      IDENTITY_JWT_KEY: "pem",
      IDENTITY_PARTIES: "https://app.growqr.example",
    },
    ...{ PUBLIC_URL: "https://app.growqr.example", APPS_DOMAIN: "growqr-apps.example", LIBSQL_URL: url, RIVET_URL: `${url}/engine/` },
    ...{ RIVET_TOKEN: "engine-token", MAIL_URL: `${url}/mail`, MAIL_KEY: "mail-key", MAIL_FROM: "GrowQR <a@growqr.example>" },
    ...{ CERTIFICATES_ZONE: "0".repeat(32), CERTIFICATES_TOKEN: "token-of-the-zone", CERTIFICATES_URL: url },
    ...{ RELAY_URL: `${url}/relay`, MODEL_URL: `${url}/v1/`, MODEL_KEY: "sk-model", MODEL_NAME: "sonnet", MODEL_DEEP: "opus" },
    ...{
      STRIPE_URL: url,
      STRIPE_KEY: "sk_live_1",
      STRIPE_PRICE_STUDIO: "price_1, price_2,",
      STRIPE_PRICE_WORKSHOP: "price_3",
      STRIPE_WEBHOOK_SECRET: "whsec_1",
    },
    ...{
      IDENTITY_ISSUER: url,
      CLERK_SECRET_KEY: "sk_live_2",
      CLERK_API_URL: url,
      CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.growqr.example$")}`,
    },
    ...{ SIGNING_KEYS: JSON.stringify([{ kty: "EC", crv: "P-256", kid: "k1", x: "x", y: "y", d: "d" }]), KEK_CURRENT: "k1" },
    ...{ KEKS: JSON.stringify({ k1: "A".repeat(43) }), ...changes },
  };
  const parsed = parseEdgeSettings(settings);
  if ("problems" in parsed) throw new Error(parsed.problems.join());
  const account = readAccount({ CLOUDFLARE_API_TOKEN: "token", CLOUDFLARE_API_BASE_URL: url });
  return reachAll({ config: parsed.config, database: { url, token: undefined }, asksClerk: true, account });
}
const withoutDatabase = (lines: string[]) => lines.filter((line) => !line.startsWith("the database"));

const [asked1, asked2, asked3] = [1, 2, 3].map((n) => `/v1/prices/price_${n}?expand[]=product&expand[]=currency_options`) as [
  string,
  string,
  string,
];
const priceOf = (name: string, unit_amount: number, more: object = {}) => ({
  ...{ active: true, unit_amount, currency: "usd", currency_options: { usd: { unit_amount } } },
  ...{ recurring: { interval: "month", interval_count: 1 }, product: { name, active: true } },
  ...more,
});
const readable = Object.fromEntries(
  ["subscriptions", "invoices", "invoice_payments", "charges", "disputes"].map((noun) => [
    `/v1/${noun}?limit=1`,
    [200, { data: [] }] as const,
  ]),
);
/** What the token of the account may see. */
const account = {
  "/accounts": [200, { result: [{ id: "account-1" }] }],
  "/accounts/account-1/workers/scripts": [200, { result: [] }],
} as const;
describe("what a deployment must reach", () => {
  test("is asked with the credential that is for it, and nothing is said where all is well", async () => {
    answers = {
      "/engine/namespaces": [200, {}],
      "/mail": [405, {}],
      [`/zones/${"0".repeat(32)}/custom_hostnames?per_page=1`]: [200, {}],
      "/relay/health": [200, {}],
      "/.well-known/jwks.json": [200, { keys: [{ kty: "RSA", kid: "ins_1", n: "rZ8", e: "AQAB" }] }],
      "/v1/users/count": [200, {}],
      "/v1/models": [200, { data: [{ id: "sonnet" }, { id: "models/opus" }] }],
      [asked1]: [200, priceOf("GrowQR Studio", 2_900)],
      [asked2]: [200, priceOf("GrowQR Studio", 1_900)], // sold before, and still paid by some
      [asked3]: [200, priceOf("GrowQR Workshop", 9_900)],
      ...readable,
      ...account,
      "/zones?name=app.growqr.example&account.id=account-1": [200, { result: [] }],
      "/zones?name=growqr.example&account.id=account-1": [200, { result: [{ name: "growqr.example" }] }],
      "/zones?name=growqr-apps.example&account.id=account-1": [200, { result: [{ name: "growqr-apps.example" }] }],
    };
    const { wrong, away } = await all();
    expect([withoutDatabase(wrong), away]).toEqual([[], []]);
    expect(asked).toEqual(
      expect.arrayContaining([
        "/v1/users/count Bearer sk_live_2",
        "/v1/models Bearer sk-model",
        `${asked2} Bearer sk_live_1`,
        "/zones?name=growqr.example&account.id=account-1 Bearer token",
        "/engine/namespaces Bearer engine-token",
        `/zones/${"0".repeat(32)}/custom_hostnames?per_page=1 Bearer token-of-the-zone`,
        "/mail", // any answer will do: it has nothing that could be asked without an effect
      ]),
    );
  });

  test("is a meter at Stripe that adds up, where the settings name one", async () => {
    const meters = "/v1/billing/meters?status=active&limit=100";
    const ofMeter = async (answer: readonly [number, unknown], changes: Record<string, string> = { STRIPE_METER: "model_cents" }) => {
      answers = { [meters]: answer };
      return (await all(changes)).wrong.filter((line) => line.startsWith("Stripe's meter"));
    };
    const meter = (event_name: string, formula: string) => ({ event_name, default_aggregation: { formula } });
    const answer = (...data: object[]) => [200, { data }] as const;
    expect(await ofMeter(answer(meter("other", "last"), meter("model_cents", "sum")))).toEqual([]);
    expect(asked).toContain(`${meters} Bearer sk_live_1`);
    const none = "Stripe's meter model_cents: there is no active one of that name";
    for (const each of [answer(), answer(meter("other", "sum")), [200, "x"] as const]) expect(await ofMeter(each)).toEqual([none]);
    expect(await ofMeter(answer(meter("model_cents", "last")))).toEqual([
      "Stripe's meter model_cents: it keeps the last of its events, not their sum",
    ]);
    expect(await ofMeter([403, {}])).toEqual(["Stripe's meter model_cents: it refuses the credential (403)"]);
    asked.splice(0);
    expect([await ofMeter(answer(), {}), asked.includes(`${meters} Bearer sk_live_1`)]).toEqual([[], false]);
  });

  test("is a price in no other currency than its plan's", async () => {
    const currency_options = { usd: {}, eur: { unit_amount: 2_900 }, gbp: { unit_amount: 2_500 } };
    answers = {
      [asked1]: [200, priceOf("GrowQR Studio", 2_900, { currency_options })],
      [asked2]: [200, priceOf("GrowQR Studio", 1_900, { currency_options })],
      [asked3]: [200, priceOf("GrowQR Workshop", 9_900)],
    };
    const differs = "of the plan Studio: it is in eur, gbp too: a payer whose currency that is would pay in it";
    expect((await all()).wrong.filter((line) => line.startsWith("Stripe's price"))).toEqual([
      `Stripe's price price_1 ${differs}`,
      `Stripe's price price_2 ${differs}`, // who pays it pays in one of them
    ]);
  });

  test("is asked of Stripe in calls that Stripe's own mock takes", async () => {
    answers = {};
    await all({ STRIPE_METER: "model_cents" });
    const calls = asked.filter((each) => each.endsWith(" Bearer sk_live_1")).map((each) => new URL(each.split(" ")[0] ?? "", url));
    const verdicts: Verdicts = new Map();
    const mock = await startStripeMock();
    const judge = async (where: URL) =>
      judgeCall(mock.socket, { method: "GET", path: where.pathname, query: where.searchParams, body: "" }, verdicts);
    try {
      for (const each of calls) expect(await judge(each), each.href).toBeUndefined();
      expect(await judge(new URL("/v1/invoice_payments?most=1", url))).toContain("Request validation error"); // it reads what it is asked
    } finally {
      await mock.stop();
    }
    const taken = { asked: 1, refused: 0 };
    expect(Object.fromEntries(verdicts)).toEqual({
      ...{ "GET /v1/prices/{id}": { asked: 3, refused: 0 }, "GET /v1/billing/meters": taken, "GET /v1/subscriptions": taken },
      ...{ "GET /v1/invoices": taken, "GET /v1/charges": taken, "GET /v1/disputes": taken },
      "GET /v1/invoice_payments": { asked: 2, refused: 1 },
    });
  });

  test("is a cell that lets in nobody without the credential of its ingress", async () => {
    const credential = { INGRESS_ID: "ingress.access", INGRESS_SECRET: "canary-of-the-ingress" };
    const open = /^the ingress at 127\.0\.0\.1:\d+: it lets in whoever shows no INGRESS_ID/;
    for (const [engine, relay, found] of [
      [200, 403, 1],
      [302, 200, 1],
      [403, 530, 0],
    ] as const) {
      answers = { "/engine/health": [engine, {}], "/relay/health": [relay, {}] };
      const { wrong } = await all(credential);
      expect([engine, relay, wrong.filter((line) => open.test(line)).length]).toEqual([engine, relay, found]);
    }
    answers = { "/engine/health": [200, {}] };
    expect((await all()).wrong.some((line) => open.test(line))).toBe(false); // there is none before it
  });

  test("is told all at once where it is not as it must be, without what was sent or answered", async () => {
    answers = {
      "/v1/users/count": [401, { canary: "canary" }],
      "/v1/models": [200, { data: [{ id: "sonnet" }] }],
      [asked1]: [200, priceOf("GrowQR Studio", 2_900)],
      [asked2]: [404, { canary: "canary" }],
      [asked3]: [
        200,
        {
          ...priceOf("Other", 9_000, { currency: "eur", currency_options: { eur: {} }, active: false }),
          recurring: { interval: "year", interval_count: 1 },
        },
      ],
      ...readable,
      "/v1/disputes?limit=1": [403, { canary: "canary" }], // a restricted key of before payments were read so
      ...account,
      "/zones?name=app.growqr.example&account.id=account-1": [200, { result: [] }],
      "/zones?name=growqr.example&account.id=account-1": [200, { result: [] }],
      "/zones?name=growqr-apps.example&account.id=account-1": [403, {}],
      "/relay/health": [503, {}],
      "/engine/namespaces": [403, { canary: "canary" }],
      [`/zones/${"0".repeat(32)}/custom_hostnames?per_page=1`]: [403, {}],
    };
    const { wrong, away } = await all();
    expect(withoutDatabase(wrong)).toEqual([
      "the engine: it refuses the credential (403)", // it is there, and would refuse every member
      `Clerk: ${url} answered 404: is CLERK_PUBLISHABLE_KEY right?`,
      "Clerk's API: it refuses the credential (401)",
      "the model's provider: it has no model opus",
      "Stripe's price price_2 of the plan Studio: it does not answer well (404)",
      [
        'Stripe\'s price price_3 of the plan Workshop: it is of the product "Other", not "GrowQR Workshop"',
        ...["it is in eur, not usd", "it is for each year, not each month", "it is 9000, not 9900", "it is not sold any more"],
      ].join("; "),
      "Stripe's disputes, which the key must be allowed to read: it refuses the credential (403)",
      "the zone that makes certificates: it refuses the credential (403)",
      [
        "Cloudflare: a zone for app.growqr.example: no zone of the account is that name or a part of it",
        "a zone for growqr-apps.example: it refuses the credential (403)",
      ].join("; "),
    ]);
    expect(away).toEqual(["the runner's relay: it does not answer well (503); its part of the cell comes up after the edge"]);
    for (const secret of ["canary", "sk_live", "sk-model", "token"]) expect([...wrong, ...away].join()).not.toContain(secret);
  });

  test.each([
    [200, []],
    [200, "<html>canary</html>"],
    [404, {}],
    [405, {}],
  ])("a provider that lists no models in the usual shape is believed (%i)", async (...answer) => {
    answers = { "/v1/models": answer };
    expect((await all()).wrong.filter((line) => line.startsWith("the model"))).toEqual([]);
  });

  test("an account is named where the token opens several, or none", async () => {
    answers = { "/accounts": [200, { result: [{ id: "account-1" }, { id: "account-2" }] }] };
    expect((await all()).wrong).toContain("Cloudflare: CLOUDFLARE_API_TOKEN opens several accounts: name one in CLOUDFLARE_ACCOUNT_ID");
    answers = { "/accounts": [200, { result: [] }] };
    expect((await all()).wrong).toContain("Cloudflare: CLOUDFLARE_API_TOKEN opens no account");
  });

  test("what others say of a failure is not told: it may be what was sent, or what was answered", async () => {
    answers = { ...account, "/accounts": [200, "canary"], "/zones?name=growqr.example&account.id=account-1": [200, "canary"] };
    const { wrong, away } = await all({ RIVET_URL: "http://127.0.0.1:1", RELAY_URL: "http://canary.invalid" });
    expect(away).toEqual([
      expect.stringMatching(/^the engine: no answer that could be read; /), // a port that fetch takes for no web's
      expect.stringMatching(/^the runner's relay: no answer \(E[A-Z_]+\); /),
    ]);
    expect(wrong).toContain("Cloudflare: no answer that could be read");
    expect([...wrong, ...away].join()).not.toContain("canary");
  });
});

describe("what a member meets after a deployment", { timeout: limit(60_000) }, () => {
  const part = (ok: boolean) => ({ ok, state: ok ? "answers" : "none is ready", at: 1, since: 1 });
  const well = Object.fromEntries(healthParts.map((name) => [name, part(true)]));
  test("is read from /ready, and said for each part that is away", async () => {
    answers = { "/ready": [200, { ready: true, parts: { ...well, hosts: part(false) } }] };
    expect(describeReadiness(await readReadiness(url), url)).toEqual([
      `${url} serves: people can sign in; of what is behind it`,
      expect.stringMatching(/^ {2}hosts is away \(none is ready\): who signs up waits for a machine/),
    ]);
    answers = { "/ready": [200, { ready: true, parts: well }] };
    expect(describeReadiness(await readReadiness(url), url)).toEqual([`${url} serves: people can sign in, and every part is well.`]);
  });

  test("is waited for while the Worker answers that it is not there yet", async () => {
    answers = { "/ready": [503, { ready: false, parts: { ...well, db: part(false) } }] };
    const reading = readReadiness(url);
    await expect.poll(() => asked.length, { timeout: limit(20_000) }).toBeGreaterThan(1);
    answers = { "/ready": [200, { ready: true, parts: well }] };
    expect(await reading).toMatchObject({ ready: true });
  });

  test("is nothing yet where nobody answers, or something else does", async () => {
    answers = { "/ready": [200, "a page of somebody else's"] };
    expect(describeReadiness(await readReadiness(url), url)).toEqual([expect.stringContaining("does not answer")]);
  });
});
