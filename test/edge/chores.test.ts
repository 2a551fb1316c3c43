import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { ask, newPerson, sql, startEdgeWithoutEngine } from "./client.ts";

/** What is due comes about without a host too, by the Worker's own clock (wrangler.toml's triggers). */
let up: Awaited<ReturnType<typeof startEdgeWithoutEngine>>;
beforeAll(async () => {
  up = await startEdgeWithoutEngine(60, "chores", { clock: 250 });
});
afterAll(() => up?.stop());

test("a reservation that nobody settles is settled, and its prompt paid, where no host is there", async () => {
  const person = await newPerson(up.edge);
  const me = await ask("GET", "/me", { token: await person.token(), edge: up.edge });
  const { member } = me.json as { member: { id: string } };
  const values = [newId("usg"), member.id, newId("agt")];
  await sql(
    "insert into model_reservation (id, member, agent, session, request_id, model, alias, own, micros, input_tokens, input_micros, began, created_at, expires_at) values (?, ?, ?, 's', 'r', 'demo', 'standard', 0, 9, 70, 7, 1, 1, 1)",
    values,
    up.edge,
  );
  const taken = () => sql("select id from model_reservation where member = ?", [member.id], up.edge);
  await eventually("the reservation goes, which is the second of two statements", async () => (await taken()).length === 0 || undefined);
  const rows = await sql("select cost_micros, unknown from usage where member = ?", [member.id], up.edge);
  expect(rows).toEqual([{ cost_micros: 7, unknown: 1 }]);
});

test("first answers are forgotten after a day by the clock, where no machine is there, and not before", async () => {
  const member = newId("mem");
  const keep = (key: string, age: number) =>
    sql(
      "insert into idempotency (scope, route, key, body_hash, answer, started_at) values (?, 'POST /tasks', ?, 'h', 'a', ?)",
      [member, key, Date.now() - age],
      up.edge,
    );
  await keep("young", 23 * 3_600_000);
  await keep("old", 25 * 3_600_000);
  const kept = async () => (await sql("select key from idempotency where scope = ? order by key", [member], up.edge)).map(({ key }) => key);
  await eventually("the old one goes", async () => !(await kept()).includes("old") || undefined);
  expect(await kept()).toEqual(["young"]);
});

test("an access token is forgotten a month after its end, once what it held open is ended", async () => {
  const person = await newPerson(up.edge);
  const me = await ask("GET", "/me", { token: await person.token(), edge: up.edge });
  const { member } = me.json as { member: { id: string } };
  const keep = (name: string, days: number, closeAt = 0) =>
    sql(
      "insert into access_token (id, member, name, scopes, hash, created_at, expires_at, close_at) values (?, ?, ?, '[]', ?, 1, ?, nullif(?, 0))",
      [newId("pat"), member.id, name, name, Date.now() - days * 86_400_000, closeAt],
      up.edge,
    );
  await keep("young", 29);
  await keep("held", 31, Date.now() + 3_600_000);
  await keep("old", 31);
  const kept = async () =>
    (await sql("select name from access_token where member = ? order by name", [member.id], up.edge)).map(({ name }) => name);
  await eventually("the old one goes", async () => !(await kept()).includes("old") || undefined);
  expect(await kept()).toEqual(["held", "young"]);
});
