import { DatabaseSync } from "node:sqlite";

/** The notes that people left, in one file; in memory where none is named. */
export function openNotes(file = ":memory:") {
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, at INTEGER NOT NULL) STRICT");
  return {
    list: () => db.prepare("SELECT id, text, at FROM note ORDER BY id DESC").all(),
    add: (text) => Number(db.prepare("INSERT INTO note (text, at) VALUES (?, ?)").run(text, Date.now()).lastInsertRowid),
    remove: (id) => db.prepare("DELETE FROM note WHERE id = ?").run(id).changes > 0,
  };
}

/** A note as it is kept: without space around it, 1 to 500 characters; undefined for anything else. */
export function readNote(given) {
  const text = typeof given === "string" ? given.trim() : "";
  return text.length > 0 && text.length <= 500 ? text : undefined;
}
