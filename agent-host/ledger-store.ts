import type { DatabaseSync, SQLInputValue, StatementResultingChanges, StatementSync } from "node:sqlite";

/** The tables of one noun in the ledger. `write`: throws `storage_full` where the disk has no room. */
export type LedgerStore = {
  db: DatabaseSync;
  prepare: (sql: string) => StatementSync;
  write: (sql: string, ...values: (SQLInputValue | Record<string, SQLInputValue>)[]) => StatementResultingChanges;
};

/**
 * Keeps what it prepares, by its text, which must be one of few: to prepare it costs more than to read a row.
 */
export function keepStatements(db: DatabaseSync): (sql: string) => StatementSync {
  const kept = new Map<string, StatementSync>();
  return (sql) => {
    const statement = kept.get(sql) ?? db.prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
}

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
