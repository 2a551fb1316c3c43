import { createClient } from "@libsql/client";
import { afterAll, inject } from "vitest";
import { eventually } from "../eventually.ts";
import { ofThisWorker } from "./each-worker.ts";

/**
 * No host answers the members of the edge's tests, so their agents try again and again, and the runner looks
 * after every host that joined. When a file ends, the plans of its people and its hosts end with it, and no
 * host has their stacks any more, or the last file would share the machine with all of them. The host that
 * all files share stays.
 */
afterAll(async () => {
  const { libsqlUrl, host } = ofThisWorker(inject("edge"));
  const client = createClient({ url: libsqlUrl });
  const now = Date.now();
  const ends = {
    sql: "update subscription set period_end = ?, begun_at = coalesce(begun_at, period_start) where period_end > ?",
    args: [now - 1, now],
  };
  const leaves = { sql: "update machine set state = 'left' where role = 'host' and id <> ?", args: [host?.id ?? ""] };
  // Their agents have nobody to tell of the stop, which they would try to tell on and on.
  const nowhere = "update stack set host = null, slot_since = null where ceiling <> 'erased'";
  await eventually("the database takes it", () => client.batch([ends, leaves, nowhere], "write"));
  client.close();
});
