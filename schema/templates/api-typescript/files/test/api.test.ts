import assert from "node:assert";
import { beforeEach, test } from "node:test";
import { answer, readText } from "../src/api.ts";
import { Notes } from "../src/notes.ts";

let notes: Notes;
beforeEach(() => {
  notes = new Notes(":memory:");
});
const post = (text: unknown) => answer(notes, "POST", "/notes", JSON.stringify({ text }));

test("it says that it is well", () => assert.deepEqual(answer(notes, "GET", "/health"), { status: 200, body: { state: "well" } }));

test("a note is kept, listed first, read and removed", () => {
  notes.add("older", "2026-01-01T00:00:00.000Z");
  assert.equal(post("  newer ").status, 201);
  const { body } = answer(notes, "GET", "/notes") as { body: { notes: { id: number; text: string }[] } };
  assert.deepEqual(body.notes.map(({ text }) => text), ["newer", "older"]);
  const at = `/notes/${body.notes[1]?.id}`;
  assert.deepEqual(answer(notes, "GET", at).body, { note: { id: 1, text: "older", createdAt: "2026-01-01T00:00:00.000Z" } });
  assert.deepEqual(answer(notes, "DELETE", at), { status: 200, body: { removed: true } });
  assert.equal(answer(notes, "GET", at).status, 404);
  assert.equal(notes.list().length, 1);
});

test("what is no note is refused, and nothing is kept", () => {
  for (const text of [undefined, "", "   ", 3, "x".repeat(2_001)]) assert.equal(post(text).status, 400);
  for (const body of ["", "{", "null"]) assert.equal(answer(notes, "POST", "/notes", body).status, 400);
  assert.deepEqual(notes.list(), []);
  assert.equal(readText(JSON.stringify({ text: "x".repeat(2_000) }))?.length, 2_000);
});

test("a path or a method that is not there is refused", () => {
  notes.add("one");
  assert.equal(answer(notes, "GET", "/none").status, 404);
  assert.equal(answer(notes, "GET", "/notes/9").status, 404);
  assert.equal(answer(notes, "PUT", "/notes/1").status, 405);
});
