import { chmodSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges } from "node:sqlite";
import { z } from "zod";
import { reachPut } from "../schema/stack/egress-refusal.ts";
import { agentPut, type Ceiling, ceilings, compareOrder, type StackLimits, stackLimits, type Tier, tiers } from "../schema/stack/stack.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, id } from "../schema/wire/id.ts";
import type { TicketClaims } from "../schema/wire/ticket.ts";
import { isNoRoomError } from "./disk.ts";
import { beginLogAnew, keepReserve, vacuumOnce } from "./ledger-file.ts";
import { keepStatements, type LedgerStore, writeTogether } from "./ledger-store.ts";
import { EgressLedger, egressTables, egressUpgrade } from "./network/egress-ledger.ts";
import { AppHistory, appHistoryTables } from "./release/app-history.ts";
import { type AdoptedApp, ReleaseLedger, releaseTables } from "./release/release-ledger.ts";
import { SnapshotLedger, snapshotTables } from "./run/setup/snapshot-ledger.ts";

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
  limits: z.string().transform((text) => stackLimits.strip().parse(JSON.parse(text))), // a newer daemon may have written more
  attempts: int,
  failed_at: int,
  error: z.string().nullable(),
});
export type LedgerStackRow = z.infer<typeof stackRow>;

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
export type LedgerAgentRow = z.infer<typeof agentRow>;
/** What an agent's server is told besides its prompt: tools and permissions. */
const boundsShape = agentPut.pick({ tools: true, permission: true });
export type Bounds = z.infer<typeof boundsShape>;
export function readAgentBounds(row: Pick<LedgerAgentRow, "bounds">): Bounds {
  return boundsShape.parse(JSON.parse(row.bounds));
}

const tables = `
  CREATE TABLE IF NOT EXISTS stack (
    member TEXT PRIMARY KEY, stack TEXT NOT NULL, slot INTEGER NOT NULL UNIQUE, epoch INTEGER NOT NULL, generation INTEGER NOT NULL,
    tier TEXT NOT NULL, ceiling TEXT NOT NULL, ceiling_rev INTEGER NOT NULL, limits TEXT NOT NULL, told_limits TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0, failed_at INTEGER NOT NULL DEFAULT 0, error TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS agent (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, agent TEXT NOT NULL, seat INTEGER NOT NULL, generation INTEGER NOT NULL,
    name TEXT NOT NULL, prompt TEXT NOT NULL, wanted INTEGER NOT NULL, password TEXT NOT NULL DEFAULT '', box_token TEXT NOT NULL DEFAULT '',
    git_token TEXT NOT NULL DEFAULT '', boot TEXT NOT NULL DEFAULT '', exec TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL DEFAULT 0, bounds TEXT NOT NULL DEFAULT '{}', reach TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (member, agent), UNIQUE (member, seat)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS secret (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (member, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS memory (member TEXT PRIMARY KEY REFERENCES stack(member) ON DELETE CASCADE) STRICT;
  CREATE TABLE IF NOT EXISTS full_box (member TEXT PRIMARY KEY REFERENCES stack(member) ON DELETE CASCADE) STRICT;
  CREATE TABLE IF NOT EXISTS lost_box (member TEXT PRIMARY KEY REFERENCES stack(member) ON DELETE CASCADE, at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS reserve (bytes BLOB) STRICT;
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;
/** Brings a ledger of an earlier release to these tables. */
function upgradeTables(db: DatabaseSync): void {
  for (const [table, name, kind] of [
    ["agent", "bounds", "TEXT NOT NULL DEFAULT '{}'"],
    ["stack", "told_limits", "TEXT NOT NULL DEFAULT ''"],
    ["agent", "reach", "TEXT NOT NULL DEFAULT '[]'"],
    ["app_release", "reach", "TEXT NOT NULL DEFAULT '[]'"],
    ["app_release", "expects", "TEXT"],
    ["app_release", "secrets", "TEXT"],
    ["app_release", "proven", "TEXT"],
    ["snapshot", "mb", "INTEGER NOT NULL DEFAULT 0"],
    ["app", "good", "TEXT"],
    ["app", "over", "INTEGER NOT NULL DEFAULT 0"],
    ["app_note", "ended", "INTEGER"],
    ["app_note", "code", "INTEGER"],
  ]) {
    const columns = db.prepare("SELECT name FROM pragma_table_info(?)").all(table!);
    if (!columns.some((column) => column.name === name)) db.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${kind}`);
  }
  // Whose box is of the image `full` stood among the settings, which outlive their member.
  db.exec(`INSERT OR IGNORE INTO full_box SELECT member FROM stack JOIN setting ON name = 'full-box:' || member;
    DELETE FROM setting WHERE name LIKE 'full-box:%';`);
  const counted = db.prepare("SELECT name FROM pragma_table_info('egress_day')").all();
  if (!counted.some((column) => column.name === "app")) db.exec(`BEGIN; ${egressUpgrade} COMMIT;`);
}
const lostBoxRow = z.object({ at: int });
const defaultLimits: StackLimits = {
  cpus: 2,
  memoryMb: 3072,
  pids: 512,
  agents: 2,
  egressMb: 20_480,
  apps: 10,
  appDataMb: 1_024,
  appsAwake: true,
};

const valueRow = z.object({ value: z.string() });

type StackCommand = { generation: number; tier: Tier };
/**
 * Whether a command is the last one again. Throws for one that is older, or that wants something else by the
 * same number.
 */
function isRepeated(before: LedgerStackRow, epoch: number, { generation, tier }: StackCommand): boolean {
  const order = compareOrder({ epoch, generation }, before);
  if (order < 0) throw new AppError("generation_stale", { epoch: before.epoch, generation: before.generation });
  if (order === 0 && tier !== before.tier) throw new AppError("conflict", { generation: before.generation });
  return order === 0;
}

/**
 * What this machine was told and holds, in one SQLite file that only the daemon's user can read; written
 * through to disk. A write that finds no room is `storage_full`: the caller answers it and goes on.
 */
export class Ledger {
  private readonly file: string;
  private readonly db: DatabaseSync;
  private readonly store: LedgerStore;
  /** Whether the log holds nothing of who was forgotten. Of a daemon of before that is not known. */
  private wiped = false;
  readonly releases: ReleaseLedger;
  readonly history: AppHistory;
  readonly snapshots: SnapshotLedger;
  readonly egress: EgressLedger;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.file = path.join(folder, "ledger.sqlite");
    this.db = new DatabaseSync(this.file);
    chmodSync(this.file, 0o600);
    this.db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000; PRAGMA secure_delete = ON;",
    );
    this.db.exec([tables, snapshotTables, egressTables, releaseTables, appHistoryTables].join("\n"));
    upgradeTables(this.db);
    vacuumOnce(this.db);
    this.store = { db: this.db, prepare: keepStatements(this.db), write: (sql, ...values) => this.write(sql, ...values) };
    this.releases = new ReleaseLedger(this.store);
    this.history = new AppHistory(this.store);
    this.snapshots = new SnapshotLedger(this.store);
    this.egress = new EgressLedger(this.store);
    this.reserve();
  }
  close(): void {
    this.db.close();
  }
  private write(sql: string, ...values: (SQLInputValue | Record<string, SQLInputValue>)[]): StatementResultingChanges {
    try {
      return this.store.prepare(sql).run(...(values as SQLInputValue[]));
    } catch (error) {
      throw isNoRoomError(error) ? new AppError("storage_full", { what: "ledger" }, { cause: error }) : error;
    }
  }
  /**
   * Wipes what was forgotten from the log, and keeps room. False where the disk has none for it now, or
   * another program reads the ledger: it is tried again.
   */
  reserve(): boolean {
    try {
      if (!this.wiped) this.wiped = beginLogAnew(this.db);
      keepReserve(this.db, statSync(`${this.file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
      return this.wiped;
    } catch (error) {
      if (isNoRoomError(error)) return false;
      throw error;
    }
  }

  stack(member: string): LedgerStackRow | undefined {
    const row = this.store.prepare("SELECT * FROM stack WHERE member = ?").get(member);
    return row === undefined ? undefined : stackRow.parse(row);
  }
  stacks(): LedgerStackRow[] {
    return this.store
      .prepare("SELECT * FROM stack ORDER BY member")
      .all()
      .map((row) => stackRow.parse(row));
  }
  private freeSlot(): number {
    const used = new Set(this.stacks().map((row) => row.slot));
    for (let slot = 0; slot < 255 * 32; slot += 1) if (!used.has(slot)) return slot;
    throw new AppError("no_capacity", { what: "addresses" });
  }

  /**
   * Takes a command when it is newer than the last one. The same (epoch, generation) with the same tier is
   * the same command again; with another tier it is a conflict; a lower one is stale. Epoch, ceiling and
   * limits come from the ticket alone.
   */
  accept(claims: TicketClaims<"host">, command: StackCommand): { row: LedgerStackRow; repeated: boolean } {
    const { member, stack, epoch, ceiling, ceilingRev } = claims;
    const limits = JSON.stringify(claims.limits);
    const before = this.stack(member);
    const repeated = before !== undefined && isRepeated(before, epoch, command);
    if (!before)
      this.write(
        "INSERT INTO stack (member, stack, slot, epoch, generation, tier, ceiling, ceiling_rev, limits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[member, stack, this.freeSlot(), epoch, command.generation, command.tier, ceiling, ceilingRev, limits],
      );
    else if (!repeated)
      this.write(
        "UPDATE stack SET stack = ?, epoch = ?, generation = ?, tier = ?, limits = ?, attempts = 0, failed_at = 0, error = NULL WHERE member = ?",
        ...[stack, epoch, command.generation, command.tier, limits, member],
      );
    else this.write("UPDATE stack SET failed_at = 0 WHERE member = ?", member); // asked again: try now
    if (claims.keeps) this.noteMemory(member);
    if (before) this.ceiling(member, ceiling, ceilingRev);
    return { row: this.stack(member)!, repeated };
  }
  /**
   * The ceiling with the highest revision wins; an older one changes nothing. Answers whether it did change.
   */
  ceiling(member: string, ceiling: Ceiling, rev: number): boolean {
    const sql = "UPDATE stack SET ceiling = ?, ceiling_rev = ? WHERE member = ? AND ceiling_rev < ?";
    return Number(this.write(sql, ceiling, rev, member, rev).changes) > 0;
  }

  /**
   * What the plan allows now, by a heartbeat. Its first word is what the ticket of the last command said;
   * from then on a change counts. Answers whether there was one.
   */
  limit(member: string, limits: StackLimits): boolean {
    const text = JSON.stringify(limits);
    const sql =
      "UPDATE stack SET limits = CASE told_limits WHEN '' THEN limits ELSE ? END, told_limits = ? WHERE member = ? AND told_limits <> ?";
    return Number(this.write(sql, text, text, member, text).changes) > 0;
  }

  /**
   * This stack has a memory, made here or elsewhere: a volume of it that is absent is missing, and never made
   * anew.
   */
  noteMemory(member: string): void {
    this.write("INSERT OR IGNORE INTO memory VALUES (?)", member);
  }
  hasMemory(member: string): boolean {
    return this.store.prepare("SELECT 1 FROM memory WHERE member = ?").get(member) !== undefined;
  }

  /** A project of this member is built with the image `full`. */
  noteFullBox(member: string): void {
    this.write("INSERT OR IGNORE INTO full_box SELECT member FROM stack WHERE member = ?", member);
  }
  hasFullBox(member: string): boolean {
    return this.store.prepare("SELECT 1 FROM full_box WHERE member = ?").get(member) !== undefined;
  }

  /**
   * The box's volume is gone or empty: none of its agents has its home any more. False where none had one. A
   * crash in between finds it again.
   */
  loseBox(member: string, now: number): boolean {
    if (!this.agents(member).some((row) => row.boot !== "")) return false;
    this.write("INSERT INTO lost_box VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at", member, now);
    this.write("UPDATE agent SET boot = '' WHERE member = ?", member);
    return true;
  }
  /** When the box of a stack was last found without what it held, milliseconds since 1970. */
  boxLostAt(member: string): number | undefined {
    const row = this.store.prepare("SELECT at FROM lost_box WHERE member = ?").get(member);
    return row === undefined ? undefined : lostBoxRow.parse(row).at;
  }

  /**
   * A stack found on the machine without a row: its order is unknown (0, 0), so the next command of any epoch
   * is newer. Its apps come with it or not at all: they are looked for only as long as it is unknown.
   */
  adopt(found: { member: Id<"mem">; stack: Id<"stk">; slot: number; tier: Tier }, apps: readonly AdoptedApp[], now: number): void {
    writeTogether(this.store, () => {
      this.write(
        "INSERT OR IGNORE INTO stack (member, stack, slot, epoch, generation, tier, ceiling, ceiling_rev, limits) VALUES (?, ?, ?, 0, 0, ?, 'running', -1, ?)",
        ...[found.member, found.stack, found.slot, found.tier, JSON.stringify(defaultLimits)],
      );
      for (const app of apps) this.releases.adopt(app, now);
    });
  }
  /** An adopted stack takes the epoch the edge names. */
  adoptEpoch(member: string, epoch: number): void {
    this.write("UPDATE stack SET epoch = ? WHERE member = ? AND epoch = 0", epoch, member);
  }
  failed(member: string, error: string, now: number): void {
    this.write("UPDATE stack SET attempts = attempts + 1, failed_at = ?, error = ? WHERE member = ?", now, error, member);
  }
  settled(member: string): void {
    this.write("UPDATE stack SET attempts = 0, failed_at = 0, error = NULL WHERE member = ? AND attempts > 0", member);
  }
  /** All that was known of a member, every byte of it. */
  forget(member: string): void {
    this.write("DELETE FROM stack WHERE member = ?", member);
    this.wiped = false;
    this.reserve();
  }

  agents(member: string): LedgerAgentRow[] {
    return this.store
      .prepare("SELECT * FROM agent WHERE member = ? ORDER BY seat")
      .all(member)
      .map((row) => agentRow.parse(row));
  }
  agent(member: string, agent: string): LedgerAgentRow | undefined {
    return this.agents(member).find((row) => row.agent === agent);
  }
  saveAgent(row: LedgerAgentRow): void {
    this.write(
      `INSERT INTO agent (member, agent, seat, generation, name, prompt, bounds, wanted, password, box_token, git_token, boot, exec, pid, started_at)
       VALUES (:member, :agent, :seat, :generation, :name, :prompt, :bounds, :wanted, :password, :box_token, :git_token, :boot, :exec, :pid, :started_at)
       ON CONFLICT (member, agent) DO UPDATE SET generation = :generation, name = :name, prompt = :prompt, bounds = :bounds, wanted = :wanted, password = :password,
       box_token = :box_token, git_token = :git_token, boot = :boot, exec = :exec, pid = :pid, started_at = :started_at`,
      row,
    );
  }
  dropAgent(row: Pick<LedgerAgentRow, "member" | "agent">): void {
    this.write("DELETE FROM agent WHERE member = ? AND agent = ?", row.member, row.agent);
  }
  /** The names that an agent may reach beside those of every box. An agent that is not known reaches none. */
  reach(member: string, agent: string): string[] {
    const row = this.store.prepare("SELECT reach AS value FROM agent WHERE member = ? AND agent = ?").get(member, agent);
    return row === undefined ? [] : reachPut.shape.names.parse(JSON.parse(valueRow.parse(row).value));
  }
  /** False where the agent is not known. */
  saveReach(member: string, agent: string, names: readonly string[]): boolean {
    return this.write("UPDATE agent SET reach = ? WHERE member = ? AND agent = ?", JSON.stringify(names), member, agent).changes > 0;
  }
  /** The agent that holds this box token. */
  holder(boxToken: string): LedgerAgentRow | undefined {
    const row = this.store.prepare("SELECT * FROM agent WHERE box_token = ? AND box_token <> ''").get(boxToken);
    return row === undefined ? undefined : agentRow.parse(row);
  }

  secret(member: string, name: string): string | undefined {
    const row = this.store.prepare("SELECT value FROM secret WHERE member = ? AND name = ?").get(member, name);
    return row === undefined ? undefined : valueRow.parse(row).value;
  }
  saveSecret(member: string, name: string, text: string): void {
    this.write("INSERT INTO secret VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", member, name, text);
  }
  setting(name: string): string | undefined {
    const row = this.store.prepare("SELECT value FROM setting WHERE name = ?").get(name);
    return row === undefined ? undefined : valueRow.parse(row).value;
  }
  saveSetting(name: string, text: string): void {
    this.write("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, text);
  }
}
