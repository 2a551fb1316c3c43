import assert from "node:assert";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { answer, makeServer, readOrder } from "./serve.mjs";

const pages = readdirSync(".").filter((name) => name.endsWith(".html"));
const text = (name) => readFileSync(name, "utf8");

test("the front page is served, and a page that is not there says so", () => {
  assert.equal(answer("/")[0], 200);
  assert.ok(answer("/")[1].includes('data-server="yes"'));
  assert.equal(answer("/none.html")[0], 404);
});
test("the front page has a menu, opening hours, a place and a form", () => {
  for (const part of ['id="menu"', 'id="hours"', 'id="place"', "<form"])
    assert.ok(text("index.html").includes(part), `index.html lacks ${part}`);
});
test("every page has a title, says its language and fits a phone", () => {
  for (const name of pages)
    for (const part of ["<title>", "<html lang=", "width=device-width"]) assert.ok(text(name).includes(part), `${name} lacks ${part}`);
});
test("every link leads to a page that is there", () => {
  for (const name of pages)
    for (const [, to] of text(name).matchAll(/href="([^":#]+)"/g)) assert.ok(existsSync(to), `${name} links to ${to}, which is not there`);
});
test("an order says who asks and for what", () => {
  assert.deepEqual(readOrder('{"name":" Ada ","wants":"two loaves"}'), { name: "Ada", wants: "two loaves" });
  for (const none of [
    "",
    "{",
    "null",
    '{"name":"Ada"}',
    '{"name":"","wants":"x"}',
    '{"name":1,"wants":"x"}',
    JSON.stringify({ name: "a".repeat(501), wants: "x" }),
  ])
    assert.equal(readOrder(none), undefined, none.slice(0, 40));
});
test("an order that is sent is kept, and a bad one is not", async () => {
  const kept = [];
  const server = makeServer((order) => kept.push(order)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const send = (body, method = "POST") => fetch(`http://127.0.0.1:${server.address().port}/orders`, { method, ...(body ? { body } : {}) });
  assert.equal((await send('{"name":"Ada","wants":"two loaves"}')).status, 201);
  assert.equal((await send("no order")).status, 400);
  assert.equal((await send(undefined, "GET")).status, 405);
  assert.equal((await fetch(`http://127.0.0.1:${server.address().port}/?from=a`)).status, 200);
  assert.deepEqual(kept, [{ name: "Ada", wants: "two loaves" }]);
  server.close();
});
