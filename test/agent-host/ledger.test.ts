import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ledger } from "../../agent-host/ledger.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { fillDisk } from "../harness/fill-disk.ts";
import { limits, newPerson } from "./runner-client.ts";

let folder: string;
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "ledger-"));
  ledger = new Ledger(folder);
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});
const host = newId("hst");
const claims = (person: ReturnType<typeof newPerson>, epoch = 1, ceilingRev = 1) => ({
  member: person.member,
  stack: person.stack,
  host,
  epoch,
  ceiling: "running" as const,
  ceilingRev,
  limits,
});
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return "taken";
};

describe("ledger", () => {
  it("orders commands by epoch, then generation", () => {
    const person = newPerson();
    ledger.accept(claims(person, 2), { generation: 5, tier: "running" });
    expect(code(() => ledger.accept(claims(person, 2), { generation: 4, tier: "running" }))).toBe("generation_stale");
    expect(code(() => ledger.accept(claims(person, 1), { generation: 9, tier: "running" }))).toBe("generation_stale");
    expect(code(() => ledger.accept(claims(person, 3), { generation: 1, tier: "stopped" }))).toBe("taken");
    expect(ledger.stack(person.member)).toMatchObject({ epoch: 3, generation: 1, tier: "stopped" });
  });
  it("takes the same command twice as one, and refuses another by its number", () => {
    const person = newPerson();
    expect(ledger.accept(claims(person), { generation: 1, tier: "running" }).repeated).toBe(false);
    expect(ledger.accept(claims(person), { generation: 1, tier: "running" }).repeated).toBe(true);
    expect(code(() => ledger.accept(claims(person), { generation: 1, tier: "stopped" }))).toBe("conflict");
  });
  it("keeps the ceiling with the highest revision, from tickets and heartbeats alike", () => {
    const person = newPerson();
    ledger.accept(claims(person, 1, 4), { generation: 1, tier: "running" });
    expect(ledger.ceiling(person.member, "stopped", 5)).toBe(true);
    expect(ledger.ceiling(person.member, "running", 5)).toBe(false);
    ledger.accept(claims(person, 1, 4), { generation: 2, tier: "running" });
    expect(ledger.stack(person.member)?.ceiling).toBe("stopped");
  });
  it("keeps a ticket's limits until a heartbeat tells of another plan, and then those", () => {
    const person = newPerson();
    ledger.accept(claims(person), { generation: 1, tier: "running" });
    const studio = {
      cpus: 4,
      memoryMb: 6144,
      pids: 1024,
      agents: 6,
      egressMb: 51_200,
      apps: 10,
      appDataMb: 1_024,
      appsAwake: true,
    };
    const trial = { ...studio, cpus: 2, agents: 4 };
    ledger.limit(person.member, studio);
    expect(ledger.stack(person.member)?.limits).toEqual(limits);
    expect([ledger.limit(person.member, studio), ledger.limit(person.member, trial), ledger.limit(person.member, trial)]).toEqual([false, true, false]); // biome-ignore format: one line
    expect(ledger.stack(person.member)?.limits).toEqual(trial);
  });
  it("gives each stack addresses of its own and uses freed ones again", () => {
    const [a, b, c] = [newPerson(), newPerson(), newPerson()];
    for (const person of [a, b]) ledger.accept(claims(person), { generation: 1, tier: "running" });
    ledger.forget(a.member);
    ledger.accept(claims(c), { generation: 1, tier: "running" });
    expect([ledger.stack(b.member)?.slot, ledger.stack(c.member)?.slot]).toEqual([1, 0]);
  });
  it("adopts a stack below every order, so that the next command is newer", () => {
    const person = newPerson();
    ledger.adopt({ member: person.member, stack: person.stack, slot: 7, tier: "running" }, [], 0);
    ledger.adoptEpoch(person.member, 3);
    expect(ledger.stack(person.member)).toMatchObject({ epoch: 3, generation: 0, slot: 7 });
    expect(code(() => ledger.accept(claims(person, 3), { generation: 1, tier: "running" }))).toBe("taken");
  });
  it("adopts a stack with its apps or not at all, so that what was begun is found again", () => {
    const person = newPerson();
    const stack = { member: person.member, stack: person.stack, slot: 7, tier: "running" } as const;
    const app = { member: person.member, project: "shop", current: newId("rel"), previous: null, releases: [] };
    const nobodys = { ...app, member: newPerson().member };
    expect(() => ledger.adopt(stack, [app, nobodys], 0)).toThrow("FOREIGN KEY");
    expect([ledger.stack(person.member), ledger.releases.app(person.member, "shop")]).toEqual([undefined, undefined]);
    ledger.adopt(stack, [app], 5);
    expect(ledger.releases.app(person.member, "shop")).toMatchObject({ current: app.current, switched_at: 5 });
  });
  it("survives being opened again, and nobody else can read it", () => {
    const person = newPerson();
    ledger.accept(claims(person), { generation: 3, tier: "paused" });
    ledger.saveSecret(person.member, "writer", "w");
    ledger.close();
    ledger = new Ledger(folder);
    expect(ledger.stack(person.member)).toMatchObject({ generation: 3, tier: "paused" });
    expect(ledger.secret(person.member, "writer")).toBe("w");
    expect(statSync(path.join(folder, "ledger.sqlite")).mode & 0o077).toBe(0);
  });
  it("knows of a memory that was made here, or that the ticket says was made elsewhere, until the stack is forgotten", () => {
    const [here, elsewhere, neither] = [newPerson(), newPerson(), newPerson()];
    for (const person of [here, neither]) ledger.accept(claims(person), { generation: 1, tier: "running" });
    ledger.accept({ ...claims(elsewhere), keeps: true }, { generation: 1, tier: "running" });
    ledger.noteMemory(here.member);
    const known = () => [here, elsewhere, neither].map(({ member }) => ledger.hasMemory(member));
    expect(known()).toEqual([true, true, false]);
    ledger.accept(claims(here), { generation: 2, tier: "stopped" });
    ledger.close();
    ledger = new Ledger(folder);
    expect(known()).toEqual([true, true, false]);
    ledger.forget(here.member);
    expect(known()).toEqual([false, true, false]);
  });
  it("goes on writing small things when its disk is full, and refuses what finds no room with a code", () => {
    const small = mkdtempSync(path.join(tmpdir(), "full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", small]);
    const full = new Ledger(small);
    try {
      expect(fillDisk(small)).toBe("ENOSPC");
      for (let i = 0; i < 500; i += 1) {
        const person = newPerson();
        full.accept(claims(person), { generation: 1, tier: "running" });
        full.failed(person.member, "unavailable", 1);
        full.settled(person.member);
      }
      expect(full.stacks()).toHaveLength(500);
      const text = "x".repeat(1024 * 1024);
      const write = (names: string) => {
        for (const name of names) full.saveSetting(name, text);
      };
      expect(code(() => write("0123456789"))).toBe("storage_full");
      expect(full.stacks()).toHaveLength(500);
      rmSync(path.join(small, "fill"));
      expect(code(() => write("0123"))).toBe("taken");
    } finally {
      full.close();
      execFileSync("umount", [small]);
      rmSync(small, { recursive: true });
    }
  });
  it("knows a member in no table from which a row is not gone with the stack", () => {
    const db = new DatabaseSync(path.join(folder, "ledger.sqlite"));
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => String(name));
    const goesWithStack = (table: string) =>
      db
        .prepare(`SELECT * FROM pragma_foreign_key_list(?)`)
        .all(table)
        .some((key) => key.from === "member" && key.table === "stack" && key.on_delete === "CASCADE");
    expect(tables.filter((table) => !goesWithStack(table))).toEqual(["reserve", "setting", "stack"]);
    db.close();
    const person = newPerson();
    ledger.accept(claims(person), { generation: 1, tier: "running" });
    ledger.noteFullBox(person.member);
    expect([ledger.hasFullBox(person.member), ledger.hasFullBox(newPerson().member)]).toEqual([true, false]);
    ledger.forget(person.member);
    ledger.noteFullBox(person.member); // by work that ended later
    expect(ledger.hasFullBox(person.member)).toBe(false);
  });
  /** What stands in any file of the ledger's folder, by all of its bytes. */
  const standsThere = (text: string) => readdirSync(folder).filter((file) => readFileSync(path.join(folder, file)).includes(text));
  const canary = "unheard-of-word";
  function fill({ member }: ReturnType<typeof newPerson>): void {
    for (const part of ["a", "b"]) ledger.saveSecret(member, part, `${canary}-${part}-${"x".repeat(6_000)}`); // pages of its own
    ledger.saveSecret(member, "a", canary);
    ledger.history.note(member, "shop", { release: newId("rel"), at: 1, text: canary });
    ledger.egress.add([{ member, day: 1, name: `${canary}.example.com`, requests: 1, bytes: 1 }]);
  }
  it("keeps no byte of a member whom it forgets, and all of the others'", () => {
    const [gone, stays] = [newPerson(), newPerson()];
    for (const person of [gone, stays]) ledger.accept(claims(person), { generation: 1, tier: "running" });
    ledger.saveSecret(stays.member, "a", "another-word");
    fill(gone);
    expect(standsThere(canary)).not.toEqual([]);
    ledger.forget(gone.member);
    expect([canary, gone.member, gone.stack].map(standsThere)).toEqual([[], [], []]);
    expect(ledger.secret(stays.member, "a")).toBe("another-word");
    ledger.forget(gone.member);
    expect(statSync(path.join(folder, "ledger.sqlite-wal")).size).toBeGreaterThan(4 * 1024 * 1024); // its room is there again
  });
  it("wipes later what could not be wiped at once: while another program reads it, or after an end in between", () => {
    const person = newPerson();
    ledger.accept(claims(person), { generation: 1, tier: "running" });
    fill(person);
    const reader = new DatabaseSync(path.join(folder, "ledger.sqlite"));
    reader.exec("BEGIN; SELECT * FROM stack;");
    reader.prepare("SELECT count(*) FROM secret").get();
    ledger.forget(person.member);
    expect(standsThere(canary)).not.toEqual([]);
    reader.close();
    expect(ledger.reserve()).toBe(true);
    expect(standsThere(canary)).toEqual([]);
  });
  it("is written anew once where it has deleted without wiping, and takes along whose box is full", () => {
    const person = newPerson();
    ledger.accept(claims(person), { generation: 1, tier: "running" });
    ledger.close();
    const before = new DatabaseSync(path.join(folder, "ledger.sqlite"));
    before.exec(
      `PRAGMA user_version = 0; CREATE TABLE old (text TEXT); INSERT INTO old VALUES ('${canary}'); DELETE FROM old; DROP TABLE old;`,
    );
    for (const { member } of [person, newPerson()]) before.prepare("INSERT INTO setting VALUES (?, 'yes')").run(`full-box:${member}`);
    before.close();
    expect(standsThere(canary)).not.toEqual([]);
    ledger = new Ledger(folder);
    expect(standsThere(canary)).toEqual([]);
    expect([ledger.hasFullBox(person.member), ledger.setting(`full-box:${person.member}`)]).toEqual([true, undefined]);
    expect(standsThere("full-box:")).toEqual([]);
  });
  it("finds an agent by its box token until that is blanked", () => {
    const person = newPerson();
    ledger.accept(claims(person), { generation: 1, tier: "running" });
    const blank = { name: "Grow", prompt: "", bounds: "{}", password: "", git_token: "", boot: "", exec: "", pid: 0, started_at: 0 };
    const row = {
      member: person.member,
      agent: id("agt").parse(person.agent),
      seat: 0,
      generation: 1,
      wanted: 1,
      box_token: "gqb_x",
      ...blank,
    };
    ledger.saveAgent(row);
    expect(ledger.holder("gqb_x")?.agent).toBe(person.agent);
    ledger.saveAgent({ ...row, box_token: "" });
    expect([ledger.holder("gqb_x"), ledger.holder("")]).toEqual([undefined, undefined]);
  });
});
