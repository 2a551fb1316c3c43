import { expect, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";
import type { SampleActor } from "./sample-actor.ts";
import { openPage, readyActor, untilLive, waitFor } from "./sample-page.ts";

/** A page stays open while its actor is put back from an archive: it has the log of another past. */
const turnId = newId("trn", 5);
const append = (actor: SampleActor, text: string) => actor.append("notice", { level: "info", code: "a", text });

test.each([
  ["is shorter", 0],
  ["has come as far meanwhile", 1],
  ["has come further meanwhile", 3],
])("where the log that was put back %s, the page shows it alone, and nothing that streamed", async (_, more) => {
  const actor = readyActor();
  const { live, connect } = openPage(actor);
  const socket = connect();
  await untilLive(live);
  const kept = actor.events.length;
  append(actor, "lost");
  actor.append("turn.state", { turnId, state: "running" });
  actor.delta({ turnId, partId: "p", index: 0, text: "lost too" });
  await expect.poll(() => JSON.stringify(live.state().view.rows)).toContain("lost too");
  socket.cut();
  live.link.status(socket, "disconnected");
  actor.events.length = kept;
  actor.at += 60_000;
  for (let n = 0; n < more; n++) append(actor, `since ${n}`);
  connect();
  await untilLive(live);
  const notices = () => live.state().view.rows.flatMap((row) => (row.type === "notice" ? [row.body.text] : []));
  await waitFor(() => expect(notices()).toEqual(Array.from({ length: more }, (_, n) => `since ${n}`)));
  expect(JSON.stringify(live.state().view.rows)).not.toContain("lost");
  expect(live.state().view.last).toBe(kept + more);
});
