import { type Client, createClient, type InStatement } from "@libsql/client/web";
import { drizzle } from "drizzle-orm/libsql/web";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import { fetchThroughIngress, type IngressCredential } from "./ingress.ts";

export type Database = ReturnType<typeof openDatabase>;

/**
 * How long one query may take, milliseconds: a server that
 * stands still answers nothing, and its callers are told.
 */
const queryDeadline = 8_000;
const fetchWithDeadline =
  (credential: IngressCredential): typeof fetch =>
  (input, init) =>
    fetchThroughIngress(credential)(input, { ...init, signal: AbortSignal.timeout(queryDeadline) }).catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "database" }, { cause });
    });

const onlyReads = (statements: readonly unknown[]) =>
  statements.every((each) => {
    const text = typeof each === "string" ? each : Array.isArray(each) ? each[0] : (each as { sql?: unknown }).sql;
    return typeof text === "string" && /^\s*select\b/i.test(text);
  });
/**
 * Whether the database was busy: SQLite's own word, or the server's 429 to whom it let wait for a
 * connection for a second. What is refused so was not begun, or was taken back.
 */
export function isDatabaseBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isBusy = ("code" in error && String(error.code).startsWith("SQLITE_BUSY")) || ("status" in error && error.status === 429);
  return isBusy || isDatabaseBusy(error.cause);
}
const mostTries = 7;
/** Asks again where the database was busy: for a second, and as long as the server lets each try wait. */
async function whenFree<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await ask();
    } catch (error) {
      if (!isDatabaseBusy(error) || tries === mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, (0.5 + Math.random()) * 8 * 2 ** tries));
    }
}
/**
 * A client that waits for the database's one lock. A batch that writes takes it as it begins: begun as a
 * read, as it is otherwise, it is refused whenever another has written since.
 */
function waitForLock(client: Client): Client {
  const [execute, batch] = [
    client.execute.bind(client) as (statement: InStatement) => ReturnType<Client["execute"]>,
    client.batch.bind(client),
  ];
  client.execute = ((statement: InStatement) => whenFree(() => execute(statement))) as Client["execute"];
  client.batch = (statements, mode = onlyReads(statements) ? "read" : "write") => whenFree(() => batch(statements, mode));
  return client;
}

/** One client a request: a Worker may not share a connection between requests. */
export function openDatabase(config: Pick<EdgeConfig, "LIBSQL_URL" | "LIBSQL_TOKEN"> & IngressCredential) {
  const token = config.LIBSQL_TOKEN ? { authToken: config.LIBSQL_TOKEN } : {};
  const client = waitForLock(createClient({ url: config.LIBSQL_URL, fetch: fetchWithDeadline(config), ...token }));
  return drizzle({ client, casing: "snake_case" });
}
