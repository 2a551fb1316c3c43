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
/** What went out for a member on a day, over all names and apps. */
const memberDay = z.object({ member: z.string(), day: z.number().int(), bytes: z.number().int() });
export type MemberDay = z.infer<typeof memberDay>;
const egressRow = egressDay.extend({ app: z.string().transform((project) => project || undefined) });

/** What boxes asked of names beyond this machine, day by day. */
export class EgressLedger {
  private readonly store: LedgerStore;
  /** The oldest day that was added to since it was last asked for; before the first time, all may be new. */
  private changedFrom = 0;
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
    this.changedFrom = counts.reduce((oldest, { day }) => Math.min(oldest, day), this.changedFrom);
  }
  removeBefore(day: number): void {
    this.store.write("DELETE FROM egress_day WHERE day < ?", day);
  }
  /** No day before this one has changed since the last time that this was asked. Infinity: none has. */
  takeChangedFrom(): number {
    const from = this.changedFrom;
    this.changedFrom = Number.POSITIVE_INFINITY;
    return from;
  }
  /** The sums of all members, on these days. By the key of each member: no other day is read. */
  sumDays(from: number, to: number): MemberDay[] {
    const sql = `SELECT member, day, SUM(bytes) AS bytes FROM stack CROSS JOIN egress_day USING (member)
      WHERE day BETWEEN ? AND ? GROUP BY member, day`;
    const rows = this.store.prepare(sql).all(from, to);
    return rows.map((row) => memberDay.parse(row));
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
