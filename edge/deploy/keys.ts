import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { ticketKeys } from "../../schema/wire/ticket.ts";
import { makeDatabaseKeys, makePushKey, makeSigningKey, newKeyId, randomKey, writeDatabaseKeys } from "./new-keys.ts";
import {
  changeSettings,
  listUnreadNames,
  makeSettingsFile,
  NotYet,
  readSettingsFile,
  type SettingTexts,
  writePrivate,
} from "./settings-file.ts";

type Key = {
  /** The settings that it is, which are made together or not at all. */
  names: readonly string[];
  make: () => Promise<SettingTexts>;
  /** The next value, by what stands there; what of the old one goes on to count stays in it. */
  rotate: (given: SettingTexts) => Promise<SettingTexts>;
  /** What has to be done with the new one, and what becomes of what the old one made. */
  next: string;
};

/** How many keys of tickets are kept: the one that signs, and those whose tickets may still be about. */
const ticketKeysKept = 3;
const databaseKey = z.string().regex(/^[\w-]{43}$/);
/** The newest first. */
function splitDatabaseKeys(text: string): string[] {
  const keys = text.split(",").filter((each) => each !== "");
  if (keys.every((each) => databaseKey.safeParse(each).success)) return keys;
  throw new NotYet("CELL_LIBSQL_JWT_KEY can't be read as what it must be. Nothing was changed.");
}
const sealingKeys = z.record(z.string(), z.string());
/** The value of a key as its kind; never told, as it is one. */
function parseKey<T>(name: string, text: string, shape: z.ZodType<T>): T {
  const json = z.string().transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue("not JSON");
      return z.NEVER;
    }
  });
  const { data } = json.pipe(shape).safeParse(text);
  if (data === undefined) throw new NotYet(`${name} can't be read as what it must be. Nothing was changed.`);
  return data;
}
/** The file by which the database's server goes; where somebody set a key of their own, as it is. */
const writeDatabaseKeyFile = (text: string) =>
  text.split(",").every((each) => databaseKey.safeParse(each).success) ? writeDatabaseKeys(splitDatabaseKeys(text)) : text;
/** Which keys seal, by their names. */
export const listKeyNames = (keks: string): string[] => Object.keys(parseKey("KEKS", keks, sealingKeys));
/** How many keys the database goes by: that of the token, and the one before, by which an older edge asks. */
const databaseKeysKept = 2;
async function makeDatabasePair({ CELL_LIBSQL_JWT_KEY: before }: SettingTexts): Promise<SettingTexts> {
  const { publicKey, token } = await makeDatabaseKeys();
  const keys = [publicKey, ...(before === undefined ? [] : splitDatabaseKeys(before))];
  return { LIBSQL_TOKEN: token, CELL_LIBSQL_JWT_KEY: keys.slice(0, databaseKeysKept).join(",") };
}
async function makeSealingKey(others: Readonly<Record<string, string>>): Promise<SettingTexts> {
  const fresh = newKeyId();
  return { KEKS: JSON.stringify({ ...others, [fresh]: randomKey() }), KEK_CURRENT: fresh };
}

/** All that a deployment needs and nobody has to think of, by the name that rotates it. */
const deploymentKeys = new Map<string, Key>(
  Object.entries({
    SIGNING_KEYS: {
      names: ["SIGNING_KEYS"],
      make: async () => ({ SIGNING_KEYS: JSON.stringify([await makeSigningKey()]) }),
      rotate: async ({ SIGNING_KEYS = "" }) => {
        const before = parseKey("SIGNING_KEYS", SIGNING_KEYS, ticketKeys);
        return { SIGNING_KEYS: JSON.stringify([await makeSigningKey(), ...before].slice(0, ticketKeysKept)) };
      },
      next: `Deploy: tickets are signed by the new key from then on. The older ones go on to count; with this one at most ${ticketKeysKept} are kept, and a preview's cookie lives for twelve hours: don't rotate three times in a day.`,
    },
    KEKS: {
      names: ["KEKS", "KEK_CURRENT"],
      make: () => makeSealingKey({}),
      rotate: ({ KEKS = "" }) => makeSealingKey(parseKey("KEKS", KEKS, sealingKeys)),
      next: "Deploy, then call `POST /platform/sealing/rewrap` as an operator until `left` is 0 (edge/README.md, “Keys”). When `GET /platform/sealing` says that the older key wraps nothing, it may leave KEKS.",
    },
    RIVET_TOKEN: {
      names: ["RIVET_TOKEN"],
      make: async () => ({ RIVET_TOKEN: randomKey() }),
      rotate: async () => ({ RIVET_TOKEN: randomKey() }),
      next: "Copy the cell's secrets to the cell and start engine and runner there anew, then deploy. Between the two nobody's agent answers; nothing is lost.",
    },
    LIBSQL_TOKEN: {
      names: ["LIBSQL_TOKEN", "CELL_LIBSQL_JWT_KEY"],
      make: () => makeDatabasePair({}),
      rotate: makeDatabasePair,
      next: "Copy the cell's secrets to the cell and start the database there anew, then deploy. The token before this one goes on to count until you rotate once more: if somebody knows it, do all of it twice.",
    },
    PUSH_KEY: {
      names: ["PUSH_KEY"],
      make: async () => ({ PUSH_KEY: JSON.stringify(await makePushKey()) }),
      rotate: async () => ({ PUSH_KEY: JSON.stringify(await makePushKey()) }),
      next: "Deploy. Devices that members have added for reminders hear nothing more by the old key: each has to be added again.",
    },
  } satisfies Record<string, Key>),
);
/** The keys that `--rotate` takes. */
export const rotatable: readonly string[] = [...deploymentKeys.keys()];
/** The settings that `npm run keys` makes. */
export const madeSettings: readonly string[] = [...deploymentKeys.values()].flatMap(({ names }) => names);

async function makeMissingKeys(given: SettingTexts): Promise<SettingTexts> {
  const missing = [...deploymentKeys.values()].filter(({ names }) => names.every((name) => given[name] === undefined));
  return Object.assign({}, ...(await Promise.all(missing.map(({ make }) => make()))));
}

/** The folder with the cell's side of a file's keys, a file each: the secrets of docker-compose.yml. */
export const cellFolderOf = (file: string) => path.join(path.dirname(file), `${path.basename(file, ".env")}.cell`);
function writeCellSecrets(file: string): void {
  const { RIVET_TOKEN = "", CELL_LIBSQL_JWT_KEY = "" } = readSettingsFile(file);
  const folder = cellFolderOf(file);
  writePrivate(path.join(folder, "engine-token"), RIVET_TOKEN);
  writePrivate(path.join(folder, "libsql-jwt-key"), writeDatabaseKeyFile(CELL_LIBSQL_JWT_KEY));
  rmSync(`${folder}.env`, { force: true }); // where a version before kept both
}

/**
 * Makes the file of settings with every key that a deployment needs, or adds to it those that it lacks: one
 * of a later version. None is overwritten. Gives the names of what was made. Call it with the file's lock.
 */
export async function ensureKeys(file: string): Promise<string[]> {
  if (!existsSync(file)) {
    const keys = { INSTANCE: "main", ENVIRONMENT: "production", ...(await makeMissingKeys({})) };
    makeSettingsFile(file, keys);
    writeCellSecrets(file);
    return Object.keys(keys);
  }
  const made = await makeMissingKeys(readSettingsFile(file));
  const unread = listUnreadNames(file, Object.keys(made));
  if (unread.length > 0)
    throw new NotYet(`${file} has ${unread.join(" and ")}, and it can't be read: is a quote before it not closed? Nothing was changed.`);
  if (Object.keys(made).length > 0) changeSettings(file, made, "Made for you, for a later version.");
  writeCellSecrets(file);
  return Object.keys(made);
}

/**
 * Puts a new key in the place of one of the file; gives what has to be done with it. Call it with the lock.
 */
export async function rotateKey(file: string, name: string): Promise<string> {
  const key = deploymentKeys.get(name);
  if (!key) throw new NotYet(`That is no key that is made here: --rotate takes ${rotatable.join(", ")}.`);
  const given = readSettingsFile(file);
  const missing = key.names.filter((each) => given[each] === undefined);
  if (missing.length > 0) throw new NotYet(`${file} has no ${missing.join(" and no ")} to rotate. \`npm run keys\` makes what is missing.`);
  changeSettings(file, await key.rotate(given), `Made by --rotate ${name}.`);
  writeCellSecrets(file);
  return `${key.next}\nThe cell's secrets: ${cellFolderOf(file)}`;
}
