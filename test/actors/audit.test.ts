import { describe, expect, test } from "vitest";
import { actionAuditTable } from "../../schema/audit/action-audit.table.ts";
import { type AuditRowsIn, auditRowsIn } from "../../schema/audit/audit.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";
import type { AnswerHost } from "../harness/actor-world.ts";
import { ownFolder } from "../harness/fixtures.ts";

const folder = ownFolder();
const kept = ({ db }: TestActor) => db.select().from(actionAuditTable);
const message = () => ({ clientId: crypto.randomUUID(), text: "canary-in-a-message" });

describe("a change of an actor's (SPEC 9.9)", () => {
  test("is written down in its own transaction, once, and without what was written", async () => {
    const actor = await startActor(folder);
    const sent = message();
    await actor.act("send", sent);
    await actor.act("send", sent); // the same client id again: nothing is changed
    const rows = await kept(actor);
    expect(rows.map(({ entry }) => entry)).toMatchObject([
      { kind: "message", action: "send", by: { kind: "member", id: actor.member }, result: "ok" },
    ]);
    expect(rows[0]?.entry.steps.map(({ name }) => name)).toEqual(["admitted", "written"]);
    expect(JSON.stringify(rows)).not.toContain("canary");
    expect(await actor.queued("audit")).toHaveLength(1);
    await actor.close();
  });

  test("that is called again by its key has no second row; what only reads has none", async () => {
    const actor = await startActor(folder);
    const key = newId("req");
    await actor.act("stop", { scope: "stack" }, key);
    await actor.act("stop", { scope: "stack" }, key);
    await actor.act("tasks", {});
    await actor.act("channels", {});
    expect((await kept(actor)).map(({ entry }) => entry.action)).toEqual(["stop:stack"]);
    await actor.close();
  });

  test("that a browser was refused says why, with its target, and changes nothing else", async () => {
    const actor = await startActor(folder);
    const taskId = newId("tsk");
    await expect(actor.act("taskAct", { taskId, act: "pause" })).rejects.toThrow();
    expect((await kept(actor)).map(({ entry }) => entry)).toMatchObject([{ action: "taskAct:pause", target: taskId, result: "not_found" }]);
    await actor.close();
  });

  test("is of the agent whose tool it was", async () => {
    const actor = await startActor(folder);
    await actor.act("send", message());
    await actor.beginTurn(actor.grow);
    const goal = { title: "Open a bakery", why: "bread", measure: "it is open" };
    await actor.act("tool", { agent: actor.grow, tool: "set_goal", arguments: goal });
    await expect(actor.act("tool", { agent: actor.grow, tool: "recall", arguments: { query: "bread" } })).rejects.toThrow();
    const tools = (await kept(actor)).map(({ entry }) => entry).filter(({ kind }) => kind === "tool");
    expect(tools).toMatchObject([{ action: "tool:set_goal", by: { kind: "agent", id: actor.grow }, target: actor.grow }]);
    await actor.close();
  });
});

describe("rows of an actor", () => {
  test("reach the edge together, in order, and are kept until it has them", async () => {
    const taken: AuditRowsIn[] = [];
    let away = true;
    const edge = {
      audit: async (_member: string, body: AuditRowsIn) => {
        taken.push(auditRowsIn.parse(body));
        if (away) throw new AppError("unavailable", { what: "edge" });
      },
    };
    const actor = await startActor(folder, { edge, runs: ["audit"] });
    for (let i = 0; i < 3; i++) await actor.act("send", message());
    const rows = await kept(actor);
    expect(rows).toHaveLength(3);
    await actor.settle(Date.now() + 600);
    expect(await kept(actor)).toEqual(rows); // the edge was away
    away = false;
    await actor.settle(Date.now() + 10_000);
    expect(taken.at(-1)?.rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect([await kept(actor), await actor.queued("audit")]).toEqual([[], []]);
    expect(await actor.queued("anchor")).toHaveLength(1);
    await actor.close();
  });

  test("set one commit of the head in motion, however many follow within its time", async () => {
    const actor = await startActor(folder, { runs: ["audit"] });
    const began = Date.now();
    await actor.act("anchorAudit", {});
    const [first] = await actor.queued("anchor");
    await actor.act("anchorAudit", {});
    expect(await actor.queued("anchor")).toEqual([first]);
    expect(first?.dueAt).toBeGreaterThan(began + 1_000);
    await actor.close();
  });

  test("have their head made into a file of Git, replaced by a later one, and left where it stands", async () => {
    const commits: { message: string; files: { operation: string; sha?: string; content: string }[] }[] = [];
    let made = false;
    const host: AnswerHost = ({ method, path, body }) => {
      const where = path.replace("/git/api/v1", "");
      if (method === "GET" && where === "/repos/growqr/audit") return made ? { status: 200, body: {} } : { status: 404, body: {} };
      if (method === "POST" && where === "/user/repos") {
        made = true;
        return { status: 201, body: {} };
      }
      const standing = commits.at(-1)?.files[0];
      if (where.startsWith("/repos/growqr/audit/file-contents"))
        return { status: 200, body: [standing ? { ...fileShape, ...standing, sha: `sha-${commits.length}` } : null] };
      if (method !== "POST" || where !== "/repos/growqr/audit/contents") return undefined;
      commits.push(JSON.parse(String(body)));
      return { status: 201, body: { commit: { sha: "a".repeat(40), message: "", author: { name: "x" }, parents: [] } } };
    };
    const fileShape = { name: "head.jws", path: "head.jws", type: "file", size: 10, encoding: "base64" };
    let seq = 3;
    let headTime = 1;
    const headAt = (place: number) => `h.${Buffer.from(JSON.stringify(headOf(place))).toString("base64url")}.s`;
    const member = newId("mem");
    const headOf = (place: number) => ({ type: "urn:growqr:audit-head:v1", member, seq: place, hash: "a".repeat(64), at: headTime });
    const edge = { auditHead: async () => ({ seq, head: headAt(seq) }) };
    const actor = await startActor(folder, { edge, host, runs: ["anchor"] });
    const anchor = async () => {
      await actor.act("anchorAudit", {});
      await actor.db.update(workTable).set({ dueAt: 1 });
      await actor.settle();
    };
    await anchor();
    await anchor(); // nothing has changed since
    seq = 5;
    await anchor();
    expect(commits.map(({ files }) => files.map(({ operation, sha }) => [operation, sha]))).toEqual([
      [["create", undefined]],
      [["update", "sha-1"]],
    ]);
    expect(Buffer.from(commits[1]?.files[0]?.content ?? "", "base64").toString()).toBe(`${headAt(5)}\n`);
    [seq, headTime] = [6, Date.now()];
    await anchor();
    seq = 7;
    await anchor(); // the head that stands there is young: a minute passes first
    expect(commits).toHaveLength(3);
    expect((await actor.queued("anchor"))[0]?.dueAt).toBe(headTime + 75_000);
    await actor.db.delete(workTable);
    await actor.act("stop", { scope: "stack" });
    headTime = 1;
    seq = 8;
    await anchor(); // its Gitea is down
    expect(commits).toHaveLength(3);
    await actor.close();
  });
});
