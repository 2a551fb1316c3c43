import type { DatabaseSync, SQLInputValue, StatementResultingChanges } from "node:sqlite";

/** The tables of one noun in the ledger. `write`: throws `storage_full` where the disk has no room. */
export type LedgerStore = {
  db: DatabaseSync;
  write: (sql: string, ...values: (SQLInputValue | Record<string, SQLInputValue>)[]) => StatementResultingChanges;
};

/** Does all of it or nothing. */
export function writeTogether({ db }: LedgerStore, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
