import { z } from "zod";
import { setupSeen } from "../../../schema/proof/setup.ts";
import { id } from "../../../schema/wire/id.ts";
import type { LedgerStore } from "../../ledger-store.ts";

export const snapshotTables = `
  CREATE TABLE IF NOT EXISTS snapshot (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, key TEXT NOT NULL, volume TEXT NOT NULL, seen TEXT NOT NULL,
    folders TEXT NOT NULL, used_at INTEGER NOT NULL, mb INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (member, key)
  ) STRICT;
`;
const parsedJson = z.string().transform((text): unknown => JSON.parse(text));
const snapshotRow = z.object({
  member: id("mem"),
  key: z.string(),
  volume: z.string(),
  seen: parsedJson.pipe(setupSeen),
  folders: parsedJson.pipe(z.array(z.string())),
  used_at: z.number().int(),
  /** How much of the disk it takes. */
  mb: z.number().int(),
});
export type LedgerSnapshotRow = z.infer<typeof snapshotRow>;

/** What was installed for projects of this machine's members, by what decides it. */
export class SnapshotLedger {
  private readonly store: LedgerStore;
  constructor(store: LedgerStore) {
    this.store = store;
  }
  find(member: string, key: string): LedgerSnapshotRow | undefined {
    const row = this.store.prepare("SELECT * FROM snapshot WHERE member = ? AND key = ?").get(member, key);
    return row === undefined ? undefined : snapshotRow.parse(row);
  }
  /** Of one member or of all, the one used last first. */
  list(member?: string): LedgerSnapshotRow[] {
    const sql = "SELECT * FROM snapshot WHERE ?1 IS NULL OR member = ?1 ORDER BY used_at DESC, member, key";
    const rows = this.store.prepare(sql).all(member ?? null);
    return rows.map((row) => snapshotRow.parse(row));
  }
  save({ seen, folders, ...row }: LedgerSnapshotRow): void {
    const values = { ...row, seen: JSON.stringify(seen), folders: JSON.stringify(folders) };
    this.store.write("INSERT OR REPLACE INTO snapshot VALUES (:member, :key, :volume, :seen, :folders, :used_at, :mb)", values);
  }
  touch(member: string, key: string, at: number): void {
    this.store.write("UPDATE snapshot SET used_at = ? WHERE member = ? AND key = ?", at, member, key);
  }
  remove(member: string, key: string): void {
    this.store.write("DELETE FROM snapshot WHERE member = ? AND key = ?", member, key);
  }
}
