import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Seal } from "../../actors/kernel/seal.ts";
import { Seals } from "../../actors/kernel/seals.ts";
import { type ActorDatabase, actorDatabase } from "../../actors/kernel/tables.ts";

type Context = Parameters<ActorDatabase["createClient"]>[0];
type Provider = NonNullable<Context["nativeDatabaseProvider"]>;
type Native = Awaited<ReturnType<Provider["open"]>>;
type Executed = Awaited<ReturnType<Native["execute"]>>;

function run(sqlite: DatabaseSync, sql: string, given: Parameters<Native["execute"]>[1] = []): Executed {
  const statement = sqlite.prepare(sql);
  const columns = statement.columns().map(({ name }) => name);
  const values = Object.values(given) as SQLInputValue[];
  if (columns.length === 0) return { columns, rows: [], changes: Number(statement.run(...values).changes) };
  statement.setReturnArrays(true);
  return { columns, rows: statement.all(...values).map((row) => Object.values(row)), changes: 0 };
}

/** So many may wait at once: Rivet Kit's own bound. */
const mostWaiting = 128;
/**
 * SQLite as the engine gives it to an actor: what is asked beside a transaction waits for its end, and is
 * refused where too much waits. `onQuery` hears each statement.
 */
function openNative(file: string, onQuery: (sql: string, values: unknown[]) => void): Native {
  const sqlite = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  let tail = Promise.resolve();
  let waiting = 0;
  async function admit<T>(act: () => Promise<T>): Promise<T> {
    if (waiting >= mostWaiting) throw new Error("SQLite transaction queue is full.");
    waiting += 1;
    try {
      return await act();
    } finally {
      waiting -= 1;
    }
  }
  const execute: Native["execute"] = async (sql, values) => {
    onQuery(sql, Object.values(values ?? []));
    return run(sqlite, sql, values);
  };
  const exec: Native["exec"] = async (sql) => sqlite.exec(sql);
  async function afterTransactions<T>(act: () => Promise<T>): Promise<T> {
    for (let last: Promise<void> | undefined; last !== tail; ) {
      last = tail;
      await last;
    }
    return act();
  }
  async function beginTransaction() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = tail;
    tail = promise;
    await before;
    const end = (sql: string) => async () => {
      try {
        sqlite.exec(sql);
      } finally {
        resolve();
      }
    };
    sqlite.exec("BEGIN");
    return { exec, execute, commit: end("COMMIT"), rollback: end("ROLLBACK") };
  }
  const refuse = () => Promise.reject(new Error("the product does not ask SQLite in this way"));
  return {
    exec: (sql) => admit(() => afterTransactions(() => exec(sql))),
    execute: (sql, values) => admit(() => afterTransactions(() => execute(sql, values))),
    beginTransaction: () => admit(beginTransaction),
    executeBatch: refuse,
    run: refuse,
    query: refuse,
    close: async () => sqlite.close(),
  };
}

/**
 * What Rivet Kit gives to a database of an actor, with a file of SQLite below it. `:memory:` is one that is
 * gone when it is closed.
 */
export function databaseContext(file: string, onQuery: (sql: string, values: unknown[]) => void = () => undefined): Context {
  const refuse = () => Promise.reject(new Error("actors keep nothing beside SQLite"));
  return {
    actorId: file,
    kv: { batchPut: refuse, batchGet: refuse, batchDelete: refuse, deleteRange: refuse },
    nativeDatabaseProvider: { open: async () => openNative(file, onQuery) },
  };
}

const testKey = new Uint8Array(32).fill(7);
/** Every member of a test has the same key. */
export const testSeal = new Seal(testKey);
export const testSeals = new Seals(async () => ({ key: testKey, name: "Ada", memberName: "Eve" }));
/** An actor's database, on the context above. */
export const testDatabase = actorDatabase(async () => testSeal);
