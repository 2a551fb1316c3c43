import { afterAll, beforeAll, expect, test } from "vitest";
import { edgeEndpoints, endpointOf, judgeCall, readVerdicts, type Verdicts } from "./endpoint.ts";
import { startPayments } from "./server.ts";
import { startStripeMock } from "./stripe-mock.ts";
import { clientOf, testSettings } from "./test-client.ts";

/** Which addresses of Stripe's API the edge asks, and that Stripe's own mock knows each of them. */
let mock: Awaited<ReturnType<typeof startStripeMock>>;
beforeAll(async () => {
  mock = await startStripeMock();
});
afterAll(() => mock.stop());

/** A call of it: reads say what they want in their query, others in their form. */
function callOf(endpoint: string, said: string) {
  const [method = "", path = ""] = endpoint.replaceAll("{id}", "id_1").split(" ");
  const isRead = method === "GET";
  return { method, path, query: new URLSearchParams(isRead ? said : ""), body: isRead ? "" : new URLSearchParams(said).toString() };
}
const judge = (endpoint: string, said: string, verdicts: Verdicts = new Map()) =>
  judgeCall(mock.socket, callOf(endpoint, said), verdicts, edgeEndpoints);

test("Stripe's own mock knows each endpoint that the edge may ask, and takes a call of it", async () => {
  const verdicts: Verdicts = new Map();
  for (const [endpoint, said] of Object.entries(edgeEndpoints))
    expect(await judge(endpoint, said, verdicts), `${endpoint} ${said}`).toBeUndefined();
  expect([...verdicts]).toEqual(Object.keys(edgeEndpoints).map((endpoint) => [endpoint, { asked: 1, refused: 0 }]));
});

test("what is not Stripe's is refused: a parameter, and a value of another type", async () => {
  const verdicts: Verdicts = new Map();
  expect(await judge("POST /v1/customers", "e_mail=baker@example.com", verdicts)).toContain("Request validation error");
  expect(await judge("GET /v1/charges", "limit=many")).toContain("Request validation error");
  expect(await judge("POST /v1/checkout/sessions", "customer=cus_1&line_items[0][quantity]=many")).toContain("Request validation error");
  expect([...verdicts]).toEqual([["POST /v1/customers", { asked: 1, refused: 1 }]]);
});

test("an endpoint that nobody listed fails who asks it, and what was asked is kept with its verdict", async () => {
  expect(endpointOf({ method: "GET", path: "/v1/charges/ch_1" }, edgeEndpoints)).toBe("GET /v1/charges/{id}");
  expect(endpointOf({ method: "POST", path: "/v1/invoices/create_preview" }, edgeEndpoints)).toBe("POST /v1/invoices/create_preview");
  const payments = await startPayments({ ...testSettings, mock: mock.socket, endpoints: edgeEndpoints });
  const stripe = clientOf(payments);
  await stripe.customers.create({});
  await expect(stripe.customers.list()).rejects.toThrow("does not list it");
  await expect(payments.close()).rejects.toThrow("GET /v1/customers:");
  expect(Object.fromEntries(readVerdicts(mock.socket))).toEqual({
    "POST /v1/customers": { asked: 1, refused: 0 },
    "GET /v1/customers": { asked: 1, refused: 1 },
  });
});
