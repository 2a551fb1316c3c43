import { chmodSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { agentPut, type Ceiling, ceilings, compareOrder, type StackLimits, stackLimits, type Tier, tiers } from "../schema/stack/stack.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, id } from "../schema/wire/id.ts";
import type { Claims } from "../schema/wire/ticket.ts";
import { isNoRoom } from "./disk.ts";

const int = z.number().int();
const stackRow = z.object({
  member: id("mem"),
  stack: id("stk"),
  slot: int,
  epoch: int,
  generation: int,
  tier: z.enum(tiers),
  ceiling: z.enum(ceilings),
  ceiling_rev: int,
  limits: z.string().transform((text) => stackLimits.parse(JSON.parse(text))),
  attempts: int,
  failed_at: int,
  error: z.string().nullable(),
});
export type StackRow = z.infer<typeof stackRow>;

const agentRow = z.object({
  member: id("mem"),
  agent: id("agt"),
  seat: int,
  generation: int,
  name: z.string(),
  prompt: z.string(),
  /** JSON of `Bounds`. */
  bounds: z.string(),
  wanted: int,
  password: z.string(),
  box_token: z.string(),
  git_token: z.string(),
  boot: z.string(),
  exec: z.string(),
  pid: int,
  started_at: int,
});
export type AgentRow = z.infer<typeof agentRow>;
/** What an agent's server is told besides its prompt: tools and permissions. */
const boundsShape = agentPut.pick({ tools: true, permission: true });
export type Bounds = z.infer<typeof boundsShape>;
export function bounds(row: Pick<AgentRow, "bounds">): Bounds {
  return boundsShape.parse(JSON.parse(row.bounds));
}

const schema = `
  CREATE TABLE IF NOT EXISTS stack (
    member TEXT PRIMARY KEY, stack TEXT NOT NULL, slot INTEGER NOT NULL UNIQUE, epoch INTEGER NOT NULL, generation INTEGER NOT NULL,
    tier TEXT NOT NULL, ceiling TEXT NOT NULL, ceiling_rev INTEGER NOT NULL, limits TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, failed_at INTEGER NOT NULL DEFAULT 0, error TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS agent (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, agent TEXT NOT NULL, seat INTEGER NOT NULL, generation INTEGER NOT NULL,
    name TEXT NOT NULL, prompt TEXT NOT NULL, wanted INTEGER NOT NULL, password TEXT NOT NULL DEFAULT '', box_token TEXT NOT NULL DEFAULT '',
    git_token TEXT NOT NULL DEFAULT '', boot TEXT NOT NULL DEFAULT '', exec TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL DEFAULT 0, bounds TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (member, agent), UNIQUE (member, seat)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS secret (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (member, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS memory (member TEXT PRIMARY KEY REFERENCES stack(member) ON DELETE CASCADE) STRICT;
  CREATE TABLE IF NOT EXISTS lost_box (member TEXT PRIMARY KEY REFERENCES stack(member) ON DELETE CASCADE, at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS reserve (bytes BLOB) STRICT;
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;
/** Brings a ledger of an earlier release to these tables. */
function upgrade(db: DatabaseSync): void {
  const columns = db.prepare("SELECT name FROM pragma_table_info('agent')").all();
  if (!columns.some((column) => column.name === "bounds")) db.exec("ALTER TABLE agent ADD COLUMN bounds TEXT NOT NULL DEFAULT '{}'");
}
/**
 * Room inside the ledger's own files, for the small writes of a machine whose disk is full: more pages than the write-ahead log holds before
 * SQLite begins it anew, written once and given back to the file.
 */
const reserveBytes = 5 * 1024 * 1024;
const pages = z.object({ freelist_count: int });
function keepReserve(db: DatabaseSync, walBytes: number): void {
  const free = pages.parse(db.prepare("PRAGMA freelist_count").get()).freelist_count * 4096;
  if (free >= reserveBytes / 2 && walBytes >= reserveBytes / 2) return;
  db.exec(`INSERT INTO reserve VALUES (zeroblob(${reserveBytes})); DELETE FROM reserve;`);
}
/** A write that found no room is `storage_full`: the caller answers it and goes on. */
function refusing<A extends unknown[], R>(write: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return write(...args);
    } catch (error) {
      throw isNoRoom(error) ? new AppError("storage_full", { what: "ledger" }, { cause: error }) : error;
    }
  };
}
const lostBox = z.object({ at: int });
const defaultLimits: StackLimits = { cpus: 2, memoryMb: 3072, pids: 512, agents: 2 };

export type Ledger = ReturnType<typeof openLedger>;

/** What this machine was told and holds, in one SQLite file that only the daemon's user can read; written through to disk. */
export function openLedger(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, "ledger.sqlite");
  const db = new DatabaseSync(file);
  chmodSync(file, 0o600);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000;");
  db.exec(schema);
  upgrade(db);
  /** False where the disk has no room for it now. */
  const reserve = (): boolean => {
    try {
      keepReserve(db, statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
      return true;
    } catch (error) {
      if (isNoRoom(error)) return false;
      throw error;
    }
  };
  reserve();
  const get = (member: string) => db.prepare("SELECT * FROM stack WHERE member = ?").get(member);

  const stack = (member: string): StackRow | undefined => {
    const row = get(member);
    return row === undefined ? undefined : stackRow.parse(row);
  };
  const stacks = (): StackRow[] =>
    db
      .prepare("SELECT * FROM stack ORDER BY member")
      .all()
      .map((row) => stackRow.parse(row));
  const freeSlot = (): number => {
    const used = new Set(stacks().map((row) => row.slot));
    for (let slot = 0; slot < 255 * 32; slot += 1) if (!used.has(slot)) return slot;
    throw new AppError("no_capacity", { what: "addresses" });
  };

  /**
   * Takes a command when it is newer than the last one. The same (epoch, generation) with the same tier is the same command again;
   * with another tier it is a conflict; a lower one is stale. Epoch, ceiling and limits come from the ticket alone.
   */
  const accept = (claims: Claims<"host">, command: { generation: number; tier: Tier }): { row: StackRow; repeated: boolean } => {
    const before = stack(claims.member);
    const limits = JSON.stringify(claims.limits);
    if (!before) {
      db.prepare(
        "INSERT INTO stack (member, stack, slot, epoch, generation, tier, ceiling, ceiling_rev, limits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ).run(
        claims.member,
        claims.stack,
        freeSlot(),
        claims.epoch,
        command.generation,
        command.tier,
        claims.ceiling,
        claims.ceilingRev,
        limits,
      );
      if (claims.keeps) noteMemory(claims.member);
      return { row: stack(claims.member)!, repeated: false };
    }
    const order = compareOrder({ epoch: claims.epoch, generation: command.generation }, before);
    if (order < 0) throw new AppError("generation_stale", { epoch: before.epoch, generation: before.generation });
    if (order === 0 && command.tier !== before.tier) throw new AppError("conflict", { generation: before.generation });
    if (order > 0)
      db.prepare(
        "UPDATE stack SET stack = ?, epoch = ?, generation = ?, tier = ?, limits = ?, attempts = 0, failed_at = 0, error = NULL WHERE member = ?",
      ).run(claims.stack, claims.epoch, command.generation, command.tier, limits, claims.member);
    else db.prepare("UPDATE stack SET failed_at = 0 WHERE member = ?").run(claims.member); // asked again: try now
    if (claims.keeps) noteMemory(claims.member);
    ceiling(claims.member, claims.ceiling, claims.ceilingRev);
    return { row: stack(claims.member)!, repeated: order === 0 };
  };
  /** The ceiling with the highest revision wins; an older one changes nothing. Answers whether it did change. */
  const ceiling = (member: string, value: Ceiling, rev: number): boolean =>
    db.prepare("UPDATE stack SET ceiling = ?, ceiling_rev = ? WHERE member = ? AND ceiling_rev < ?").run(value, rev, member, rev).changes >
    0;

  /** This stack has a memory, made here or elsewhere: a volume of it that is absent is missing, and never made anew. */
  const noteMemory = (member: string): void => {
    db.prepare("INSERT OR IGNORE INTO memory VALUES (?)").run(member);
  };
  const hasMemory = (member: string): boolean => db.prepare("SELECT 1 FROM memory WHERE member = ?").get(member) !== undefined;

  /** The box's volume is gone or empty: none of its agents has its home any more. False where none had one. A crash in between finds it again. */
  const loseBox = (member: string, now: number): boolean => {
    if (!agents(member).some((row) => row.boot !== "")) return false;
    db.prepare("INSERT INTO lost_box VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at").run(member, now);
    db.prepare("UPDATE agent SET boot = '' WHERE member = ?").run(member);
    return true;
  };
  /** When the box of a stack was last found without what it held, milliseconds since 1970. */
  const boxLostAt = (member: string): number | undefined => {
    const row = db.prepare("SELECT at FROM lost_box WHERE member = ?").get(member);
    return row === undefined ? undefined : lostBox.parse(row).at;
  };

  /** A stack found on the machine without a row: its order is unknown (0, 0), so the next command of any epoch is newer. */
  const adopt = (found: { member: Id<"mem">; stack: Id<"stk">; slot: number; tier: Tier }): void => {
    db.prepare(
      "INSERT OR IGNORE INTO stack (member, stack, slot, epoch, generation, tier, ceiling, ceiling_rev, limits) VALUES (?, ?, ?, 0, 0, ?, 'running', -1, ?)",
    ).run(found.member, found.stack, found.slot, found.tier, JSON.stringify(defaultLimits));
  };
  /** An adopted stack takes the epoch the edge names. */
  const adoptEpoch = (member: string, epoch: number): void => {
    db.prepare("UPDATE stack SET epoch = ? WHERE member = ? AND epoch = 0").run(epoch, member);
  };
  const failed = (member: string, error: string, now: number): void => {
    db.prepare("UPDATE stack SET attempts = attempts + 1, failed_at = ?, error = ? WHERE member = ?").run(now, error, member);
  };
  const settled = (member: string): void => {
    db.prepare("UPDATE stack SET attempts = 0, failed_at = 0, error = NULL WHERE member = ? AND attempts > 0").run(member);
  };
  const forget = (member: string): void => {
    db.prepare("DELETE FROM stack WHERE member = ?").run(member);
  };

  const agents = (member: string): AgentRow[] =>
    db
      .prepare("SELECT * FROM agent WHERE member = ? ORDER BY seat")
      .all(member)
      .map((row) => agentRow.parse(row));
  const agent = (member: string, of: string): AgentRow | undefined => agents(member).find((row) => row.agent === of);
  const saveAgent = (row: AgentRow): void => {
    db.prepare(
      `INSERT INTO agent (member, agent, seat, generation, name, prompt, bounds, wanted, password, box_token, git_token, boot, exec, pid, started_at)
       VALUES (:member, :agent, :seat, :generation, :name, :prompt, :bounds, :wanted, :password, :box_token, :git_token, :boot, :exec, :pid, :started_at)
       ON CONFLICT (member, agent) DO UPDATE SET generation = :generation, name = :name, prompt = :prompt, bounds = :bounds, wanted = :wanted, password = :password,
       box_token = :box_token, git_token = :git_token, boot = :boot, exec = :exec, pid = :pid, started_at = :started_at`,
    ).run(row);
  };
  const dropAgent = (row: Pick<AgentRow, "member" | "agent">): void => {
    db.prepare("DELETE FROM agent WHERE member = ? AND agent = ?").run(row.member, row.agent);
  };
  /** The agent that holds this box token. */
  const holder = (boxToken: string): AgentRow | undefined => {
    const row = db.prepare("SELECT * FROM agent WHERE box_token = ? AND box_token <> ''").get(boxToken);
    return row === undefined ? undefined : agentRow.parse(row);
  };

  const value = z.object({ value: z.string() });
  const secret = (member: string, name: string): string | undefined => {
    const row = db.prepare("SELECT value FROM secret WHERE member = ? AND name = ?").get(member, name);
    return row === undefined ? undefined : value.parse(row).value;
  };
  const saveSecret = (member: string, name: string, text: string): void => {
    db.prepare("INSERT INTO secret VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(member, name, text);
  };
  const setting = (name: string): string | undefined => {
    const row = db.prepare("SELECT value FROM setting WHERE name = ?").get(name);
    return row === undefined ? undefined : value.parse(row).value;
  };
  const saveSetting = (name: string, text: string): void => {
    db.prepare("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(name, text);
  };
  const close = (): void => db.close();
  return {
    stack,
    stacks,
    accept: refusing(accept),
    ceiling: refusing(ceiling),
    noteMemory: refusing(noteMemory),
    hasMemory,
    loseBox: refusing(loseBox),
    boxLostAt,
    adopt: refusing(adopt),
    adoptEpoch: refusing(adoptEpoch),
    failed: refusing(failed),
    settled: refusing(settled),
    forget: refusing(forget),
    agents,
    agent,
    saveAgent: refusing(saveAgent),
    dropAgent: refusing(dropAgent),
    holder,
    secret,
    saveSecret: refusing(saveSecret),
    setting,
    saveSetting: refusing(saveSetting),
    reserve,
    close,
  };
}
