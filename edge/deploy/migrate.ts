import { readFileSync } from "node:fs";
import path from "node:path";
import { type Client, createClient } from "@libsql/client";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { z } from "zod";
import { fetchThroughIngress, type IngressCredential } from "../kernel/ingress.ts";
import { inCheckout } from "./checkout.ts";
import { NotYet } from "./settings-file.ts";

/** The database can't be brought to this version; nothing was changed, and the message says why. */
export class NotMigrated extends NotYet {}

type Migration = { name: string; when: number; hash: string; statements: string[] };
const journal = z.object({ entries: z.array(z.object({ tag: z.string() })) });
function readMigrations(folder: string): Migration[] {
  const { entries } = journal.parse(JSON.parse(readFileSync(path.join(folder, "meta/_journal.json"), "utf8")));
  return readMigrationFiles({ migrationsFolder: folder }).map(({ folderMillis, hash, sql }, at) => ({
    name: entries[at]!.tag,
    when: folderMillis,
    hash,
    statements: sql,
  }));
}

/** As drizzle has it. Its `id` stays null in SQLite; `created_at` is the migration's date, its only key. */
const table = "__drizzle_migrations";
const createTable = `create table if not exists "${table}" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`;
export type AppliedMigration = { when: number; hash: string };
export async function readApplied(client: Pick<Client, "execute">): Promise<AppliedMigration[]> {
  const { rows: tables } = await client.execute({ sql: "select 1 from sqlite_master where name = ?", args: [table] });
  if (tables.length === 0) return [];
  const { rows } = await client.execute(`select created_at, hash from "${table}" order by created_at`);
  return rows.map((row) => ({ when: Number(row.created_at), hash: String(row.hash) }));
}

/** What the database has not had; throws where what it has had is not the beginning of ours. */
function listPending(migrations: readonly Migration[], all: readonly AppliedMigration[], mayBeAhead: boolean): Migration[] {
  const newest = migrations.at(-1)?.when ?? 0;
  const applied = all.filter(({ when }) => when <= newest);
  const ahead = all.length - applied.length;
  if (ahead > 0 && !(mayBeAhead && applied.length === migrations.length))
    throw new NotMigrated(
      `The database is ahead of this version by ${ahead === 1 ? "a migration" : `${ahead} migrations`}: a newer version has served from it. Deploy that one or a later one.`,
    );
  for (const [at, { when, hash }] of applied.entries()) {
    const known = migrations[at];
    if (known?.when !== when)
      throw new NotMigrated(
        `The database has had a migration of ${new Date(when).toISOString()} that this version does not have in that place.`,
      );
    if (known.hash !== hash)
      throw new NotMigrated(`The migration ${known.name} is not what the database has had by that name: it was changed after it ran.`);
  }
  return migrations.slice(applied.length);
}
/** Throws `NotMigrated` where a database that has had these can't be brought to this version. */
export function requireMigratable(applied: readonly AppliedMigration[], folder = productMigrations): void {
  listPending(readMigrations(folder), applied, false);
}

/**
 * Fails the transaction that it is in, unless the database has had just so many migrations: of two that
 * migrate at once the later one changes nothing. `json` is how a statement of SQLite fails without a trigger.
 */
const expectCount = (count: number) =>
  `select case when count(*) = ${count} then 1 else json('migrated meanwhile: ' || count(*)) end from "${table}"`;

const productMigrations = inCheckout("schema/migrations/database");
/** A table that a database has while it is being put back (`backup/restore-backup.ts`). */
export const unfinishedRestore = "restore_unfinished";
/** Throws `NotMigrated` where a restore was broken off. */
export async function requireWholeDatabase(client: Pick<Client, "execute">): Promise<void> {
  const { rows } = await client.execute({ sql: "select 1 from sqlite_master where name = ?", args: [unfinishedRestore] });
  if (rows.length > 0) throw new NotMigrated("The database is half put back: a restore was broken off. Run it again.");
}

export type MigrateOptions = {
  /** It is called by the restore itself. */
  restores?: boolean;
  /** Says what would be done, and changes nothing. */
  dryRun?: boolean;
  /** Another folder of migrations than the product's. */
  folder?: string;
  /** What opens the ingress before it. */
  ingress?: IngressCredential | undefined;
  /** A database that has had migrations after ours too is good, and stays as it is: for who goes back. */
  mayBeAhead?: boolean;
};
/**
 * Brings the database at `url` to the newest migration, in one transaction: all that it lacks, or nothing.
 * Gives the names of those that it lacked. Throws `NotMigrated` for a database that is ahead of this version
 * or had other migrations; it may be called twice, and by several at once.
 */
export async function migrate(
  url: string,
  authToken?: string,
  { dryRun = false, folder = productMigrations, restores = false, ingress = {}, mayBeAhead = false }: MigrateOptions = {},
): Promise<string[]> {
  const migrations = readMigrations(folder);
  const client = createClient({ url, fetch: fetchThroughIngress(ingress), ...(authToken ? { authToken } : {}) });
  try {
    if (!restores) await requireWholeDatabase(client);
    let applied = await readApplied(client);
    const lacked = listPending(migrations, applied, mayBeAhead).map(({ name }) => name);
    for (;;) {
      const pending = listPending(migrations, applied, mayBeAhead);
      if (dryRun || pending.length === 0) return lacked;
      const record = pending.map(({ when, hash, statements }) => [
        ...statements,
        { sql: `insert into "${table}" (hash, created_at) values (?, ?)`, args: [hash, when] },
      ]);
      const failed = await client.migrate([createTable, expectCount(applied.length), ...record.flat()]).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) return lacked;
      // Another has migrated meanwhile, or the answer was lost on its way: what is there now decides.
      const before = applied.length;
      applied = await readApplied(client);
      if (applied.length <= before) throw failed;
    }
  } finally {
    client.close();
  }
}
