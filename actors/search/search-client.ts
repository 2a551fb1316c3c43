import { and, asc, eq, gt, inArray, isNotNull, ne, sql } from "drizzle-orm";
import type { z } from "zod";
import { type ContractCallInput, type ContractCallOutput, searchActions } from "../../schema/actions.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { branchHeadTable } from "../../schema/git/branch-head.table.ts";
import { memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import {
  type SearchHit,
  type SearchIn,
  type SearchOut,
  type saidIn,
  type saidOut,
  searchActorId,
  searchedKinds,
  splitSearchSync,
} from "../../schema/search/search.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { toPeerError } from "../agent/sub-agent-call.ts";
import { Git } from "../git/git.ts";
import { eventColumns, readEvent, readLastSeq } from "../kernel/event.ts";
import { me, member, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";

/**
 * The growAgent's side of search: it says what there is to read, asks, and adds to each hit the commit it can
 * be traced to.
 */
const page = 400;
const pageBytes = 1024 * 1024;

/**
 * Walked in the log's order: by the index of kinds, all that is left would be read and sorted for each page.
 */
const inOrder = sql`+${eventTable.kind}`;
/** Action `said`: what was said and decided after a sequence. */
export async function readSaid(db: Db, { seq }: z.infer<typeof saidIn>): Promise<z.infer<typeof saidOut>> {
  const rows = await db
    .select(eventColumns)
    .from(eventTable)
    .where(and(gt(eventTable.seq, seq), inArray(inOrder, [...searchedKinds])))
    .orderBy(asc(eventTable.seq))
    .limit(page);
  const some: typeof rows = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += typeof row.body === "string" ? row.body.length : 0;
    if (some.length > 0 && bytes > pageBytes) break;
    some.push(row);
  }
  const last = await readLastSeq(db);
  const next = some.length < page && some.length === rows.length ? last : (some.at(-1)?.seq ?? last);
  return { events: some.map(readEvent), next };
}
type SearchActions = typeof searchActions;
async function askSearch<A extends keyof SearchActions>(
  self: Self,
  name: A,
  input: ContractCallInput<SearchActions[A]>,
  requestId: string,
): Promise<ContractCallOutput<SearchActions[A]>> {
  const memberId = member(self);
  const [known] = await self.db.select({ agent: growAgentTable.agent }).from(growAgentTable); // read without the key: an erasure asks too
  if (!known) throw new AppError("not_found", { what: "actor" });
  const { agent } = known;
  const ticket = await self.vars.world.peers.sign({ member: memberId, from: agent, to: searchActorId(memberId) });
  try {
    const handle = self.client().search.getOrCreate([memberId], { params: { ticket }, createWithInput: undefined });
    const answer = await handle.action({ name, args: [{ requestId, key: newId("req"), input }] });
    return searchActions[name].out.parse(answer) as ContractCallOutput<SearchActions[A]>;
  } catch (error) {
    throw error instanceof AppError ? error : toPeerError(error);
  }
}

/**
 * Reads what is new, as far as one reading goes; false when something is left. Without a running stack the
 * log alone is read.
 */
async function readRepositories(self: Self, requestId: string): Promise<boolean> {
  const actor = await me(self.db);
  const open = await self.db.select({ repo: projectTable.repo }).from(projectTable).where(isNotNull(projectTable.readyAt));
  const wanted = actor.ready && actor.memoryReady ? [memoryRepository, ...open.map(({ repo }) => repo)] : [];
  const heads = await self.db.select().from(branchHeadTable).where(eq(branchHeadTable.branch, "main"));
  const repos = wanted.flatMap((repo) => {
    const known = heads.find((each) => each.repo === repo);
    return known ? [{ repo, head: known.hash }] : [];
  });
  let done = true;
  for (const some of splitSearchSync({ agent: actor.agent, lastSeq: await readLastSeq(self.db), repos }))
    done = (await askSearch(self, "sync", some, requestId)).done && done;
  return done;
}

export const searchWork = {
  async run(self: Self, work: WorkItem<"search">): Promise<void> {
    while (!(await readRepositories(self, work.requestId))) if (self.vars.life.aborted) return;
  },
  async gaveUp(self: Self, work: WorkItem<"search">, error: AppError): Promise<void> {
    self.vars.world.log("warn", "the search was not brought up to date; the next change will", { requestId: work.requestId, error });
    if (error.code !== "quota_full") return;
    const body = { level: "error", code: error.code, text: error.message } as const;
    // Said once a day, and not with every change.
    await record(self, work.requestId, (writer) => writer.append("notice", { ref: `search-full:${Math.floor(writer.now / dayMs)}`, body }));
  },
};
/** All that was read into it is forgotten, and its actor with it. */
export async function eraseSearch(self: Self, requestId: string): Promise<void> {
  await askSearch(self, "erase", {}, requestId);
}
/** Fetches what ranked answers need, once `before` is done; nobody waits for it. */
function warm(self: Self, requestId: string, before?: Promise<unknown>): void {
  const warmed = Promise.resolve(before).then(() => askSearch(self, "warm", {}, requestId));
  void self.keepAwake(warmed.catch((error) => self.vars.world.log("warn", "search was not warmed", { requestId, error })));
}
/** Somebody has come: their first search shall find its pages at hand. */
export function warmSearch(self: Self, requestId: string): void {
  warm(self, requestId, readRepositories(self, requestId));
}

/** The newest reading is waited for this long; then the answer says that it may be behind. Milliseconds. */
const freshWithin = 1_500;

/** Action `search`, and what the tool `recall` asks: passages with file, line and commit. */
export async function recallPassages(self: Self, input: SearchIn, requestId: string): Promise<SearchOut> {
  const fresh = await Promise.race([
    readRepositories(self, requestId).catch(() => false), // what was read before is an answer too, and it is said
    new Promise<false>((resolve) => setTimeout(resolve, freshWithin, false)),
  ]);
  const found = await askSearch(self, "query", input, requestId);
  await place(self.db, found.hits);
  await trace(self, found.hits, found.hot ? traceWithin : 0, requestId);
  if (!found.hot) warm(self, requestId); // what was new has just been read
  return { ...found, behind: !fresh };
}
/** Says of each message whose channel it stands in, so that a link leads there. */
async function place(db: Db, hits: SearchHit[]): Promise<void> {
  const seqs = hits.flatMap(({ seq }) => (seq === null ? [] : [seq]));
  if (seqs.length === 0) return;
  const told = and(inArray(eventTable.seq, seqs), ne(agentTable.type, "grow"));
  const rows = await db
    .select({ seq: eventTable.seq, agent: agentTable.id })
    .from(eventTable)
    .innerJoin(agentTable, eq(agentTable.channel, eventTable.channel))
    .where(told);
  const agents = new Map(rows.map((row) => [row.seq, row.agent]));
  for (const hit of hits) {
    const found = hit.seq === null ? undefined : agents.get(hit.seq);
    if (found !== undefined) hit.agent = found;
  }
}
/**
 * How long an answer waits for its commits, milliseconds (the first after a sleep does not), and how many at
 * a time: Git walks its history for each.
 */
const traceWithin = 150;
const parallelTraces = 4;
/** Commits that hits were traced to, by where they stood: what was true at a head stays so. */
const traced = new WeakMap<Self["vars"], Map<string, string>>();
const mostTraced = 5_000;

/**
 * The commit that last changed each file, where that can be told in time; else the head at which the line was
 * read stays, which is right as well.
 */
async function trace(self: Self, hits: SearchHit[], within: number, requestId: string): Promise<void> {
  const paths = hits.flatMap((hit) => (hit.repo === memoryRepository && hit.path !== null ? [hit.path] : []));
  const rows = paths.length === 0 ? [] : await self.db.select().from(memoryFileTable).where(inArray(memoryFileTable.path, paths));
  const known = new Map(rows.map((row) => [row.path, row]));
  for (const hit of hits) if (hit.repo === memoryRepository && hit.path !== null) hit.at = known.get(hit.path)?.at || hit.at;
  if (within === 0 || !(await me(self.db)).ready) return;
  const found = traced.get(self.vars) ?? new Map<string, string>();
  traced.set(self.vars, found);
  if (found.size > mostTraced) found.clear();
  const git = new Git(self.vars.stack, requestId);
  const left = hits.filter((hit) => hit.repo !== null && hit.commit !== null && !found.has(placeOf(hit)));
  const until = Date.now() + within;
  const look = async () => {
    for (let hit = left.shift(); hit && Date.now() < until; hit = left.shift()) {
      const [last] = await git.commits(hit.repo ?? "", hit.commit ?? "", 1, hit.path ?? "").catch(() => []);
      if (last) found.set(placeOf(hit), last.sha);
    }
  };
  await Promise.race([Promise.all(Array.from({ length: parallelTraces }, look)), new Promise((resolve) => setTimeout(resolve, within))]);
  for (const hit of hits) hit.commit = found.get(placeOf(hit)) ?? hit.commit;
}
const placeOf = ({ repo, commit, path }: SearchHit) => `${repo}:${commit}:${path}`;
