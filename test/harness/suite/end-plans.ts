import { createClient } from "@libsql/client";
import { afterAll, inject } from "vitest";
import { ofThisWorker } from "./each-worker.ts";

/**
 * No host answers the members of the edge's tests, and their agents try again and again: when a file ends,
 * the plans of its people end with it, or the last file would share the machine with all of them.
 */
afterAll(async () => {
  const client = createClient({ url: ofThisWorker(inject("edge")).libsqlUrl });
  await client.execute({ sql: "update subscription set period_end = ? where period_end > ?", args: [Date.now() - 1, Date.now()] });
  client.close();
});
