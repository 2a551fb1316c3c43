import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSite } from "./site-process.ts";

const files = {
  "index.html": "<h1>Bakery</h1>",
  "about.html": "About us",
  "docs/index.html": "Docs",
  "docs/plan.txt": "0123456789",
  "404.html": "Nothing baked here",
  ".env": "KEY=1",
  "docs/.html": "hidden",
  ".well-known/security.txt": "Contact: us",
  "assets/index-BxQ1a2b3.js": "script()",
  "assets/main.3f2a1b9c.css": "body{}",
  "assets/hero-portrait.png": "portrait",
  "assets/photo-20240101.png": "a day",
  "index-BxQ1a2b3.js": "not of a bundler",
  "a b/café.txt": "name",
};
let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite(files);
});
afterAll(() => site.stop());

type Seen = { status: number; headers: Record<string, string | string[] | undefined>; body: string };
/** The path goes over the wire as it is written here. */
function look(path: string, headers: Record<string, string> = {}, { method = "GET", port = site.port } = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers }, (answer) =>
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }), reject),
    );
    asked.once("error", reject);
    asked.end();
  });
}

describe("a static site", () => {
  test("answers files, folders and pages without their ending as previews do", async () => {
    expect(await look("/")).toMatchObject({
      status: 200,
      body: files["index.html"],
      headers: { "content-type": "text/html; charset=utf-8" },
    });
    expect(await look("/about?x=1")).toMatchObject({ status: 200, body: "About us" });
    expect(await look("/docs/")).toMatchObject({ status: 200, body: "Docs" });
    expect(await look("/docs?x=1")).toMatchObject({ status: 307, headers: { location: "/docs/?x=1" } });
    expect(await look("/a%20b/caf%C3%A9.txt")).toMatchObject({ status: 200, body: "name" });
    expect(await look("/.well-known/security.txt")).toMatchObject({ status: 200 });
    const head = await look("/docs/plan.txt", {}, { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, body: "", headers: { "content-length": "10", etag: expect.any(String) } });
    expect((await look("/", {}, { method: "POST" })).status).toBe(404);
  });
  test("is asked again for each page, and answers 304 to whoever has it", async () => {
    const { headers } = await look("/");
    const etag = String(headers.etag);
    expect(headers).toMatchObject({ "cache-control": "no-cache", etag: expect.stringMatching(/^"[\w-]{27}"$/) });
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const same = await look("/", { "if-none-match": given });
      expect([same.status, same.body, same.headers.etag, same.headers["cache-control"]], given).toEqual([304, "", etag, "no-cache"]);
    }
    for (const given of ['"other"', etag.slice(1, -1)]) expect((await look("/", { "if-none-match": given })).status, given).toBe(200);
    expect((await look("/about")).headers.etag).not.toBe(etag);
  });
  test("lets browsers keep for good what a bundler named by its hash, and nothing else", async () => {
    for (const path of ["/assets/index-BxQ1a2b3.js", "/assets/main.3f2a1b9c.css"])
      expect((await look(path)).headers["cache-control"], path).toBe("public, max-age=31536000, immutable");
    for (const path of ["/assets/hero-portrait.png", "/assets/photo-20240101.png", "/index-BxQ1a2b3.js", "/docs/plan.txt"])
      expect((await look(path)).headers["cache-control"], path).toBe("no-cache");
  });
  test("answers parts of a file, of another version of it the whole", async () => {
    const { etag } = (await look("/docs/plan.txt")).headers;
    const part = await look("/docs/plan.txt", { range: "bytes=2-4", "if-range": String(etag) });
    expect(part).toMatchObject({ status: 206, body: "234", headers: { "content-range": "bytes 2-4/10", etag } });
    expect(await look("/docs/plan.txt", { range: "bytes=-3" })).toMatchObject({ status: 206, body: "789" });
    expect((await look("/docs/plan.txt", { range: "bytes=20-" })).status).toBe(416);
    for (const given of ['"other"', "Wed, 21 Oct 2015 07:28:00 GMT"])
      expect(await look("/docs/plan.txt", { range: "bytes=2-4", "if-range": given })).toMatchObject({ status: 200, body: "0123456789" });
  });
  test("answers its own 404.html where there is nothing, and no path leads to what is hidden or outside", async () => {
    const missing = { status: 404, body: "Nothing baked here", headers: { "cache-control": "no-cache" } };
    const paths = ["/none", "/none.js", "/.env", "/%2eenv", "/docs/.html", "/docs/.git/config", "/docs//plan.txt", "/docs%2fplan.txt"];
    for (const path of [...paths, "/%00", "/docs%5cplan.txt", "/%", "/..%2f..%2fetc/passwd", `/${"x".repeat(5_000)}`])
      expect(await look(path, { range: "bytes=0-1" }), path).toMatchObject(missing);
    for (const path of ["/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/docs/..%2f.env"])
      expect((await look(path)).status, path).toBe(404);
  });
});

test("a site with a 200.html gives it for what has no ending, and 404 for a file that is not there", async () => {
  const shop = await startSite({ "index.html": "home", "200.html": "shell" });
  const at = { port: shop.port };
  try {
    for (const path of ["/orders/7", "/orders/", "/"])
      expect(await look(path, {}, at), path).toMatchObject({ status: 200, body: path === "/" ? "home" : "shell" });
    const { etag } = (await look("/orders/7", {}, at)).headers;
    expect((await look("/orders/8", { "if-none-match": String(etag) }, at)).status).toBe(304);
    expect(await look("/none.js", {}, at)).toMatchObject({ status: 404, body: "There is no such page." });
    expect(await look("/.env", {}, at)).toMatchObject({ status: 404, headers: { "cache-control": "no-cache" } });
  } finally {
    await shop.stop();
  }
});
