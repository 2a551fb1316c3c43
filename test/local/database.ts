import path from "node:path";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate as apply } from "drizzle-orm/libsql/migrator";
import { root } from "./process.ts";

/** Brings the database at `url` to the newest migration; nothing happens when it is there already. */
export async function migrate(url: string, authToken?: string): Promise<void> {
  const client = createClient({ url, ...(authToken ? { authToken } : {}) });
  try {
    await apply(drizzle({ client }), { migrationsFolder: path.join(root, "schema/migrations/database") });
  } finally {
    client.close();
  }
}
