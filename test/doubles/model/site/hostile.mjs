import assert from "node:assert";
import { once } from "node:events";
import { test } from "node:test";
import { answer, makeServer } from "./serve.mjs";

test("paths that lead out of the folder, and odd ones, are not there", () => {
  for (const path of ["/../serve.mjs", "/serve.mjs", "/%00", "//index.html", `/${"x".repeat(10_000)}`])
    assert.equal(answer(path)[0], 404, path);
});
test("the front page is there, however often it is asked for", () => {
  for (let nth = 0; nth < 100; nth++) assert.equal(answer("/")[0], 200);
});
test("an order of a megabyte is broken off, and the next one is taken", async () => {
  const kept = [];
  const server = makeServer((order) => kept.push(order)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const send = (body) => fetch(`http://127.0.0.1:${server.address().port}/orders`, { method: "POST", body });
  await assert.rejects(send("x".repeat(1_000_000)));
  assert.equal((await send('{"name":"Ada","wants":"two loaves"}')).status, 201);
  assert.equal(kept.length, 1);
  server.close();
});
