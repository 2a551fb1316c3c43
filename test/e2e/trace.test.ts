import { readFileSync } from "node:fs";
import { expect, inject, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";
import { requestIdOf, traceIdOf } from "../../schema/wire/trace.ts";
import { type CollectedSpan, collectedSpan } from "../doubles/collector/collector.ts";
import { eventually } from "../harness/eventually.ts";
import { person, provision } from "../harness/person.ts";

const product = inject("product");

/** Issue 11.8: one trace from a caller to what their machine's Docker was asked. */
const readSpans = (traceId: string): CollectedSpan[] =>
  readFileSync(inject("spans"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => collectedSpan.parse(JSON.parse(line)))
    .filter((span) => span.traceId === traceId);
const title = ({ service, name }: CollectedSpan) => `${service} ${name}`;

test("a stop can be followed from its caller through edge, actor and host to the containers, and in the logs by the same id", async () => {
  const iris = await person(product, `iris.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const { actor, events } = await provision(iris);
  events.close();
  const traceId = traceIdOf(newId("req"))!;
  const above = "00f067aa0ba902b7";
  const headers = { traceparent: `00-${traceId}-${above}-01` };
  const answer = await iris.call("POST", `/actors/${actor.id}/stop`, { scope: "stack" }, headers);
  expect(answer.status).toBe(200);
  const isStop = (span: CollectedSpan) => span.service === "growqr-host" && /^docker (stop|remove)/.test(span.name);
  let spans: CollectedSpan[] = [];
  const parentOf = ({ parentSpanId }: CollectedSpan) => spans.find(({ spanId }) => spanId === parentSpanId);
  const path = (span: CollectedSpan | undefined): string[] => (span ? [...path(parentOf(span)), title(span)] : []);
  // Each part sends what has ended once a second, and what is around it ends after it.
  const reachesDocker = async () => {
    spans = readSpans(traceId);
    return (
      spans.some(({ name }) => name === "action stop") && path(spans.find(isStop)).some((step) => step.startsWith("growqr-runner work "))
    );
  };
  await eventually("the trace reaches Docker", reachesDocker, 60_000);

  const edge = spans.find((span) => title(span) === "growqr-edge POST /actors/:actorId/stop");
  expect(edge?.parentSpanId).toBe(above);
  expect(path(spans.find((span) => span.name === "action stop"))).toEqual([title(edge!), "growqr-runner action stop"]);
  const docker = path(spans.find(isStop));
  // Work that begins before its action has ended is below it; what begins later is a top of the same trace.
  expect([[], [title(edge!), "growqr-runner action stop"]]).toContainEqual(docker.slice(0, -3));
  expect(docker.slice(-3)).toEqual([
    expect.stringMatching(/^growqr-runner work /),
    "growqr-host PUT /stacks/:member",
    expect.stringMatching(/^growqr-host docker /),
  ]);
  expect(JSON.stringify(spans)).not.toMatch(/eyJ|@example\.com/);
  const log = readFileSync(`${product.folder}/edge.log`, "utf8");
  expect(log).toContain(requestIdOf(traceId));
});
