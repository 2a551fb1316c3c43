import { createClient } from "@libsql/client/web";
import { drizzle } from "drizzle-orm/libsql/web";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";

export type Database = ReturnType<typeof openDatabase>;

/**
 * How long one query may take, milliseconds: a server that
 * stands still answers nothing, and its callers are told.
 */
const queryDeadline = 8_000;
const fetchWithDeadline: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(queryDeadline) }).catch((cause: unknown) => {
    throw new AppError("unavailable", { what: "database" }, { cause });
  });

/** One client a request: a Worker may not share a connection between requests. */
export function openDatabase(config: EdgeConfig) {
  const token = config.LIBSQL_TOKEN ? { authToken: config.LIBSQL_TOKEN } : {};
  const client = createClient({ url: config.LIBSQL_URL, fetch: fetchWithDeadline, ...token });
  return drizzle({ client, casing: "snake_case" });
}
