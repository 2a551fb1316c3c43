import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { z } from "zod";
import { NotYet } from "../settings-file.ts";

/**
 * An archive: a folder that its owner alone reads. `manifest.json` says what is in it, by size and hash;
 * `database.sqlite` is the database, `engine/` the engine's store. One of the two may be missing.
 */
export const databaseFile = "database.sqlite";
export const engineFolder = "engine";
const manifestFile = "manifest.json";
const fileShape = z.object({
  path: z.string().regex(/^(?:database\.sqlite|engine\/[A-Z0-9][A-Za-z0-9.-]*)$/),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().length(64),
});
const manifestShape = z.object({
  format: z.literal(1),
  /** When the moment was that it holds, milliseconds since 1970. */
  takenAt: z.number().int(),
  database: z
    .object({
      /** The migrations that it has had. */
      applied: z.array(z.object({ when: z.number().int(), hash: z.string() })),
      rows: z.record(z.string(), z.number().int().nonnegative()),
      /** Which of `KEKS` its sealed records need. */
      sealedBy: z.array(z.string()),
    })
    .nullable(),
  /** Whether the engine's store is in it. */
  engine: z.boolean(),
  files: z.array(fileShape),
});
export type Manifest = z.infer<typeof manifestShape>;

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(file)) hash.update(bytes);
  return hash.digest("hex");
}
/** What was written stands when power fails. */
export function syncToDisk(place: string): void {
  const open = openSync(place, "r");
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}

/** How an archive is called: when it was taken, to the second or so. Names sort by time. */
const nameArchive = (at: number) => new Date(at).toISOString().replaceAll(":", "-").slice(0, 19);
const unfinishedPart = ".part";
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
const archiveName = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/;
const unfinishedName = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.part$/;
/** The archives in a folder, the oldest first. */
export const listArchives = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => archiveName.test(name) && existsSync(path.join(folder, name, manifestFile)))
        .sort()
        .map((name) => path.join(folder, name))
    : [];

/**
 * Makes an archive in a folder: `write` puts its files into a place of their own, which has its name only
 * when all is there, hashed and on the disk. One call at a time works with a folder.
 */
export async function makeArchive(
  folder: string,
  at: number,
  write: (place: string) => Promise<Omit<Manifest, "format" | "takenAt" | "files">>,
) {
  let archive = path.join(folder, nameArchive(at));
  for (let later = at; existsSync(archive); later += 1_000) archive = path.join(folder, nameArchive(later));
  const place = `${archive}${unfinishedPart}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(folder).filter((name) => unfinishedName.test(name))) rmSync(path.join(folder, left), { recursive: true }); // of one that was killed
  mkdirSync(place, { mode: 0o700 });
  try {
    const said = await write(place);
    const names = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((name) => statSync(path.join(place, name)).isFile());
    const files: Manifest["files"] = [];
    for (const name of names.sort()) {
      const file = path.join(place, name);
      chmodSync(file, 0o600);
      syncToDisk(file);
      files.push({ path: name, bytes: statSync(file).size, sha256: await hashFile(file) });
    }
    const manifest: Manifest = { format: 1, takenAt: at, ...said, files };
    writeFileSync(path.join(place, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    const folders = [...new Set(files.map(({ path: name }) => path.dirname(path.join(place, name))))];
    for (const made of [path.join(place, manifestFile), ...folders, place]) syncToDisk(made);
    renameSync(place, archive);
    syncToDisk(folder);
    return { archive, manifest };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function parseManifest(archive: string): Manifest | undefined {
  const { data } = manifestShape.safeParse(parseJson(readFileSync(path.join(archive, manifestFile), "utf8")));
  const names = data?.files.map(({ path: name }) => name) ?? [];
  const isWhole = (data?.database === null || names.includes(databaseFile)) && (!data?.engine || names.includes(`${engineFolder}/CURRENT`));
  return isWhole ? data : undefined;
}
/** What an archive says that it holds; throws `NotYet` where that can't be read. */
export function readManifest(archive: string): Manifest {
  const file = path.join(archive, manifestFile);
  if (!existsSync(file)) throw new NotYet(`${archive} is no archive: it has no ${manifestFile}.`);
  const manifest = parseManifest(archive);
  if (!manifest) throw new NotYet(`${file} can't be read: it is damaged, or of a later version.`);
  return manifest;
}
/** Throws `NotYet` with every file that is not what it was. */
export async function requireWhole(archive: string, { files }: Pick<Manifest, "files">): Promise<void> {
  const wrong: string[] = [];
  for (const { path: name, bytes, sha256 } of files) {
    const file = path.join(archive, name);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) wrong.push(`${name} is missing`);
    else if (size !== bytes || (await hashFile(file)) !== sha256) wrong.push(`${name} is not what it was`);
  }
  if (wrong.length > 0) throw new NotYet(`${archive} is damaged: ${wrong.join(", ")}.`);
}

const kindOf = ({ database, engine }: Manifest) => `${database !== null} ${engine}`;
const countMembers = ({ database }: Manifest) => database?.rows.member ?? 0;
/**
 * Removes all but the newest archives of a folder that hold what this one does; says what it did. None goes
 * where this one has less than half the people of one that would: the next in line may be all there is left.
 */
export function removeOldArchives(folder: string, keep: number, newest: Manifest): string[] {
  const same = listArchives(folder).flatMap((archive) => {
    const manifest = parseManifest(archive);
    return manifest && kindOf(manifest) === kindOf(newest) ? [{ archive, manifest }] : [];
  });
  const old = same.slice(0, -keep);
  const most = Math.max(0, ...old.map(({ manifest }) => countMembers(manifest)));
  if (countMembers(newest) * 2 < most)
    return [
      `this archive has ${countMembers(newest)} people, and an older one ${most}: none is removed. Look whether the database is what it must be`,
    ];
  for (const { archive } of old) rmSync(archive, { recursive: true });
  return old.map(({ archive }) => `${archive} is removed`);
}
