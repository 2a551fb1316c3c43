import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { limit } from "../harness/suite/limit.ts";
import { root } from "../local/process.ts";

/** What stands before the Worker where a proxy ends TLS: in workerd, before a Worker that says who called. */
const { Miniflare, convertV4MiniflareOptions } = createRequire(import.meta.url)("miniflare");
const caller = `export default {
  async fetch(request) {
    const said = (request.headers.get("cf-connecting-ip") ?? "nobody") + " by " + new URL(request.url).protocol;
    if (request.headers.get("upgrade") !== "websocket") return new Response(said + " " + await request.text());
    const [near, far] = Object.values(new WebSocketPair());
    far.accept();
    far.send(said);
    return new Response(null, { status: 101, webSocket: near });
  },
};`;
const file = path.join(root, "edge/deploy/workerd/compress.js");
const base = { compatibilityDate: "2025-09-01", modulesRoot: path.dirname(file) };
function startWorkers(isProxied: boolean) {
  const before = {
    ...base,
    name: "compress",
    modules: [{ type: "ESModule", path: file, contents: readFileSync(file, "utf8") }],
    serviceBindings: { WORKER: "caller" },
    bindings: { IS_PROXIED: isProxied },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
  const behind = {
    ...base,
    name: "caller",
    modules: [{ type: "ESModule", path: path.join(root, "caller.js"), contents: caller }],
    modulesRoot: root,
  };
  return new Miniflare(
    convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, cf: false, telemetry: { enabled: false }, workers: [before, behind] }),
  );
}
const started = { proxied: startWorkers(true), open: startWorkers(false) };
const urls = { proxied: "", open: "" };
beforeAll(async () => {
  for (const name of ["proxied", "open"] as const) urls[name] = String(await started[name].unsafeGetDirectURL("compress"));
}, limit(60_000));
afterAll(() => Promise.all(Object.values(started).map((each) => each.dispose())), limit(60_000));

const ask = async (url: string, headers: Record<string, string>) => (await fetch(url, { method: "POST", body: "hi", headers })).text();

test("behind a proxy a caller is known by the address that the proxy has put last, whatever they say of themselves", async () => {
  const lie = { "cf-connecting-ip": "198.51.100.7" };
  expect(await ask(urls.proxied, { ...lie, "x-forwarded-for": "198.51.100.8, 203.0.113.9" })).toBe("203.0.113.9 by https: hi");
  expect(await ask(urls.proxied, { ...lie, "x-forwarded-for": "2001:db8::1" })).toBe("2001:db8::1 by https: hi");
  for (const none of [lie, { ...lie, "x-forwarded-for": "" }, { ...lie, "x-forwarded-for": "203.0.113.9, " }])
    expect(await ask(urls.proxied, none)).toBe("nobody by https: hi");
});

test("a live connection is led on, and counted by the same address", async () => {
  const socket = new WebSocket(urls.proxied.replace("http", "ws"), { headers: { "x-forwarded-for": "203.0.113.9" } });
  const said = await new Promise((resolve, reject) => socket.once("message", (data) => resolve(String(data))).once("error", reject));
  socket.close();
  expect(said).toBe("203.0.113.9 by https:");
});

test("without a proxy nothing is changed", async () => {
  expect(await ask(urls.open, { "cf-connecting-ip": "198.51.100.7", "x-forwarded-for": "203.0.113.9" })).toBe("198.51.100.7 by http: hi");
});
