import { z } from "zod";
import { type EgressDay, egressDay } from "../../schema/stack/egress-use.ts";
import { type LedgerStore, writeTogether } from "../ledger-store.ts";

export const egressTables = `
  CREATE TABLE IF NOT EXISTS egress_day (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, day INTEGER NOT NULL, name TEXT NOT NULL,
    app TEXT NOT NULL DEFAULT '', requests INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (member, day, name, app)
  ) STRICT;
`;
/** What was counted before apps had a way out was of no app. */
export const egressUpgrade = `
  ALTER TABLE egress_day RENAME TO egress_day_before;
  ${egressTables}
  INSERT INTO egress_day (member, day, name, requests, bytes) SELECT member, day, name, requests, bytes FROM egress_day_before;
  DROP TABLE egress_day_before;
`;
const egressRow = egressDay.extend({ app: z.string().transform((project) => project || undefined) });

/** What boxes asked of names beyond this machine, day by day. */
export class EgressLedger {
  private readonly store: LedgerStore;
  constructor(store: LedgerStore) {
    this.store = store;
  }
  /** Adds all of it at once. Of a stack that is gone nothing is kept. */
  add(counts: readonly (EgressDay & { member: string })[]): void {
    const sql = `INSERT INTO egress_day SELECT member, ?, ?, ?, ?, ? FROM stack WHERE member = ?
      ON CONFLICT (member, day, name, app) DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes`;
    writeTogether(this.store, () => {
      for (const { member, day, name, app = "", requests, bytes } of counts) this.store.write(sql, day, name, app, requests, bytes, member);
    });
  }
  removeBefore(day: number): void {
    this.store.write("DELETE FROM egress_day WHERE day < ?", day);
  }
  /** The newest day first, then the most bytes. */
  list(member: string): EgressDay[] {
    const rows = this.store.prepare("SELECT * FROM egress_day WHERE member = ? ORDER BY day DESC, bytes DESC, name, app").all(member);
    return rows.map((row) => {
      const { app, ...day } = egressRow.parse(row);
      return app === undefined ? day : { ...day, app };
    });
  }
}
