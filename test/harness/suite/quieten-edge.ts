import { createClient } from "@libsql/client";
import { afterAll, inject } from "vitest";
import { eventually } from "../eventually.ts";
import { destroyActors } from "../rivet-client.ts";
import { ofThisWorker } from "./each-worker.ts";

/**
 * No host answers the members of the edge's tests, so their agents try again and again, and the runner looks
 * after every host that joined. When a file ends, the plans of its people and its hosts end with it, no host
 * has their stacks any more nor is there anything to tell of them, and their agents end, or the last file
 * would share the machine with all of them. The host that all files share stays.
 */
afterAll(async () => {
  const { libsqlUrl, host, rivetUrl, rivetToken } = ofThisWorker(inject("edge"));
  const client = createClient({ url: libsqlUrl });
  const now = Date.now();
  const ends = {
    sql: "update subscription set period_end = ?, begun_at = coalesce(begun_at, period_start) where period_end > ?",
    args: [now - 1, now],
  };
  const leaves = { sql: "update machine set state = 'left' where role = 'host' and id <> ?", args: [host?.id ?? ""] };
  // Whoever has a word for an agent would bring it up again: of a host that left, of a place in line.
  const nowhere = "host = null, slot_since = null, waiting_since = null, epoch = 0, trouble = null, trouble_told = null";
  const silent = `update stack set ${nowhere} where ceiling <> 'erased'`;
  await eventually("the database takes it", () => client.batch([ends, leaves, silent], "write"));
  client.close();
  await destroyActors(rivetUrl, rivetToken);
});
