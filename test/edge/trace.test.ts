import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";
import { requestIdOf, traceIdOf } from "../../schema/wire/trace.ts";
import { type Collector, startCollector } from "../doubles/collector/collector.ts";
import { eventually } from "../harness/eventually.ts";
import { type Ask, ask, newPerson, startEdgeWithoutEngine } from "./client.ts";

/** The edge's part of a trace (issue 11.8): one span a request, under the caller's own. */
let collector: Collector;
let up: Awaited<ReturnType<typeof startEdgeWithoutEngine>>;
beforeAll(async () => {
  collector = await startCollector();
  up = await startEdgeWithoutEngine(60, "trace", { bindings: { TRACES_URL: collector.url } });
});
afterAll(async () => {
  await up?.stop();
  await collector?.close();
});
const call = (method: string, where: string, how: Ask = {}) => ask(method, where, { ...how, edge: up.edge });
const spanOf = (traceId: string) => eventually("its span", async () => collector.spans.find((span) => span.traceId === traceId));
const traceId = () => traceIdOf(newId("req"))!;
const parentId = "00f067aa0ba902b7";

test("a caller's trace goes on in the edge, and is the request's id", async () => {
  const mine = traceId();
  const answer = await call("GET", "/health", { headers: { traceparent: `00-${mine}-${parentId}-01` } });
  expect(answer.headers.get("x-request-id")).toBe(requestIdOf(mine));
  expect(await spanOf(mine)).toMatchObject({ service: "growqr-edge", name: "GET /health", kind: 2, parentSpanId: parentId });
});

test("a caller's request id is their trace; one that is not to be kept is not, and a header of nobody's is ignored", async () => {
  const [kept, unkept] = [newId("req"), traceId()];
  await call("GET", "/health", { headers: { traceparent: `00-${unkept}-${parentId}-00` } });
  const answer = await call("GET", "/health", { headers: { "x-request-id": kept, traceparent: `00-${traceId()}-${parentId}-01` } });
  expect(answer.headers.get("x-request-id")).toBe(kept);
  const span = await spanOf(traceIdOf(kept)!);
  expect(span.parentSpanId).toBeUndefined(); // another trace's
  expect(collector.spans.some((each) => each.traceId === unkept)).toBe(false);
  expect((await call("GET", "/health", { headers: { traceparent: "00-not-a-trace" } })).status).toBe(200);
});

test("a span says the address as it is written down, never what a caller put there", async () => {
  const mine = traceId();
  const person = await newPerson(up.edge);
  const token = await person.token();
  await call("DELETE", `/git/tokens/canary-${"x".repeat(50)}?secret=canary`, {
    token,
    headers: { traceparent: `00-${mine}-${parentId}-01` },
  });
  const span = await spanOf(mine);
  expect(span.name).toBe("DELETE /git/tokens/:tokenId");
  expect(span.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: "404" } });
  expect(JSON.stringify(collector.spans)).not.toMatch(/canary|eyJ/);
  const unknown = traceId();
  await call("GET", "/ai/canary", { headers: { traceparent: `00-${unknown}-${parentId}-01` } });
  expect((await spanOf(unknown)).name).not.toContain("canary");
});

test("no request waits for a collector that refuses or is gone", async () => {
  collector.answers.push(503, 503, 503, 503);
  for (let n = 0; n < 4; n++) expect((await call("GET", "/health")).status).toBe(200);
  await eventually("the refusals are taken", async () => collector.answers.length === 0 || undefined);
  const mine = traceId();
  await call("GET", "/health", { headers: { traceparent: `00-${mine}-${parentId}-01` } });
  await spanOf(mine);
});
