import path from "node:path";
import type { Client } from "@libsql/client";
import { unfinishedRestore } from "../migrate.ts";
import { NotYet } from "../settings-file.ts";
import { databaseFile, listArchives, readManifest, requireWhole } from "./archive.ts";
import { type Carried, carriedShape, mergeCarried, readCarried, readCarriedFile } from "./carried.ts";
import { quoteName, readSchema } from "./database-copy.ts";

export type RestoreTarget = {
  /** Whether it has nothing that would be lost. */
  isEmpty: boolean;
  /** What a restore that was broken off had carried; undefined where none was. */
  unfinished: Carried | undefined;
};
export async function readTarget(client: Client): Promise<RestoreTarget> {
  const tables = (await readSchema(client)).filter(({ type }) => type === "table").map(({ name }) => name);
  if (tables.includes(unfinishedRestore)) {
    const { rows } = await client.execute(`select carried from ${unfinishedRestore}`);
    return { isEmpty: true, unfinished: carriedShape.parse(JSON.parse(String(rows[0]?.carried))) };
  }
  for (const name of tables.filter((each) => each !== "__drizzle_migrations")) {
    const { rows } = await client.execute(`select 1 from ${quoteName(name)} limit 1`);
    if (rows.length > 0) return { isEmpty: false, unfinished: undefined };
  }
  return { isEmpty: true, unfinished: undefined };
}

/** What a later archive says, if it is one. */
async function readLater(archive: string, than: number): Promise<Carried | undefined> {
  const manifest = readManifest(archive);
  if (manifest.takenAt <= than || !manifest.database) return undefined;
  const files = manifest.files.filter(({ path: name }) => name === databaseFile);
  await requireWhole(archive, { files });
  return readCarriedFile(path.join(archive, databaseFile), than);
}
/** What must not be undone: by later archives beside this one, and by the database that is replaced. */
export async function collectCarried(
  { archive, log }: { archive: string; log: (line: string) => void },
  client: Client,
  { isEmpty, unfinished }: RestoreTarget,
): Promise<Carried> {
  const { takenAt } = readManifest(archive);
  const fromArchives: Carried[] = [];
  for (const each of listArchives(path.dirname(archive))) {
    const said = await readLater(each, takenAt).catch((error: unknown) => {
      if (!(error instanceof NotYet)) throw error;
      log(`${error.message} Who was erased by its word alone is not erased again`);
    });
    if (said) fromArchives.push(said);
  }
  const ask = async (sql: string) => (await client.execute(sql)).rows.map((row) => ({ ...row }));
  // One that is half put back may have served since.
  const replaced = isEmpty && !unfinished ? [] : [await readCarried(ask, takenAt)];
  const all = [...fromArchives, ...replaced, ...(unfinished ? [unfinished] : [])];
  if (all.length === 0) log(`nothing is known of who had themselves erased since ${new Date(takenAt).toISOString()}`);
  return mergeCarried(all);
}
