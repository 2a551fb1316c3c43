import { setTimeout } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import { actor } from "rivetkit";
import type { z } from "zod";
import { searchActions } from "../../schema/actions.ts";
import {
  compareTree,
  eventPassages,
  filePassages,
  fileRef,
  type SearchOut,
  type SearchSyncIn,
  type SearchSyncOut,
  saidOut,
  searchActorId,
  searchFileLimits,
  type searchIn,
  searchSourceOf,
} from "../../schema/search/search.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { mendValue } from "../../schema/wire/foreign-text.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { toPeerError } from "../agent/sub-agent-call.ts";
import { archiveFrom, type ReadFile, readArchived, type WantedFile } from "../git/archive.ts";
import { readFiles, readFileText } from "../git/file-content.ts";
import { Git } from "../git/git.ts";
import { type ActionHandlers, registerActions } from "../kernel/action.ts";
import { admitPeerTo } from "../kernel/auth.ts";
import { toUserError } from "../kernel/context.ts";
import type { Admitted, PeerClient, World } from "../kernel/self.ts";
import { mostFiles } from "../memory/memory-files.ts";
import { Stack } from "../stack/stack.ts";
import {
  dropFile,
  dropPassages,
  eraseIndex,
  type Index,
  openIndex,
  readFileHashes,
  readPlace,
  readPlaces,
  requireIndexRoom,
  type Store,
  searchDatabase,
  setFiles,
  setPlace,
  setRepoPlace,
} from "./search-index.ts";
import { addPassages, tidyIndex, warmIndex } from "./search-passages.ts";
import { queryIndex } from "./search-query.ts";

/**
 * The actor that searches for one member, key `[member]`: it reads Git and the log by itself, and all it has
 * can be read anew.
 */
type Vars = {
  stack: Stack;
  /** Ends when this actor sleeps, moves or its runner stops. */
  life: AbortSignal;
  /** One reading at a time. */
  inTurn: LimitFunction;
  /** Settles when nobody waits for an answer: what nobody waits for goes on then. */
  asked: Promise<unknown>;
  /** When a question was last answered, in milliseconds since 1970. */
  askedAt: number;
  /** Set once every page a ranked query needs was fetched since the wake. */
  warmed: Promise<void> | undefined;
  hot: boolean;
  tidying: boolean;
  /**
   * Passages written by the reading that goes on. Not counted in the index: that would fetch most of it, at
   * every search.
   */
  added: number;
};
type Context = {
  key: string[];
  db: Store;
  vars: Vars;
  conn?: { state: Admitted };
  client(): PeerClient;
  keepAwake<T>(promise: Promise<T>): Promise<T>;
  destroy(): void;
};
/** One reading, and until when it goes on. */
type Reading = { c: Context; world: World; index: Index; requestId: string; until: number };
/** How long one reading goes on before it says that more is left. */
const patience = 15_000;
/** Files of one call: a few, so that what was read when time is up is kept. */
const atOnce = 12;

/** With the key that the edge keeps: what erases has none. */
const unseal = async (c: Context, world: World): Promise<Index> => openIndex(c.db, await world.seals.of(c.key[0] ?? ""));

/** Somebody waits for this: no step of what nobody waits for comes between its statements. */
function first<T>(c: Context, act: () => Promise<T>): Promise<T> {
  const done = act();
  c.vars.asked = Promise.allSettled([c.vars.asked, done]).then(() => undefined);
  return done;
}
async function mayGoOn(c: Context): Promise<boolean> {
  await c.vars.asked;
  return !c.vars.life.aborted;
}
/** What is asked next may be the same word with a letter more. Milliseconds. */
const quietFor = 1_000;
/** For what writes much: that takes the place of pages which the next answer needs at hand. */
async function mayWrite(c: Context): Promise<boolean> {
  for (;;) {
    await c.vars.asked;
    const left = c.vars.askedAt + quietFor - Date.now();
    if (c.vars.life.aborted || left <= 0) return !c.vars.life.aborted;
    await setTimeout(left, undefined, { signal: c.vars.life }).catch(() => undefined);
  }
}

function heat(c: Context, world: World): Promise<void> {
  c.vars.warmed ??= c.keepAwake(
    warmIndex(c.db, () => mayGoOn(c)).then(
      () => {
        c.vars.hot = true;
        order(c, world);
      },
      () => {
        c.vars.warmed = undefined; // the next call tries again
      },
    ),
  );
  return c.vars.warmed;
}

/** So many passages, and the index has fallen into pieces again. */
const untidy = 2_000;
/**
 * When much was written, puts the index in order; once its pages are at hand, or answers would wait for it.
 * What a sleep breaks off begins again later.
 */
function order(c: Context, world: World): void {
  if (c.vars.tidying || !c.vars.hot) return;
  c.vars.tidying = true;
  const work = async () => {
    if (Number((await readPlace(c.db, "written")) ?? 0) < untidy) return;
    if (await tidyIndex(c.db, () => mayWrite(c))) await setPlace(c.db, "written", "0");
  };
  const failed = (error: unknown) => c.vars.life.aborted || world.log("warn", "the search index was not put in order", { error });
  void c.keepAwake(
    work()
      .catch(failed)
      .finally(() => {
        c.vars.tidying = false;
      }),
  );
}
/** Counts what was written since it was last in order. */
async function wrote(c: Context): Promise<void> {
  if (c.vars.added === 0) return;
  await setPlace(c.db, "written", String(Number((await readPlace(c.db, "written")) ?? 0) + c.vars.added));
}

async function readLog({ c, world, index, requestId, until }: Reading, input: SearchSyncIn): Promise<boolean> {
  const member = id("mem").parse(c.key[0]);
  const claims = { member, from: searchActorId(member), to: input.agent };
  for (let seq = Number((await readPlace(c.db, "seq")) ?? 0); seq < input.lastSeq; ) {
    if (Date.now() > until) return false;
    const params = { ticket: await world.peers.sign(claims) };
    const args = [{ requestId, key: newId("req"), input: { seq } }];
    const page = await c
      .client()
      .growAgent.get([member], { params })
      .action({ name: "said", args })
      .catch((error: unknown) => Promise.reject(toPeerError(error)));
    const { events, next } = saidOut.parse(mendValue(page));
    const passages = events.flatMap(eventPassages);
    if (passages.length > 0) await requireIndexRoom(c.db, world.mostBytes);
    await addPassages(index, passages);
    c.vars.added += passages.length;
    await setPlace(c.db, "seq", String(next));
    if (next <= seq) break;
    seq = next;
  }
  return true;
}

async function readTexts(git: Git, repo: string, head: string, wanted: readonly WantedFile[]): Promise<ReadFile[]> {
  const small = wanted.filter(({ size }) => size <= searchFileLimits.bytes).map(({ path }) => path);
  const found = await readFiles(git, repo, head, small);
  return wanted.map((file) => {
    const there = found.get(file.path);
    return { ...file, text: there ? readFileText(there, searchFileLimits.bytes) : null }; // a link or a submodule has none
  });
}
async function keepFiles({ c, world, index }: Reading, repo: string, some: readonly ReadFile[]): Promise<void> {
  await requireIndexRoom(c.db, world.mostBytes);
  const at = Date.now();
  const passages = some.flatMap(({ path, text }) =>
    filePassages({ repo, path, source: searchSourceOf(repo, path, memoryRepository), at, text }),
  );
  await addPassages(index, passages);
  c.vars.added += passages.length;
  await setFiles(index, repo, some);
}
/** Most of many by one stream; what it did not bring is for the caller. */
async function readMany(reading: Reading, git: Git, source: { repo: string; ref: string }, fresh: readonly WantedFile[]) {
  const left = new Map(fresh.map((file) => [file.path, file]));
  const within = { ...source, limit: searchFileLimits.bytes, deadline: reading.until - patience / 3 };
  await readArchived(git, within, fresh, async (some) => {
    await keepFiles(reading, source.repo, some);
    for (const { path } of some) left.delete(path);
  }).catch(() => undefined); // broken off or refused: the rest is read one by one, and says why
  return [...left.values()];
}
/**
 * What changed between the head that was read and this one, by the files' own hashes. False when time was up.
 */
async function readRepo(reading: Reading, git: Git, repo: string, head: string): Promise<boolean> {
  const { index, until } = reading;
  const most = repo === memoryRepository ? mostFiles : searchFileLimits.entries; // memory is to be found whole
  const changes = compareTree(await git.wholeTree(repo, head, most), await readFileHashes(index, repo), most);
  for (const path of changes.gone) {
    await dropPassages(index, fileRef(repo, path));
    await dropFile(index, repo, path);
  }
  await setRepoPlace(index, "partial", repo, changes.partial ? "1" : "0");
  let fresh: WantedFile[] = changes.fresh;
  if (fresh.length >= archiveFrom) fresh = await readMany(reading, git, { repo, ref: head }, fresh);
  for (let from = 0; from < fresh.length; from += atOnce) {
    if (from > 0 && Date.now() > until) return false; // a large tree alone may take that long: each reading brings something
    await keepFiles(reading, repo, await readTexts(git, repo, head, fresh.slice(from, from + atOnce)));
  }
  await setRepoPlace(index, "head", repo, head);
  return true;
}

async function sync(c: Context, world: World, input: SearchSyncIn, requestId: string): Promise<SearchSyncOut> {
  const reading = { c, world, index: await unseal(c, world), requestId, until: Date.now() + patience };
  c.vars.added = 0;
  const full: AppError[] = [];
  /** What is gone is forgotten in a full index too, and makes room. */
  const each = (step: Promise<boolean>) =>
    step.catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "quota_full") throw error;
      full.push(error);
      return false;
    });
  let done = await each(readLog(reading, input));
  const git = new Git(c.vars.stack, requestId);
  const { heads } = await readPlaces(reading.index);
  for (const { repo, head } of input.repos) if (heads.get(repo) !== head) done = (await each(readRepo(reading, git, repo, head))) && done;
  await wrote(c);
  if (full[0]) throw full[0];
  if (done) order(c, world);
  return { done, seq: Number((await readPlace(c.db, "seq")) ?? 0), added: c.vars.added };
}
async function answer(c: Context, world: World, input: z.infer<typeof searchIn>): Promise<SearchOut> {
  const index = await unseal(c, world);
  const from = performance.now();
  const { hot } = c.vars;
  const hits = await queryIndex(index, input, !hot);
  const ms = performance.now() - from;
  const { seq, heads, partial } = await readPlaces(index);
  for (const hit of hits) hit.commit = heads.get(hit.repo ?? "") ?? null;
  return { hits, ms, hot, seq, behind: false, partial };
}

export function search(world: World) {
  const admitted = (params: unknown, key: readonly string[]) =>
    admitPeerTo(params, key, searchActorId(key[0] ?? ""), world.peers).catch((error) =>
      Promise.reject(toUserError(world, error, "", "connect")),
    );
  const handlers: ActionHandlers<typeof searchActions, Context, { state: Admitted }> = {
    query: ({ self, input }) =>
      first(self, () => answer(self, world, input)).finally(() => {
        self.vars.askedAt = Date.now();
      }),
    sync: ({ self, input, requestId }) => first(self, () => self.vars.inTurn(() => sync(self, world, input, requestId))),
    warm: async ({ self }) => {
      void heat(self, world);
      return { hot: self.vars.hot };
    },
    erase: async ({ self }) => {
      await eraseIndex(self.db);
      self.destroy();
      return { erased: true };
    },
  };
  return actor({
    // long awake: the first ranked query after a wake reads its pages from afar
    // an index of an older format is thrown away page by page
    options: { sleepTimeout: 300_000, actionTimeout: 30_000, onMigrateTimeout: 180_000 },
    db: searchDatabase,
    // biome-ignore lint/suspicious/noExplicitAny: Rivet Kit's types collapse when this parameter is inferred
    createVars: (c: any): Vars => ({
      stack: new Stack(world.edge, world.hosts, c.key[0] ?? ""),
      life: AbortSignal.abort(), // until onWake gives the real one
      inTurn: pLimit(1),
      asked: Promise.resolve(),
      askedAt: 0,
      warmed: undefined,
      hot: false,
      tidying: false,
      added: 0,
    }),
    onWake: async (c) => {
      c.vars.life = c.abortSignal;
    },
    onBeforeConnect: async (c, params: unknown) => {
      await admitted(params, c.key);
    },
    createConnState: async (c, params: unknown): Promise<Admitted> => admitted(params, c.key),
    actions: registerActions(searchActions, handlers, { world, title: "search.", self: (context) => context as Context }),
  });
}
