import { createClient } from "@libsql/client/web";
import { drizzle } from "drizzle-orm/libsql/web";
import type { Config } from "./env.ts";

export type Database = ReturnType<typeof database>;

/** One client a request: a Worker may not share a connection between requests. */
export function database(config: Config) {
  const client = createClient({ url: config.LIBSQL_URL, ...(config.LIBSQL_TOKEN ? { authToken: config.LIBSQL_TOKEN } : {}) });
  return drizzle({ client, casing: "snake_case" });
}
