import { EventEmitter } from "node:events";
import { z } from "zod";
import { type AppLogLine, type AppMinute, appLogLine, appMinute } from "../../schema/release/release-host.ts";
import type { LedgerStore } from "../ledger-store.ts";

export const appHistoryTables = `
  CREATE TABLE IF NOT EXISTS app_note (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, project TEXT NOT NULL, release TEXT NOT NULL, at INTEGER NOT NULL,
    text TEXT NOT NULL, ended INTEGER, code INTEGER
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
/** `ended`: 1 of an end by itself that counts, 0 of one that was before its member's last start. */
const noteRow = appLogLine
  .pick({ at: true, release: true, text: true })
  .extend({ row: z.number(), ended: z.number().nullable(), code: z.number().nullable() });
const noteColumns = "rowid AS row, at, release, text, ended, code";
/** A line of the platform's own, and its place among all of them. */
type AppNote = { row: number; line: AppLogLine };
function readNote(found: unknown): AppNote {
  const { row, ended, code, ...rest } = noteRow.parse(found);
  const end = ended === null ? {} : { ended: code === null ? {} : { code } };
  return { row, line: { ...rest, stream: "platform", ...end } };
}
const minuteRow = appMinute.omit({ memoryMb: true }).extend({ memory_mb: z.number() });

/** What the host itself has done with an app, and how it went minute by minute. */
export class AppHistory {
  private readonly store: LedgerStore;
  private readonly noted = new EventEmitter().setMaxListeners(0);
  constructor(store: LedgerStore) {
    this.store = store;
  }
  note(member: string, project: string, { release, at, text, ended }: Omit<AppLogLine, "stream">): void {
    const sql = "INSERT INTO app_note (member, project, release, at, text, ended, code) VALUES (?, ?, ?, ?, ?, ?, ?)";
    this.store.write(sql, member, project, release, at, text, ended ? 1 : null, ended?.code ?? null);
    const old = "SELECT rowid FROM app_note WHERE member = ?1 AND project = ?2 ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?3";
    this.store.write(`DELETE FROM app_note WHERE rowid IN (${old})`, member, project, keptNotes);
    this.noted.emit(`${member} ${project}`);
  }
  /** Calls at each further note, until the answer is called. */
  onNote(member: string, project: string, heard: () => void): () => void {
    const name = `${member} ${project}`;
    this.noted.on(name, heard);
    return () => this.noted.off(name, heard);
  }
  /** Those after a row, in the order in which they were written. */
  notes(member: string, project: string, after = 0): AppNote[] {
    const sql = `SELECT ${noteColumns} FROM app_note WHERE member = ? AND project = ? AND rowid > ? ORDER BY rowid`;
    return this.store.prepare(sql).all(member, project, after).map(readNote);
  }
  /** When a release has ended by itself, since a time and its member's last start; the oldest first. */
  ends(member: string, project: string, release: string, since: number): number[] {
    const sql = "SELECT at FROM app_note WHERE member = ? AND project = ? AND release = ? AND ended = 1 AND at >= ? ORDER BY at";
    const rows = this.store.prepare(sql).all(member, project, release, since);
    return rows.map((row) => noteRow.shape.at.parse(row.at));
  }
  /** Its member has said that it should go on: the ends of before count no more. */
  pardonEnds(member: string, project: string): void {
    this.store.write("UPDATE app_note SET ended = 0 WHERE member = ? AND project = ? AND ended = 1", member, project);
  }
  /** The note of the last end by itself. */
  lastCrash(member: string, project: string): AppLogLine | undefined {
    const sql = `SELECT ${noteColumns} FROM app_note WHERE member = ? AND project = ? AND ended IS NOT NULL ORDER BY rowid DESC LIMIT 1`;
    const row = this.store.prepare(sql).get(member, project);
    return row && readNote(row).line;
  }
  saveMinute(member: string, project: string, { at, cpu, memoryMb, requests, errors, p50, p95 }: AppMinute): void {
    const sql = "INSERT OR REPLACE INTO app_minute VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    this.store.write(sql, member, project, at, cpu, memoryMb, requests, errors, p50, p95);
  }
  minutes(member: string, project: string, from: number): AppMinute[] {
    const sql =
      "SELECT at, cpu, memory_mb, requests, errors, p50, p95 FROM app_minute WHERE member = ? AND project = ? AND at >= ? ORDER BY at";
    const rows = this.store.prepare(sql).all(member, project, from);
    return rows.map((row) => {
      const { memory_mb: memoryMb, ...rest } = minuteRow.parse(row);
      return { ...rest, memoryMb };
    });
  }
  /** The last minute in which a visitor came; 0 where nobody has in a week. */
  lastVisit(member: string, project: string): number {
    const sql = "SELECT at FROM app_minute WHERE member = ? AND project = ? AND requests > 0 ORDER BY at DESC LIMIT 1";
    const row = this.store.prepare(sql).get(member, project);
    return row ? minuteRow.shape.at.parse(row.at) : 0;
  }
  pruneMinutes(now: number): void {
    this.store.write("DELETE FROM app_minute WHERE at < ?", now - keptMinutesMs);
  }
  remove(member: string, project: string): void {
    for (const table of ["app_note", "app_minute"])
      this.store.write(`DELETE FROM ${table} WHERE member = ? AND project = ?`, member, project);
  }
}
