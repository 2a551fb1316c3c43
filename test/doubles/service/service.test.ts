import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publicOnly, Services } from "../../../actors/service/service.ts";
import { operationsOf, type Service, serviceShape } from "../../../schema/service.ts";
import { startTracker, type Tracker } from "./server.ts";

/**
 * The runner's client of members' services, against a service on loopback whose origin the installation
 * allows.
 */
const key = "tracker-key-0123456789";
let tracker: Tracker;
beforeAll(async () => {
  tracker = await startTracker(0, key);
});
afterAll(() => tracker.close());

const secret = { name: "tracker-key" };
const overHttp = (): Service =>
  serviceShape.parse({
    name: "tracker",
    kind: "http",
    url: `${tracker.url}/v1`,
    operations: [
      { name: "list", method: "GET", path: "/items" },
      { name: "add", path: "/items" },
      ...["moved", "mirror", "large", "absent"].map((name) => ({ name, method: "GET", path: `/${name}` })),
    ],
    secret,
  });
const overMcp = (): Service =>
  serviceShape.parse({ name: "tracker", kind: "mcp", url: `${tracker.url}/mcp`, operations: ["list_items", "add_item", "absent"], secret });
const call = (
  service: Service,
  name: string,
  given: Record<string, unknown> = {},
  local = [tracker.url],
  value: string | undefined = key,
) => {
  const operation = operationsOf(service).find((operation) => operation.name === name);
  if (!operation) throw new Error(name);
  return new Services(local).call(service, operation, given, value);
};

describe("an HTTP API", () => {
  test("is called with the member's key, its arguments where they belong, and nothing else of ours", async () => {
    expect(await call(overHttp(), "list", { q: "sec" })).toEqual({ ok: true, text: '200\n{"items":["second"]}' });
    expect(await call(overHttp(), "add", { title: "third" })).toEqual({ ok: true, text: '201\n{"items":3}' });
    expect(tracker.items).toContain("third");
    const last = tracker.calls.at(-1);
    expect(last).toMatchObject({ method: "POST", path: "/v1/items", headers: { authorization: `Bearer ${key}`, "user-agent": "growqr" } });
    expect(Object.keys(last?.headers ?? {}).sort()).toEqual(
      expect.arrayContaining(["accept", "authorization", "content-type", "host", "user-agent"]),
    );
    expect(last?.headers).not.toHaveProperty("cookie");
  });
  test("that refuses, moves elsewhere or says too much is told so, and a redirect is never followed", async () => {
    expect(await call(overHttp(), "list", {}, [tracker.url], "wrong")).toMatchObject({ ok: false, text: expect.stringMatching(/^401/) });
    expect(await call(overHttp(), "absent")).toMatchObject({ ok: false, text: expect.stringMatching(/^404/) });
    expect(await call(overHttp(), "moved")).toEqual({ ok: false, text: "302\nIt points somewhere else; that is not followed." });
    await expect(call(overHttp(), "large")).rejects.toMatchObject({ code: "too_large" });
    await expect(call(overHttp(), "list", { q: { a: 1 } })).rejects.toMatchObject({
      code: "invalid",
      meta: { issues: [{ path: "arguments.q" }] },
    });
  });
});

describe("an MCP server", () => {
  test("is called for one of its tools, and its answer is text", async () => {
    expect(await call(overMcp(), "add_item", { title: "by mcp" })).toEqual({ ok: true, text: "added by mcp" });
    expect((await call(overMcp(), "list_items")).text).toContain("by mcp");
    expect(tracker.items).toContain("by mcp");
  });
  test("that does not know the tool or the key says so", async () => {
    expect((await call(overMcp(), "absent")).ok).toBe(false);
    await expect(call(overMcp(), "list_items", {}, [tracker.url], "wrong")).rejects.toMatchObject({ code: "upstream" });
  });
});

describe("an address inside", () => {
  test("is refused before anything is sent when the installation does not list its origin", async () => {
    const before = tracker.calls.length;
    for (const service of [overHttp(), overMcp()])
      await expect(call(service, operationsOf(service)[0]!.name, {}, [])).rejects.toMatchObject({ code: "forbidden" });
    await expect(call(overHttp(), "list", {}, ["http://127.0.0.1:1"])).rejects.toMatchObject({ code: "forbidden" });
    expect(tracker.calls).toHaveLength(before);
  });
  test("behind a name is refused when the name is resolved, and the address that was looked at is the one that is dialled", async () => {
    const resolved = (name: string) => new Promise((resolve) => publicOnly(name, { all: true }, (error, found) => resolve(error ?? found)));
    expect(await resolved("localhost")).toMatchObject({ code: "forbidden" });
    expect(await resolved("93.184.216.34")).toEqual([{ address: "93.184.216.34", family: 4 }]);
  });
  test("that nobody listens on is said to be unreachable", async () => {
    const gone = serviceShape.parse({ ...overHttp(), url: "http://127.0.0.1:1/v1" });
    await expect(call(gone, "list", {}, ["http://127.0.0.1:1"])).rejects.toMatchObject({ code: "upstream" });
  });
});
