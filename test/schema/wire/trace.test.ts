import { describe, expect, test } from "vitest";
import { z } from "zod";
import { newId } from "../../../schema/wire/id.ts";
import type { Logger } from "../../../schema/wire/log.ts";
import { formatTraceparent, newSpanId, readTraceparent, requestIdOf, traceIdOf } from "../../../schema/wire/trace.ts";
import { isSampled, readTraceTarget, traceSettings } from "../../../schema/wire/trace-export.ts";
import { Tracer } from "../../../schema/wire/tracer.ts";
import { startCollector } from "../../doubles/collector/collector.ts";

describe("the trace of a request", () => {
  test("is its id in another writing, there and back", () => {
    expect(traceIdOf("req_01ARZ3NDEKTSV4RRFFQ69G5FAV")).toBe("01563e3ab5d3d6764c61efb99302bd5b");
    for (let n = 0; n < 1_000; n++) {
      const requestId = newId("req");
      expect(requestIdOf(traceIdOf(requestId) ?? "")).toBe(requestId);
    }
    expect(traceIdOf(requestIdOf("f".repeat(32)))).toBe("f".repeat(32));
  });
  test("is none for what is no request's id, or holds more than a trace's id", () => {
    for (const other of ["", "req_", "turn:1", "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV", `req_${"Z".repeat(26)}`, `req_${"0".repeat(26)}`])
      expect(traceIdOf(other)).toBeUndefined();
  });
  test("is kept by every part or by none", () => {
    const all = Array.from({ length: 2_000 }, () => traceIdOf(newId("req"))!);
    expect(all.every((traceId) => isSampled(traceId, 1) && !isSampled(traceId, 0))).toBe(true);
    const quarter = all.filter((traceId) => isSampled(traceId, 0.25)).length;
    expect(quarter).toBeGreaterThan(380);
    expect(quarter).toBeLessThan(620);
  });
});

describe("traceparent", () => {
  const [traceId, spanId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  test("is read as the recommendation says, a version of the future too", () => {
    expect(readTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
    expect(readTraceparent(`00-${traceId}-${spanId}-00`)?.sampled).toBe(false);
    expect(readTraceparent(`cc-${traceId}-${spanId}-01-what-is-to-come`)).toEqual({ traceId, spanId, sampled: true });
    const mine = newSpanId();
    expect(readTraceparent(formatTraceparent({ traceId, spanId: mine }))?.spanId).toBe(mine);
  });
  test.each([
    undefined,
    "",
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01`.repeat(10_000),
  ])("%s is ignored", (header) => {
    expect(readTraceparent(header)).toBeUndefined();
  });
});

describe("a tracer", () => {
  const settings = (given: Record<string, string>) => readTraceTarget(z.object(traceSettings).parse(given));
  const silent: Logger = () => undefined;
  test("sends nothing where no collector is named, and runs the work", async () => {
    expect(settings({})).toBeUndefined();
    const tracer = new Tracer("part", silent);
    expect(await tracer.run({ requestId: newId("req"), name: "work", kind: "internal" }, async () => 7)).toBe(7);
    await tracer.flush();
  });
  test("sends spans with the collector's headers; what fails says so by its code, and nothing of its words", async () => {
    const collector = await startCollector();
    try {
      const tracer = new Tracer("part", silent);
      tracer.sendTo(settings({ TRACES_URL: `${collector.url}/`, TRACES_HEADERS: "x-key=a%20b, x-team = grow" }));
      const failing = () => Promise.reject(new Error("canary"));
      await expect(tracer.run({ requestId: newId("req"), name: "work", kind: "internal" }, failing)).rejects.toThrow("canary");
      await tracer.flush();
      expect(collector.spans).toEqual([
        expect.objectContaining({ service: "part", name: "work", status: { code: 2, message: "internal" } }),
      ]);
      expect(JSON.stringify(collector.spans)).not.toContain("canary");
      expect(collector.headers[0]).toMatchObject({ "x-key": "a b", "x-team": "grow" });
    } finally {
      await collector.close();
    }
  });
  test("loses spans, and no work, while the collector is away, and says so once", async () => {
    const said: unknown[] = [];
    const tracer = new Tracer("part", (_level, message, fields) => said.push([message, fields]));
    tracer.sendTo(settings({ TRACES_URL: "http://127.0.0.1:1" }));
    for (let n = 0; n < 5_000; n++) await tracer.run({ requestId: newId("req"), name: "work", kind: "internal" }, async () => n);
    await tracer.flush();
    await tracer.run({ requestId: newId("req"), name: "work", kind: "internal" }, async () => 1);
    await tracer.flush();
    expect(said).toEqual([[expect.stringContaining("were lost"), { lost: 5_000 }]]);
  });
});
