import type { Notes } from "./notes.ts";

export type Answer = { status: number; body: unknown };
const refuse = (status: number, message: string): Answer => ({ status, body: { error: message } });

/** The text of a note that was sent; undefined where it is none. */
export function readText(body: string): string | undefined {
  try {
    const { text } = JSON.parse(body) as { text?: unknown };
    return typeof text === "string" && text.trim() !== "" && text.length <= 2_000 ? text.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** What a request answers. */
export function answer(notes: Notes, method: string, path: string, body = ""): Answer {
  if (path === "/health") return { status: 200, body: { state: "well" } };
  if (path === "/notes" && method === "GET") return { status: 200, body: { notes: notes.list() } };
  if (path === "/notes" && method === "POST") {
    const text = readText(body);
    if (text === undefined) return refuse(400, "text must be a string of 1 to 2,000 characters");
    return { status: 201, body: { note: notes.add(text) } };
  }
  const id = /^\/notes\/(\d{1,15})$/.exec(path)?.[1];
  if (id === undefined) return refuse(404, "there is nothing at this path");
  const note = notes.find(Number(id));
  if (!note) return refuse(404, "there is no such note");
  if (method === "DELETE") return { status: 200, body: { removed: notes.remove(note.id) } };
  return method === "GET" ? { status: 200, body: { note } } : refuse(405, "a note is read or removed");
}
