import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secretIn } from "../../schema/secret.ts";
import {
  buildServiceRequest,
  capabilitiesOf,
  findAddressIssue,
  findOperation,
  operationsOf,
  type Service,
  serviceIssues,
  serviceShape,
} from "../../schema/service.ts";

const tracker: Service = serviceShape.parse({
  name: "tracker",
  kind: "http",
  url: "https://api.tracker.example/v1/",
  operations: [
    { name: "list", method: "GET", path: "/items" },
    { name: "show", method: "GET", path: "/items/{id}" },
    { name: "add", method: "POST", path: "/items", about: "Adds an item" },
    "ping",
  ],
  secret: { name: "tracker-key" },
});
const operation = (name: string) => {
  const found = operationsOf(tracker).find((operation) => operation.name === name);
  if (!found) throw new Error(name);
  return found;
};
const paths = (over: object) => serviceIssues(serviceShape.parse({ ...tracker, ...over })).map((issue) => issue.path);

describe("a service", () => {
  test("needs a capability for each of its operations and for its secret", () => {
    expect(capabilitiesOf(tracker).map((operation) => operation.capability)).toEqual([
      "service:tracker/list",
      "service:tracker/show",
      "service:tracker/add",
      "service:tracker/ping",
      "secret:tracker-key",
    ]);
  });
  test("is refused by path for passwords in its address, doubles, and what its kind does not have", () => {
    expect(paths({})).toEqual([]);
    expect(paths({ url: "https://me:pass@api.tracker.example" })).toEqual(["url"]);
    expect(paths({ url: "https://api.tracker.example/?key=1" })).toEqual(["url"]);
    expect(paths({ operations: ["list", "list"] })).toEqual(["operations.1"]);
    expect(paths({ kind: "mcp", operations: ["list", { name: "b", path: "/b" }] })).toEqual(["operations.1"]);
    for (const header of ["host", "cookie", "content-length", "x-\nhost"])
      expect(serviceShape.safeParse({ ...tracker, secret: { name: "key", header } }).success, header).toBe(false);
    for (const path of ["/../x", "items", "/items?x=1", "/a//b", "/{}", "/%2e%2e/x"])
      expect(serviceShape.safeParse({ ...tracker, operations: [{ name: "x", path }] }).success, path).toBe(false);
  });
  test("is called at the address of its operation: names in the path, the rest in the query or in the body", () => {
    expect(buildServiceRequest(tracker, operation("show"), { id: "a/b ?", deep: true })).toEqual({
      ok: true,
      value: { method: "GET", url: "https://api.tracker.example/v1/items/a%2Fb%20%3F?deep=true" },
    });
    expect(buildServiceRequest(tracker, operation("add"), { title: "x", tags: ["a"] })).toEqual({
      ok: true,
      value: { method: "POST", url: "https://api.tracker.example/v1/items", body: '{"title":"x","tags":["a"]}' },
    });
    expect(buildServiceRequest(tracker, operation("ping"), {})).toMatchObject({
      value: { method: "POST", url: "https://api.tracker.example/v1/ping" },
    });
    for (const id of ["", ".", "..", undefined, {}, null])
      expect(buildServiceRequest(tracker, operation("show"), { id }), String(id)).toMatchObject({
        ok: false,
        issues: [{ path: "arguments.id" }],
      });
    expect(buildServiceRequest(tracker, operation("list"), { where: { a: 1 } })).toMatchObject({
      ok: false,
      issues: [{ path: "arguments.where" }],
    });
  });
  test("has operations off its list that can be named: by method and path, or as an MCP server calls them", () => {
    expect(findOperation(tracker, "GET /items/{id}")).toMatchObject({ operation: { name: "show" }, listed: true });
    expect(findOperation(tracker, "DELETE /items/{id}")).toMatchObject({
      operation: { method: "DELETE", path: "/items/{id}" },
      listed: false,
    });
    for (const name of ["drop", "TRACE /items", "GET items", "GET /../x", "GET /items extra", "get /items", ""])
      expect(findOperation(tracker, name), name).toBeUndefined();
    const mcp = serviceShape.parse({ ...tracker, kind: "mcp", operations: ["list"] });
    expect(findOperation(mcp, "drop")).toMatchObject({ operation: { name: "drop" }, listed: false });
    expect(findOperation(mcp, "GET /items")).toBeUndefined();
  });
  test("never leaves the place of its operation, whatever the arguments are", () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.string()), (id, rest) => {
        const request = buildServiceRequest(tracker, operation("show"), { ...rest, id });
        if (!request.ok) return;
        const url = new URL(request.value.url);
        expect(url.origin).toBe("https://api.tracker.example");
        expect(url.pathname.split("/").slice(0, -1).join("/")).toBe("/v1/items");
        expect(decodeURIComponent(url.pathname.split("/").at(-1) ?? "")).toBe(id);
      }),
    );
  });
});

describe("an address", () => {
  test("of this machine, a private network, the metadata service or another protocol may not be called", () => {
    for (const url of [
      "http://api.example.org",
      "https://127.0.0.1/x",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://0/",
      "https://169.254.169.254/latest/meta-data",
      "https://10.1.2.3",
      "https://192.168.0.1:8443",
      "https://100.64.0.1",
      "https://[::1]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[fd00::1]/",
      "https://localhost/",
      "https://localhost./",
      "https://gitea/",
      "https://metadata.google.internal/",
      "https://printer.local/",
    ])
      expect(findAddressIssue(url, []), url).toBeTypeOf("string");
    expect(findAddressIssue("https://api.example.org:8443/x", [])).toBeUndefined();
    expect(findAddressIssue("https://93.184.216.34/", [])).toBeUndefined();
  });
  test("beside the installation may be called when its origin is listed, and only that", () => {
    const local = ["http://127.0.0.1:9000"];
    expect(findAddressIssue("http://127.0.0.1:9000/x", local)).toBeUndefined();
    for (const url of ["http://127.0.0.1:9001/x", "https://127.0.0.1:9000", "http://127.0.0.1.example.org:9000"])
      expect(findAddressIssue(url, local), url).toBeTypeOf("string");
  });
});

test("a secret is one line of plain characters for one origin", () => {
  const value = "sk-1234";
  expect(secretIn.parse({ value, origin: "https://api.example.org/" }).origin).toBe("https://api.example.org");
  for (const origin of ["https://api.example.org/path", "ftp://x.org", "api.example.org", "https://a:b@x.org"])
    expect(secretIn.safeParse({ value, origin }).success, origin).toBe(false);
  for (const bad of ["", " x", "a\nb: c", "ü", "x".repeat(4_001)])
    expect(secretIn.safeParse({ value: bad, origin: "https://x.org" }).success, bad.slice(0, 10)).toBe(false);
});
