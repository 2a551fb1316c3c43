import type { db } from "rivetkit/db/drizzle";

type DatabaseContext = Parameters<ReturnType<typeof db>["createClient"]>[0];
/** SQLite as the engine gives it to an actor, below Rivet Kit's clients. */
export type Native = Awaited<ReturnType<NonNullable<DatabaseContext["nativeDatabaseProvider"]>["open"]>>;

/** A database of actors whose SQLite `wrap` stands before; `actor` is the engine's id of it. */
export function wrapNative<T extends { createClient: (context: DatabaseContext) => unknown }>(
  database: T,
  wrap: (native: Native, actor: string) => Native,
): T {
  const createClient = (context: DatabaseContext) => {
    const { nativeDatabaseProvider: provider, actorId } = context;
    const wrapped = provider && { open: async (actor: string) => wrap(await provider.open(actor), actorId) };
    return database.createClient(wrapped ? { ...context, nativeDatabaseProvider: wrapped } : context);
  };
  return { ...database, createClient };
}
