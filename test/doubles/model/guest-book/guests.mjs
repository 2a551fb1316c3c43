import assert from "node:assert";
import { test } from "node:test";
import { openNotes, readNote } from "./notes.mjs";
import { makeApp } from "./server.mjs";
import { describeTime } from "./src/time.mjs";

const json = { method: "POST", headers: { "content-type": "application/json" } };
const leave = (app, text) => app.request("/api/notes", { ...json, body: JSON.stringify({ text }) });
const texts = async (app) => (await (await app.request("/api/notes")).json()).notes.map(({ text }) => text);

test("a note that somebody leaves is there, the newest first", async () => {
  const app = makeApp(openNotes());
  for (const text of ["Good bread", "  Come again  "]) assert.equal((await leave(app, text)).status, 201);
  assert.deepEqual(await texts(app), ["Come again", "Good bread"]);
});
test("a note is deleted once, and the others stay", async () => {
  const app = makeApp(openNotes());
  const { id } = await (await leave(app, "Bad bread")).json();
  await leave(app, "Good bread");
  assert.equal((await app.request(`/api/notes/${id}`, { method: "DELETE" })).status, 204);
  assert.equal((await app.request(`/api/notes/${id}`, { method: "DELETE" })).status, 404);
  assert.deepEqual(await texts(app), ["Good bread"]);
});
test("an empty note, one that is too long and one that is no text are refused, and nothing is kept", async () => {
  const app = makeApp(openNotes());
  for (const text of ["", "   ", "x".repeat(501), 7]) assert.equal((await leave(app, text)).status, 400);
  assert.equal((await app.request("/api/notes", { ...json, body: "{" })).status, 400);
  assert.deepEqual(await texts(app), []);
  assert.equal(readNote("x".repeat(500)).length, 500);
});
test("the page, its style and its program are served", async () => {
  const app = makeApp(openNotes());
  const page = await (await app.request("/")).text();
  for (const part of ["<title>Guest book</title>", '<html lang="en">', "width=device-width"]) assert.ok(page.includes(part));
  assert.match(await (await app.request("/style.css")).text(), /--paper/);
  assert.match(await (await app.request("/page.js")).text(), /just now/);
});
test("times are told in words", () => {
  assert.deepEqual(
    [0, 60_000, 180_000].map((ago) => describeTime(1_000_000 - ago, 1_000_000)),
    ["just now", "a minute ago", "3 minutes ago"],
  );
});
