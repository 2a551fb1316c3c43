import { z } from "zod";
import { type AppLogLine, type AppMinute, appLogLine, appMinute } from "../../schema/release/release-host.ts";
import type { LedgerStore } from "../ledger-store.ts";

export const appHistoryTables = `
  CREATE TABLE IF NOT EXISTS app_note (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, project TEXT NOT NULL, release TEXT NOT NULL, at INTEGER NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS app_note_of ON app_note (member, project, at);
  CREATE TABLE IF NOT EXISTS app_minute (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, project TEXT NOT NULL, at INTEGER NOT NULL, cpu REAL NOT NULL,
    memory_mb REAL NOT NULL, requests INTEGER NOT NULL, errors INTEGER NOT NULL, p50 REAL NOT NULL, p95 REAL NOT NULL,
    PRIMARY KEY (member, project, at)
  ) STRICT, WITHOUT ROWID;
`;
const keptNotes = 500;
export const keptMinutesMs = 7 * 24 * 60 * 60_000;
const noteRow = appLogLine.pick({ at: true, release: true, text: true });
const minuteRow = appMinute.omit({ memoryMb: true }).extend({ memory_mb: z.number() });

/** What the host itself has done with an app, and how it went minute by minute. */
export class AppHistory {
  private readonly store: LedgerStore;
  constructor(store: LedgerStore) {
    this.store = store;
  }
  note(member: string, project: string, { release, at, text }: z.infer<typeof noteRow>): void {
    this.store.write("INSERT INTO app_note VALUES (?, ?, ?, ?, ?)", member, project, release, at, text);
    const old = "SELECT rowid FROM app_note WHERE member = ?1 AND project = ?2 ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?3";
    this.store.write(`DELETE FROM app_note WHERE rowid IN (${old})`, member, project, keptNotes);
  }
  /** The oldest first. */
  notes(member: string, project: string, after = 0): AppLogLine[] {
    const sql = "SELECT at, release, text FROM app_note WHERE member = ? AND project = ? AND at > ? ORDER BY at, rowid";
    const rows = this.store.db.prepare(sql).all(member, project, after);
    return rows.map((row) => ({ ...noteRow.parse(row), stream: "platform" as const }));
  }
  saveMinute(member: string, project: string, { at, cpu, memoryMb, requests, errors, p50, p95 }: AppMinute): void {
    const sql = "INSERT OR REPLACE INTO app_minute VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    this.store.write(sql, member, project, at, cpu, memoryMb, requests, errors, p50, p95);
  }
  minutes(member: string, project: string, from: number): AppMinute[] {
    const sql =
      "SELECT at, cpu, memory_mb, requests, errors, p50, p95 FROM app_minute WHERE member = ? AND project = ? AND at >= ? ORDER BY at";
    const rows = this.store.db.prepare(sql).all(member, project, from);
    return rows.map((row) => {
      const { memory_mb: memoryMb, ...rest } = minuteRow.parse(row);
      return { ...rest, memoryMb };
    });
  }
  pruneMinutes(now: number): void {
    this.store.write("DELETE FROM app_minute WHERE at < ?", now - keptMinutesMs);
  }
  remove(member: string, project: string): void {
    for (const table of ["app_note", "app_minute"])
      this.store.write(`DELETE FROM ${table} WHERE member = ? AND project = ?`, member, project);
  }
}
