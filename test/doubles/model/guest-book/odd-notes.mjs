import assert from "node:assert";
import { test } from "node:test";
import { openNotes } from "./notes.mjs";
import { makeApp } from "./server.mjs";

const leave = (app, text) =>
  app.request("/api/notes", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text }) });

test("HTML and SQL in a note are kept as they were written, and the page does not hold them", async () => {
  const app = makeApp(openNotes());
  const odd = `<script>alert(1)</script>'); DROP TABLE note; --`;
  await leave(app, odd);
  const { notes } = await (await app.request("/api/notes")).json();
  assert.equal(notes[0].text, odd);
  assert.ok(!(await (await app.request("/")).text()).includes("alert(1)"));
});
test("a note that is not there can't be deleted, whatever it is called", async () => {
  const app = makeApp(openNotes());
  for (const id of ["0", "-1", "1e9", "x", "%27"]) assert.equal((await app.request(`/api/notes/${id}`, { method: "DELETE" })).status, 404);
});
test("a hundred notes at once are all kept", async () => {
  const app = makeApp(openNotes());
  await Promise.all(Array.from({ length: 100 }, (_, n) => leave(app, `note ${n}`)));
  assert.equal((await (await app.request("/api/notes")).json()).notes.length, 100);
});
