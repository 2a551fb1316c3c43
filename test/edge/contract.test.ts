import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { ApiContract } from "../harness/api-contract.ts";
import { someOf } from "../harness/suite/long-run.ts";
import { type Ask, ask, edgeUp, newMember, operatorToken, refusal, sql, type TestMember } from "./client.ts";
import { startTirelessEdge } from "./tireless-edge.ts";

/**
 * Issue 28.3: what the description says of each operation's input, tried on that operation. The answers of
 * this and of every other file are held against it, too (client.ts).
 */
const contract = new ApiContract(inject("description"));
const operations = contract.operations().filter(({ security }) => security.some((each) => "session" in each));
const nobody = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

let member: TestMember;
let edge = edgeUp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ edge, stop } = await startTirelessEdge("contract"));
  member = await newMember();
});
afterAll(() => stop());

/** The address with something that is not there wherever a name or an id stands. */
const missing = (template: string, instead: Readonly<Record<string, string>> = {}) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => instead[name] ?? contract.parameterExample(template, name));

/** Values of every type, of which each schema takes some. */
const odd: readonly unknown[] = [null, true, -1.5, Number.MAX_VALUE, "", "\u0000", "x".repeat(70_000), [], [null], {}, { length: 1 }];
/** The example with one thing in it wrong: each field of another type, missing or beside the known ones. */
function* spoil(example: unknown): Generator<unknown> {
  for (const value of odd) yield value;
  if (typeof example !== "object" || example === null || Array.isArray(example)) return;
  for (const [name, value] of Object.entries(example)) {
    const { [name]: _, ...others } = example as Record<string, unknown>;
    yield others;
    for (const wrong of odd) yield { ...others, [name]: wrong };
    if (Array.isArray(value)) yield { ...others, [name]: Array(1_000).fill(value[0] ?? null) };
  }
  yield { ...example, unheardOf: 1 };
}

/** How many rows each table has, but for those that tell of calls. */
async function countRows(): Promise<Record<string, unknown>> {
  const tables = await sql("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
  const quiet =
    /^(audit|audit_pending|audit_anchor|idempotency|machine_call|machine_event|stack_time|usage|ended_sign_in|migration|__drizzle.*)$/;
  const counted: Record<string, unknown> = {};
  for (const { name } of tables) {
    if (quiet.test(String(name))) continue;
    const hasMember = (await sql(`select name from pragma_table_info('${name}') where name = 'member'`)).length > 0;
    if (hasMember) counted[String(name)] = (await sql(`select count(*) n from "${name}" where member = ?`, [member.actor.member]))[0]?.n;
  }
  return counted;
}

const ofOperators = /^\/(support|payments|platform|hosts|receipts\/keys)\b/;
/** Asks as the member does, or an operator where only they may: the status. */
async function call(method: string, where: string, how: Ask = {}): Promise<number> {
  const token = ofOperators.test(where) ? await operatorToken() : await member.token();
  return (await ask(method, where, { ...how, token, edge })).status;
}
const json = { "content-type": "application/json" };

describe("an operation", () => {
  test("takes no body that its description does not take, and such a call changes nothing", async () => {
    const before = await countRows();
    const taken: unknown[] = [];
    let sent = 0;
    for (const [turn, { method, template, body }] of operations.entries()) {
      if (body === undefined || template.startsWith("/support/")) continue; // whose role an operator has not
      for (const wrong of someOf([...spoil(body.example)], turn)) {
        if (body.takes(JSON.parse(JSON.stringify(wrong)))) continue;
        sent++;
        const status = await call(method, missing(template), { body: wrong });
        if (status !== 400 && status !== 413) taken.push([method, template, wrong, status]);
      }
    }
    expect(taken).toEqual([]);
    expect(sent).toBeGreaterThan(500);
    expect(await countRows()).toEqual(before);
  });

  test("that takes a body refuses one of another type, one that is no JSON, and one that nothing here can keep", async () => {
    const before = await countRows();
    const told: string[] = [];
    const levels = 101;
    const bad: [number, string, Readonly<Record<string, string>>][] = [
      [415, "{}", { "content-type": "text/plain" }],
      [415, "{}", { "content-type": "application/json; charset=utf-16" }],
      [400, '{"a":', json],
      [400, `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`, json],
      [400, '{"a":"\\ud800"}', json],
      [400, '{"a":"\\u0000"}', json],
      [400, '{"a":1,"a":1}', json],
      [413, "", json],
    ];
    const read = operations.filter(({ body, template }) => body !== undefined && !template.startsWith("/support/"));
    for (const [turn, { method, template }] of read.entries())
      for (const [status, raw, headers] of someOf(bad, turn)) {
        // No longer than four times what is taken: more is refused unread, and its sender may see no answer.
        const long = " ".repeat(/\/(commit|edits)$/.test(template) ? 10_000_000 : 1_000_000);
        const given = await call(method, missing(template), { raw: status === 413 ? long : raw, headers });
        if (given !== status) told.push(`${method} ${template} ${raw.slice(0, 20)} ${headers["content-type"]}: ${given} for ${status}`);
      }
    expect(told).toEqual([]);
    expect(await countRows()).toEqual(before);
  });

  test("takes no query that its description does not take", async () => {
    const taken: unknown[] = [];
    for (const [turn, { method, template, queries }] of operations.entries())
      for (const { name, takes } of queries)
        for (const wrong of someOf(
          ["", "x", "-1", "1e3", "0x10", "\u0000", `mem_${nobody}`, "9".repeat(400), "x".repeat(3_000), "{}"],
          turn,
        )) {
          if (takes(wrong)) continue;
          const where = `${missing(template)}?${new URLSearchParams({ [name]: wrong })}`;
          const status = await call(method, where);
          if (status !== 400) taken.push([method, where, status]);
        }
    expect(taken).toEqual([]);
  });

  test("finds nothing by an id of another kind, by a path that leads elsewhere, and by a name of 300 letters", async () => {
    const found: unknown[] = [];
    for (const [turn, { method, template, names }] of operations.entries())
      for (const name of names)
        for (const wrong of someOf([`mem_${nobody}`, "..%2f..%2fme", "%00", "%ED%A0%80", "%", "x".repeat(300), "a%2Fb"], turn)) {
          const where = missing(template, { [name]: wrong });
          const status = await call(method, where, method === "GET" ? {} : { body: {} });
          if (status !== 400 && status !== 404) found.push([method, where, status]);
        }
    expect(found).toEqual([]);
  });

  test("is the only one at its address: every other method is 405, and Allow names what there is", async () => {
    const told: string[] = [];
    const all = contract.operations();
    for (const template of new Set(all.map((each) => each.template))) {
      if (template.endsWith("/connect")) continue; // a WebSocket takes no HEAD
      const taken = all.flatMap((each) => (each.template === template ? [each.method] : []));
      const also = contract.methodsAt(missing(template)); // of a template that this address fits, too
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((each) => !also.includes(each))) {
        const answer = await ask(method, missing(template), { token: await member.token(), edge });
        const allow = answer.headers.get("allow")?.split(", ") ?? [];
        const isTold = taken.every((each) => allow.includes(each)) && allow.every((each) => also.includes(each));
        if (answer.status !== 405 || !isTold) told.push(`${method} ${template}: ${answer.status} ${allow} for ${taken}`);
      }
    }
    expect(told).toEqual([]);
  });
});

test("an id of another member is answered like one of nobody, at each operation that takes it", async () => {
  const stranger = await newMember();
  const made = async (where: string, body: object, shape: z.ZodType<{ id: string }>, within: string) => {
    const answer = await ask("POST", where, { body, token: await member.token() });
    expect(answer.status, answer.text).toBeLessThan(300);
    return shape.parse((answer.json as Record<string, unknown>)[within]).id;
  };
  const named = z.looseObject({ id: z.string() });
  const spec = { id: "one", title: "One", owner: "coding", outputs: ["one.md"] };
  const owned: Record<string, string> = {
    actorId: member.actor.id,
    agentId: member.actor.id,
    channelId: member.actor.channel,
    workspaceId: member.actor.workspaceId,
    serverId: member.actor.stackId,
    taskId: await made("/tasks", { spec }, named, "task"),
    goalId: await made("/goals", { title: "Bread" }, named, "goal"),
    repoId: await made("/git/repos", { name: "bakery" }, named, "repository"),
  };
  const told: unknown[] = [];
  const unknown: string[] = []; // but for what is refused before its owner is looked at: bytes without a name
  let asked = 0;
  for (const { method, template, names, body } of operations) {
    const theirs = names.filter((name) => owned[name] !== undefined);
    if (theirs.length === 0) continue;
    asked++;
    const tryAt = async (where: string) => {
      const more = body === undefined ? {} : { body: body.example };
      const answer = await ask(method, where, { token: await stranger.token(), edge, ...more });
      return [answer.status, answer.status < 400 ? "taken" : refusal(answer).code];
    };
    const [ofOther, ofNobody] = [await tryAt(missing(template, owned)), await tryAt(missing(template))];
    if (ofOther[0] !== 404 && !template.endsWith("/attachments")) unknown.push(`${method} ${template}: ${ofOther}`);
    if (JSON.stringify(ofOther) !== JSON.stringify(ofNobody) || Number(ofOther[0]) < 400) told.push([method, template, ofOther, ofNobody]);
  }
  expect(told).toEqual([]);
  expect(asked).toBeGreaterThan(30);
  expect(unknown).toEqual([]);
});
