import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import type { Transaction } from "@libsql/client";
import { readApplied, requireWholeDatabase } from "../migrate.ts";
import type { DatabasePlace } from "../operator.ts";
import { listWrappers } from "../reach.ts";
import { NotYet } from "../settings-file.ts";
import { withSettingsLock } from "../settings-lock.ts";
import { databaseFile, engineFolder, type Manifest, makeArchive } from "./archive.ts";
import { copyDatabase, openMoment } from "./database-copy.ts";
import { copyEngineStore, type StoreCopy } from "./engine-store.ts";
import { openPlaceClient } from "./open-client.ts";

export type BackupOptions = {
  /** The folder of archives; each has a name by its time. */
  folder: string;
  /** Undefined: the engine's store alone. */
  database: DatabasePlace | undefined;
  /** The folder of the engine's store; undefined: the database alone. */
  store: string | undefined;
  log: (line: string) => void;
};

type Moments = { moment: Transaction | undefined; copy: StoreCopy | undefined };
/**
 * Both as they are at one moment: the database's is fixed while the engine stands still, as if power had
 * failed to both at once.
 */
async function fixMoments({ store }: BackupOptions, open: () => Promise<Transaction | undefined>): Promise<Moments> {
  let moment: Transaction | undefined;
  const fix = async () => {
    moment = await open();
  };
  const copy = store === undefined ? await fix() : await copyEngineStore(store, fix);
  return { moment, copy: copy ?? undefined };
}

/**
 * How long the database may take for its answer, in milliseconds: to say that it is there, and while the
 * engine stands still, whose runners would look for another after three seconds (docker-compose.yml).
 */
const [isThereWithin, momentWithin] = [5_000, 1_500];
async function answerInTime<T>(asked: Promise<T>, within: number): Promise<T> {
  const ending = new AbortController();
  const late = after(within, undefined, { signal: ending.signal }).then(() => {
    throw new NotYet(`The database gives no answer within ${within / 1_000} seconds. Nothing was kept; try again.`);
  });
  for (const each of [asked, late]) each.catch(() => undefined); // the other of the two came first
  return Promise.race([asked, late]).finally(() => ending.abort());
}
async function writeDatabase(moment: Transaction, place: string): Promise<Manifest["database"]> {
  const applied = await readApplied(moment);
  if (applied.length === 0) throw new NotYet("The database is empty, or none of ours: it has had no migration. There is nothing to keep.");
  await requireWholeDatabase(moment);
  const sealedBy = await listWrappers(moment);
  const rows = await copyDatabase(moment, path.join(place, databaseFile));
  return { applied, rows, sealedBy: sealedBy.sort() };
}
async function writeEngine(copy: StoreCopy, place: string): Promise<true> {
  mkdirSync(path.join(place, engineFolder), { mode: 0o700 });
  for (const name of copy.files) copyFileSync(path.join(copy.folder, name), path.join(place, engineFolder, name));
  if (!(await copy.opens())) throw new Error("The copy of the engine's store does not open: nothing was kept. Try again.");
  return true;
}

/**
 * Makes an archive of a running deployment. What serves goes on; the engine stands still for a moment. One
 * call at a time works with a folder, and with a store.
 */
export async function takeBackup(options: BackupOptions): Promise<{ archive: string; manifest: Manifest }> {
  const { folder, store, database } = options;
  if (database === undefined && store === undefined)
    throw new NotYet("There is nothing to keep: name the database, the engine's store, or both.");
  const take = () => withSettingsLock(folder, () => writeArchive(options));
  return store === undefined ? take() : withSettingsLock(store, take);
}
/** Likewise, for who has the locks. */
export async function writeArchive(options: BackupOptions): Promise<{ archive: string; manifest: Manifest }> {
  const { folder, database, log } = options;
  const client = database && openPlaceClient(database);
  let copy: StoreCopy | undefined;
  try {
    if (client) await answerInTime(client.execute("select 1"), isThereWithin); // what can't be reached is known before the engine stands still
    const began = Date.now();
    return await makeArchive(folder, began, async (place) => {
      const moments = await fixMoments(options, async () => client && answerInTime(openMoment(client), momentWithin));
      copy = moments.copy;
      if (copy) log(`the engine stood still for ${Math.ceil(copy.heldMs)} ms`);
      // The database first: its moment is lost where nobody asks for some seconds.
      const kept = moments.moment ? await writeDatabase(moments.moment, place) : null;
      moments.moment?.close();
      return { database: kept, engine: copy ? await writeEngine(copy, place) : false };
    });
  } finally {
    copy?.remove();
    client?.close();
  }
}
