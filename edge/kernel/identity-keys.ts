import { and, eq, exists, inArray, isNull, lt, notInArray, sql } from "drizzle-orm";
import { type CryptoKey, importJWK, importSPKI } from "jose";
import { z } from "zod";
import { identityKeyTable, identityListTable } from "../../schema/account/identity-key.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { type EdgeApp, readBytes } from "../http.ts";
import type { Database } from "./db.ts";

/**
 * The identity provider's keys, by their ids. Its list is read by the clock, and when a token names a key
 * that is not known: then its keys have been rotated. What it said is kept in the database, so that one
 * Worker's look serves all, and a provider that is away signs nobody out.
 */
type KeyWorld = Pick<EdgeApp["Variables"], "config" | "db" | "log">;

/** How often the clock has the list read; sooner after one that could not be. */
const listEvery = 2 * 60_000;
const listAgainAfter = 30_000;
/** How often an isolate reads the database beside its calls; what it has read longer ago is no answer. */
const rereadEvery = 60_000;
const longestUnread = 2 * 60_000;
/** What left the list counts so long still: the tokens that it signed live a minute. */
const goneAfter = 60_000;
/** How often tokens may have an isolate ask, for keys that are not known and for wrong signatures each. */
const askEvery = 10_000;
const rereadUnknownEvery = 1_000;
const askWithin = 5_000;
/** A list that was heard so much later than a token was made is the newer one, by whatever clocks. */
const clocksDiffer = 6_000;
const mostListBytes = 65_536;
const mostKeys = 20;

const alg = "RS256";
/** `text` tells two keys of one name apart. */
export type IdentityKey = { text: string; key: CryptoKey };
type ListedKey = IdentityKey & { goneAt: number | null };
/** What the database says, as this isolate has last read it. Times in milliseconds since 1970. */
type KnownKeys = { issuer: string; keys: ReadonlyMap<string, ListedKey>; heardAt: number; readAt: number };
let lastRead: KnownKeys | undefined;
/** When this isolate last began to read it. */
let readBegan = 0;
/** The newest look at the provider that a token caused here; without an end it counts as ended in time. */
let asking = { begun: 0, ended: true };
const askedAt = { unknownKey: 0, otherSignature: 0 };

async function importKey(jwk: string): Promise<CryptoKey> {
  const key = await importJWK({ ...z.object({ kty: z.literal("RSA"), n: z.string(), e: z.string() }).parse(JSON.parse(jwk)), alg });
  if (key instanceof Uint8Array) throw new Error("a shared secret is no public key");
  return key;
}
/** Reads what is kept, by the caller's own connection: calls share what came of it, never the wait for it. */
async function readIdentityKeys({ db, config }: KeyWorld): Promise<KnownKeys> {
  const issuer = config.IDENTITY_ISSUER;
  const readAt = Date.now();
  readBegan = readAt;
  const [rows, lists] = await db.batch([
    db.select().from(identityKeyTable).where(eq(identityKeyTable.issuer, issuer)),
    db.select().from(identityListTable).where(eq(identityListTable.issuer, issuer)),
  ]);
  const keys = await Promise.all(
    rows.map(async ({ kid, jwk, goneAt }) => [kid, { text: jwk, key: await importKey(jwk), goneAt }] as const),
  );
  const read = { issuer, keys: new Map(keys), heardAt: lists[0]?.heardAt ?? 0, readAt };
  if (lastRead?.issuer !== issuer || lastRead.readAt <= readAt) lastRead = read; // a slower one undoes nothing
  return lastRead;
}

const listShape = z.object({ keys: z.array(z.unknown()) });
/** Of 2,048 bits at least: `n` is in base64url. */
const listedKey = z.object({ kty: z.literal("RSA"), kid: z.string().min(1).max(200), n: z.string().min(342), e: z.string() });
const listedUse = z.object({ use: z.literal("sig").optional(), alg: z.literal(alg).optional() });
/** A key of the list that signs tokens; undefined for another: one that is odd spoils none beside it. */
async function readListed(entry: unknown): Promise<{ kid: string; jwk: string } | undefined> {
  const { data } = listedKey.safeParse(entry);
  if (!data || !listedUse.safeParse(entry).success) return undefined;
  const jwk = JSON.stringify({ kty: data.kty, n: data.n, e: data.e });
  return importKey(jwk).then(
    () => ({ kid: data.kid, jwk }),
    () => undefined,
  );
}
/** The provider's list: at least one key that signs, or it throws without a word of what came. */
async function fetchList(issuer: string): Promise<{ keys: { kid: string; jwk: string }[]; age: number }> {
  const answer = await fetch(`${issuer}/.well-known/jwks.json`, {
    redirect: "manual",
    signal: AbortSignal.timeout(askWithin),
    cf: { cacheTtlByStatus: { "100-599": -1 } },
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`the list of keys answers ${answer.status}`);
  }
  const text = new TextDecoder().decode(await readBytes(answer, mostListBytes));
  const list = listShape.safeParse(tryJson(text));
  const keys = (await Promise.all((list.data?.keys ?? []).slice(0, mostKeys).map(readListed))).filter((key) => key !== undefined);
  if (keys.length === 0) throw new Error(`the list of keys has none that signs, in ${text.length} characters`);
  const age = Number(answer.headers.get("age") ?? 0) * 1000; // a cache on the way may have kept it
  return { keys, age: age > 0 ? age : 0 };
}
function tryJson(text: string): unknown {
  try {
    return parseForeignJson(text);
  } catch {
    return undefined;
  }
}

/** Keeps a list that was asked for at `heardAt`, unless a newer one was; what it lacks is gone now. */
async function keepList(db: Database, issuer: string, list: { kid: string; jwk: string }[], heardAt: number): Promise<void> {
  const isNewest = exists(
    db
      .select({ one: sql`1` })
      .from(identityListTable)
      .where(and(eq(identityListTable.issuer, issuer), eq(identityListTable.heardAt, heardAt))),
  );
  const kids = list.map(({ kid }) => kid);
  const ofIssuer = eq(identityKeyTable.issuer, issuer);
  await db.batch([
    db
      .insert(identityListTable)
      .values({ issuer, heardAt })
      .onConflictDoUpdate({ target: identityListTable.issuer, set: { heardAt }, setWhere: lt(identityListTable.heardAt, heardAt) }),
    db.delete(identityKeyTable).where(and(ofIssuer, inArray(identityKeyTable.kid, kids), isNewest)),
    db
      .update(identityKeyTable)
      .set({ goneAt: heardAt })
      .where(and(ofIssuer, notInArray(identityKeyTable.kid, kids), isNull(identityKeyTable.goneAt), isNewest)),
    ...list.map(({ kid, jwk }) =>
      db.insert(identityKeyTable).select(sql`select ${issuer}, ${kid}, ${jwk}, null where ${isNewest}`).onConflictDoNothing(),
    ),
  ]);
}
/** Asks the provider, keeps what it says and reads what then counts; throws where it does not say it. */
async function askProvider(world: KeyWorld): Promise<KnownKeys> {
  const { db, config, log } = world;
  const asked = Date.now();
  const { keys, age } = await fetchList(config.IDENTITY_ISSUER);
  await keepList(db, config.IDENTITY_ISSUER, keys, asked - age);
  const before = lastRead?.keys;
  const now = await readIdentityKeys(world);
  const fresh = [...now.keys.keys()].filter((kid) => !before?.has(kid));
  if (before && before.size > 0 && fresh.length > 0) log("info", "the identity provider has a new key", { keys: fresh });
  return now;
}

/** By the clock: reads the provider's list, for all Workers, where none has for two minutes. */
export async function refreshIdentityKeys(world: KeyWorld, now: number): Promise<void> {
  const issuer = world.config.IDENTITY_ISSUER;
  const { askedAt } = identityListTable;
  const taken = await world.db
    .insert(identityListTable)
    .values({ issuer, askedAt: now })
    .onConflictDoUpdate({ target: identityListTable.issuer, set: { askedAt: now }, setWhere: lt(askedAt, now - listEvery) })
    .returning({ askedAt });
  if (taken.length === 0) return;
  try {
    await askProvider(world);
  } catch (error) {
    await world.db
      .update(identityListTable)
      .set({ askedAt: now - listEvery + listAgainAfter })
      .where(and(eq(identityListTable.issuer, issuer), eq(askedAt, now)));
    throw error;
  }
}
const keptGoneDays = 30;
export const forgetIdentityKeys = (db: Database, now: number): Promise<unknown> =>
  db.delete(identityKeyTable).where(lt(identityKeyTable.goneAt, now - keptGoneDays * dayMs));

let settingsKey: IdentityKey | undefined;
/** The key of the settings counts until the provider's list has been heard: from then on that alone says. */
async function pickKey({ IDENTITY_JWT_KEY: pem, IDENTITY_KEY_ID }: KeyWorld["config"], from: KnownKeys, kid: string | undefined) {
  const listed = from.keys.get(kid ?? "");
  if (listed) return listed.goneAt === null || Date.now() - listed.goneAt < goneAfter ? listed : undefined;
  if (from.heardAt > 0 || (IDENTITY_KEY_ID !== undefined && IDENTITY_KEY_ID !== kid)) return undefined;
  if (settingsKey?.text !== pem) settingsKey = { text: pem, key: await importSPKI(pem, alg) };
  return settingsKey;
}

/** What a token says of itself before anything is known to be true: it only chooses between refusals. */
export type TokenClaim = { kid: string | undefined; iat: number };
/** `hold`: what goes on though the caller has gone. `count`: before what a stranger's token costs. */
export type KeySearch = KeyWorld & { hold: (work: Promise<unknown>) => void; count: () => Promise<void> };
/**
 * The key by which a token that names `kid` is checked; undefined where no such key is known. Throws where
 * the database has not been read here for long and does not answer.
 */
export async function findIdentityKey(world: KeySearch, kid: string | undefined): Promise<IdentityKey | undefined> {
  const { config, log, hold } = world;
  const mine = lastRead?.issuer === config.IDENTITY_ISSUER ? lastRead : undefined;
  if (!mine || Date.now() - mine.readAt > longestUnread) return pickKey(config, await readIdentityKeys(world), kid);
  // One call of many reads, by and by; what is known serves meanwhile.
  if (Date.now() - Math.max(mine.readAt, readBegan) > rereadEvery)
    hold(readIdentityKeys(world).catch((error: unknown) => log("warn", "the identity provider's keys can't be read", { error })));
  return pickKey(config, mine, kid);
}

const waitFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isAsking = () => !asking.ended && Date.now() - asking.begun < askWithin + 1_000;
/**
 * For a token that `tried` does not fit: the key of that name that is known by now, another than `tried`; for
 * that the provider is asked where its list is older than the token. Undefined: there is none. Throws
 * `unavailable` where the key is unknown and the provider can't be asked.
 */
export async function findNewerKey(
  world: KeySearch,
  { kid, iat }: TokenClaim,
  tried: IdentityKey | undefined,
): Promise<IdentityKey | undefined> {
  const made = Math.min(iat * 1000 + clocksDiffer, Date.now());
  const pick = async (from: KnownKeys) => {
    const key = await pickKey(world.config, from, kid);
    return key?.text === tried?.text ? undefined : key;
  };
  let now = lastRead && Date.now() - readBegan < rereadUnknownEvery ? lastRead : await readIdentityKeys(world);
  const kept = await pick(now);
  if (kept || kid === undefined || now.heardAt >= made) return kept;
  await world.count();
  const why = tried ? "otherSignature" : "unknownKey";
  if (isAsking()) {
    while (isAsking()) await waitFor(100); // another call asks: by its own connections
    now = await readIdentityKeys(world);
  } else if (Date.now() - askedAt[why] >= askEvery) {
    askedAt[why] = Date.now();
    now = await askOnce(world);
  } else if (lastRead?.issuer === world.config.IDENTITY_ISSUER) {
    now = lastRead; // another call has asked and is done since this one read
  }
  const found = await pick(now);
  if (found || now.heardAt >= made) return found;
  throw unsaid(askedAt[why] + askEvery - Date.now());
}
const unsaid = (ms: number, cause?: unknown) =>
  new AppError("unavailable", { what: "the identity provider's keys", retryAfter: Math.max(1, Math.ceil(ms / 1000)) }, { cause });
async function askOnce(world: KeySearch): Promise<KnownKeys> {
  const mine = { begun: Date.now(), ended: false };
  asking = mine;
  const asked = askProvider(world).finally(() => {
    mine.ended = true;
  });
  world.hold(asked.catch(() => undefined)); // its caller may go; others wait for what comes of it
  return asked.catch((cause: unknown) => {
    world.log("warn", "the identity provider's keys can't be read", { error: cause });
    throw unsaid(askEvery, cause);
  });
}
