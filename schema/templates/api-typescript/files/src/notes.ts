import { DatabaseSync } from "node:sqlite";

export type Note = { id: number; text: string; createdAt: string };

/** Notes in a file of SQLite; `:memory:` keeps them in memory alone. */
export class Notes {
  readonly #db: DatabaseSync;
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(
      "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, createdAt TEXT NOT NULL) STRICT",
    );
  }
  list(): Note[] {
    return this.#db.prepare("SELECT id, text, createdAt FROM note ORDER BY id DESC LIMIT 100").all() as Note[];
  }
  find(id: number): Note | undefined {
    return this.#db.prepare("SELECT id, text, createdAt FROM note WHERE id = ?").get(id) as Note | undefined;
  }
  add(text: string, createdAt = new Date().toISOString()): Note {
    const { lastInsertRowid } = this.#db.prepare("INSERT INTO note (text, createdAt) VALUES (?, ?)").run(text, createdAt);
    return { id: Number(lastInsertRowid), text, createdAt };
  }
  remove(id: number): boolean {
    return this.#db.prepare("DELETE FROM note WHERE id = ?").run(id).changes > 0;
  }
  close(): void {
    this.#db.close();
  }
}
