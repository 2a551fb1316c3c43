import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Client } from "@libsql/client";
import { z } from "zod";
import { openDatabase } from "../../kernel/db.ts";
import { migrate, requireMigratable, unfinishedRestore } from "../migrate.ts";
import type { DatabasePlace } from "../operator.ts";
import { NotYet } from "../settings-file.ts";
import { withSettingsLock } from "../settings-lock.ts";
import { databaseFile, engineFolder, type Manifest, readManifest, requireWhole } from "./archive.ts";
import { type Carried, hearAgentsAgain, planCarried } from "./carried.ts";
import { collectCarried, readTarget } from "./collect-carried.ts";
import { readSchema } from "./database-copy.ts";
import { fillDatabase } from "./database-fill.ts";
import { fillEngineStore, requireFreeStore } from "./engine-fill.ts";
import { openPlaceClient } from "./open-client.ts";
import { writeArchive } from "./take-backup.ts";

export type RestoreOptions = {
  archive: string;
  /** May be left out where `onlyEngine` is said. */
  database: DatabasePlace | undefined;
  /** Where the engine's store is put; undefined: the database alone. */
  store: string | undefined;
  /** The database stays; it is told, where it is given, that the engine is older now. */
  onlyEngine?: boolean;
  /** A database that is not empty is replaced, and kept beside the archive; a store is moved aside. */
  over: boolean;
  /** Which of `KEKS` the settings have. */
  sealingKeys: readonly string[];
  log: (line: string) => void;
};

/** What the copy in an archive says of itself, beside its hash. */
function requireSound(file: string): void {
  const copy = new DatabaseSync(file, { readOnly: true });
  try {
    const said = z.array(z.object({ integrity_check: z.string() })).parse(copy.prepare("pragma integrity_check").all());
    if (said.some(({ integrity_check }) => integrity_check !== "ok"))
      throw new NotYet(`${file} is no sound SQLite file. Nothing was changed.`);
  } finally {
    copy.close();
  }
}

/** The archive with the database that is replaced, beside the one that is put back. */
async function keepReplaced({ archive, database }: RestoreOptions): Promise<string> {
  const kept = await writeArchive({ folder: path.dirname(archive), database, store: undefined, log: () => undefined });
  return kept.archive;
}
/** One transaction: the database is as it was, or as the archive is, with a mark that more is to be done. */
async function putBack(client: Client, file: string, counts: Record<string, number>, carried: Carried): Promise<void> {
  const write = await client.transaction("write");
  try {
    await fillDatabase(write, file, counts);
    await write.execute(`create table ${unfinishedRestore} (carried text not null)`);
    await write.execute({ sql: `insert into ${unfinishedRestore} values (?)`, args: [JSON.stringify(carried)] });
    await write.commit();
  } catch (error) {
    const timedOut = error instanceof Error && "code" in error && error.code === "TRANSACTION_TIMEOUT";
    if (timedOut) throw new NotYet("Somebody writes into the database meanwhile: stop the edge first. Nothing was changed.");
    throw error;
  } finally {
    write.close();
  }
}
async function columnsByTable(client: Client) {
  const found = new Map<string, string[]>();
  for (const { name } of (await readSchema(client)).filter(({ type }) => type === "table")) {
    const { rows } = await client.execute({ sql: "select name from pragma_table_info(?)", args: [name] });
    found.set(
      name,
      rows.map((row) => String(row.name)),
    );
  }
  return (table: string) => found.get(table) ?? [];
}

async function restoreDatabase(
  options: RestoreOptions & { database: DatabasePlace },
  kept: NonNullable<Manifest["database"]>,
  takenAt: number,
) {
  const { archive, database, over, log } = options;
  const file = path.join(archive, databaseFile);
  requireMigratable(kept.applied);
  requireSound(file);
  const client = openPlaceClient(database);
  try {
    const target = await readTarget(client);
    if (!target.isEmpty && !over)
      throw new NotYet(
        "The database is not empty. With --over it is replaced by what the archive has: stop the edge first. Nothing was changed.",
      );
    const carried = await collectCarried(options, client, target);
    if (!target.isEmpty) log(`${await keepReplaced(options)} has the database that is replaced`);
    await putBack(client, file, kept.rows, carried);
    log(`the database is as it was on ${new Date(takenAt).toISOString()}`);
    const applied = await migrate(database.url, database.token, { restores: true, ingress: database.ingress });
    if (applied.length > 0) log(`and brought to this version: ${applied.join(", ")}`);
    const db = openDatabase({ LIBSQL_URL: database.url, LIBSQL_TOKEN: database.token, ...database.ingress });
    const { erased, statements } = await planCarried(carried, { db, columnsOf: await columnsByTable(client), takenAt, now: Date.now() });
    await client.batch(statements, "write");
    if (erased > 0) log(`erased again, as they had themselves erased since: ${erased === 1 ? "one person" : `${erased} people`}`);
  } finally {
    client.close();
  }
}

/** Throws `NotYet` where an agent may have been erased since, which nobody would do again. */
async function requireNobodyErased(client: Client, takenAt: number): Promise<void> {
  const { rows } = await client.execute({
    sql: `select count(*) as n from erasure where member is not null
          and (ended_at >= ? or (ended_at is null and step in ('identity', 'rows')))`,
    args: [takenAt],
  });
  if (Number(rows[0]?.n) > 0)
    throw new NotYet(
      `Since this archive was taken ${rows[0]?.n} had themselves erased, or are being erased, and the engine would have their agents again. Put the database back with it, without --only-engine: then they are erased again. Nothing was changed.`,
    );
}
async function withClient<T>(place: DatabasePlace | undefined, work: (client: Client) => Promise<T>): Promise<T | undefined> {
  if (!place) return undefined;
  const client = openPlaceClient(place);
  return work(client).finally(() => client.close());
}

/** Says what was sealed by keys that the settings lack; where they lack all, it is another's archive. */
function requireKeys(sealedBy: readonly string[], { sealingKeys, log }: RestoreOptions): void {
  const lost = sealedBy.filter((name) => !sealingKeys.includes(name));
  if (lost.length === 0) return;
  const said = `KEKS has no ${lost.join(", ")}: what it sealed opens no more, until that key is in the settings again`;
  if (lost.length === sealedBy.length)
    throw new NotYet(`${said}. None of this archive's keys is there: is it another deployment's? Nothing was changed.`);
  log(said);
}

/**
 * Puts an archive back, the database first, after all of it was checked. Nothing is changed where it throws
 * `NotYet`; one that was broken off is run again. One call at a time works with a folder, and with a store.
 */
export async function restoreBackup(options: RestoreOptions): Promise<void> {
  const { archive, store } = options;
  const put = () => withSettingsLock(path.dirname(archive), () => putArchiveBack(options));
  await (store === undefined ? put() : withSettingsLock(store, put));
}
async function putArchiveBack(options: RestoreOptions): Promise<void> {
  const { archive, database, store, log, over, onlyEngine = false } = options;
  const manifest = readManifest(archive);
  const { takenAt, engine, files } = manifest;
  if (!onlyEngine && !manifest.database) throw new NotYet(`${archive} has no database: it is the engine's store alone (--only-engine).`);
  if (store !== undefined && !engine) throw new NotYet(`${archive} has no engine's store.`);
  await requireWhole(archive, manifest);
  if (store !== undefined) requireFreeStore(store, over);
  if (!onlyEngine) requireKeys(manifest.database?.sealedBy ?? [], options);
  if (onlyEngine) await withClient(database, (client) => requireNobodyErased(client, takenAt));
  else if (database && manifest.database) await restoreDatabase({ ...options, database }, manifest.database, takenAt);
  if (store !== undefined) {
    const names = files.flatMap(({ path: name }) => (path.dirname(name) === engineFolder ? [path.basename(name)] : []));
    const aside = fillEngineStore(store, path.join(archive, engineFolder), names, over);
    log(`the engine's store is as it was on ${new Date(takenAt).toISOString()}`);
    if (aside !== undefined) log(`${aside} has the store that was there: remove it when all is well`);
  }
  if (!onlyEngine) await withClient(database, (client) => client.execute(`drop table ${unfinishedRestore}`)); // all is done
  if (onlyEngine) {
    await withClient(database, (client) => client.execute(hearAgentsAgain));
    if (!database)
      log("the database was not told: with the file of settings here, agents are heard at once, and nobody who was erased comes back");
    return;
  }
  if (engine && store === undefined)
    log("the engine's store of this archive was left out: put it back with --engine <folder>, or with --only-engine");
}
