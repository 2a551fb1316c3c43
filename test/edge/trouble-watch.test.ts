import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { ask, heartbeat, joinMachine, newPerson, signed, sql, startEdgeWithoutEngine } from "./client.ts";

/** An engine that takes every call and answers none, as one does whose actors all wake at once. */
const told: string[] = [];
const engine = createServer(({ url = "" }) => {
  const { pathname, searchParams } = new URL(url, "http://engine");
  if (pathname.endsWith("/action/trouble")) told.push(searchParams.get("rvt-key") ?? "");
});
let up: Awaited<ReturnType<typeof startEdgeWithoutEngine>>;
beforeAll(async () => {
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
  const bindings = { RIVET_URL: `http://127.0.0.1:${(engine.address() as AddressInfo).port}` };
  up = await startEdgeWithoutEngine(60, "tellings", { bindings });
});
afterAll(async () => {
  await up?.stop();
  engine.closeAllConnections();
  engine.close();
});

test("of a lost host twenty actors at a time are told, each once, however many look; then those nobody has tried", async () => {
  const { edge } = up;
  const host = await joinMachine("host", 25, edge);
  await heartbeat(host, 25, edge);
  const members = await Promise.all(
    Array.from({ length: 25 }, async () => {
      const { json } = await ask("GET", "/me", { token: await (await newPerson(edge)).token(), edge });
      const { id } = (json as { member: { id: string } }).member;
      const values = [newId("stk"), id, newId("wsp"), host.id];
      await sql(
        "insert into stack (id, member, workspace, host, epoch, ceiling, created_at) values (?, ?, ?, ?, 1, 'running', 1)",
        values,
        edge,
      );
      return id;
    }),
  );
  await sql("update machine set last_heartbeat = 1, last_probe = null where id = ?", [host.id], edge);
  const runner = await joinMachine("runner", 0, edge);
  const look = async () =>
    expect((await signed(runner, "POST", `/hosts/${host.id}/probe`, { reachable: false, at: 1 }, edge)).status).toBe(200);
  await Promise.all(Array.from({ length: 30 }, look));
  // Of thirty looks at once the busy database may refuse an actor to each: the next look tells it.
  await eventually("twenty are asked", async () => {
    if (told.length < 20) await look();
    return told.length >= 20 ? true : undefined;
  });
  await look();
  expect([told.length, new Set(told).size]).toEqual([20, 20]);
  const isTold = async () => sql("select count(*) as n from stack where telling_until > ?", [Date.now()], edge);
  expect(await isTold()).toEqual([{ n: 20 }]);
  await sql("update stack set telling_until = 1 where telling_until > 0", [], edge); // as if their time were over
  // Hosts and runners look again and again: by any other order the same twenty would come first each time.
  await eventually("the others are asked too", async () => {
    await look();
    return new Set(told).size === 25 ? true : undefined;
  });
  expect(new Set(told)).toEqual(new Set(members));
});
