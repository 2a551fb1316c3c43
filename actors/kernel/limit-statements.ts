import pLimit from "p-limit";
import type { Native } from "./native-database.ts";

/**
 * Rivet Kit refuses a statement of an actor when 128 are under way or wait for the open transaction
 * (`transaction_queue_full`). At most 64 of ours are; further ones wait here, and the rest is for Rivet Kit's
 * own.
 */
const mostStatements = 64;
/** SQLite in which a crowd of statements waits instead of being refused. */
export function limitStatements(native: Native): Native {
  const turn = pLimit(mostStatements);
  return {
    ...native,
    exec: (...given) => turn(() => native.exec(...given)),
    execute: (...given) => turn(() => native.execute(...given)),
    executeBatch: (...given) => turn(() => native.executeBatch(...given)),
    run: (...given) => turn(() => native.run(...given)),
    query: (...given) => turn(() => native.query(...given)),
    // Only BEGIN takes a turn: what is asked inside a transaction waits for nothing.
    beginTransaction: (...given) => turn(() => native.beginTransaction(...given)),
    close: () => turn(() => native.close()), // the last: what was asked before it has begun by then
  };
}
