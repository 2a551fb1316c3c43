import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { tables } from "../../actors/kernel/tables.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";

const folder = mkdtempSync(path.join(tmpdir(), "growqr-erase-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The names of tables that hold anything. */
async function filled({ db }: TestActor): Promise<string[]> {
  const counts = Object.entries(tables).map(async ([name, table]) => ((await db.select().from(table)).length > 0 ? [name] : []));
  return (await Promise.all(counts)).flat();
}

test("an actor whose rows are gone and that dies before its own end is erased again, awake or woken anew", async () => {
  const asked: string[] = [];
  const search = (action: string) => {
    if (action === "erase") asked.push(action);
    return { erased: true };
  };
  const first = await startActor(folder, { search });
  await first.act("send", { clientId: "a-message", text: "what nobody shall read again" });
  expect(await filled(first)).toEqual(expect.arrayContaining(["event", "growAgent", "message", "turn"]));
  // The engine of this test destroys nothing: each answer stands for a process that ends just before.
  expect(await first.act("erase", {})).toEqual({ erased: true });
  expect([await filled(first), asked]).toEqual([[], ["erase"]]);
  expect(await first.act("erase", {})).toEqual({ erased: true });
  expect([await filled(first), asked]).toEqual([[], ["erase"]]);
  await first.close();

  const woken = await startActor(folder, { search, file: first.file });
  expect(await filled(woken)).toContain("growAgent");
  expect(await woken.db.select().from(tables.event)).toEqual([]);
  expect(await woken.act("erase", {})).toEqual({ erased: true });
  expect(await filled(woken)).toEqual([]);
  await woken.close();
});
