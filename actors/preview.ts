import { and, desc, eq, ne } from "drizzle-orm";
import type { z } from "zod";
import type { EventBody } from "../schema/event.ts";
import { changedFileTable } from "../schema/git/changed-file.table.ts";
import { type PreviewRow, previewTable } from "../schema/preview/preview.table.ts";
import {
  findPageFolder,
  type PreviewSource,
  type PreviewView,
  previewKey,
  type previewOpenIn,
  type previewOut,
  type previewsOut,
} from "../schema/preview/preview.ts";
import { editBranches } from "../schema/project/edit.ts";
import { likeSealed } from "../schema/seal/sealed-column.ts";
import { box } from "../schema/stack/stack.ts";
import type { tools } from "../schema/tool/tool.ts";
import type { ToolAnswer } from "../schema/tool/tool-call.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, newId } from "../schema/wire/id.ts";
import { findAgent, requireAgent, requireGrowAgent } from "./agent/agent.ts";
import { mainBranch } from "./git/git.ts";
import { queueViewsEnd } from "./kernel/queue.ts";
import type { Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import type { Handler } from "./kernel/work.ts";
import type { Writer } from "./kernel/writer.ts";
import type { ToolContext } from "./tool-context.ts";
import type { Follow } from "./turn/follow.ts";
import { findTurn, turnId } from "./turn/turn-row.ts";

/** So many can be looked at; the one that changed longest ago is closed first. */
const mostOpen = 50;

const viewPreview = ({ key: _key, ...row }: PreviewRow): PreviewView => row;
/** Action `previews`: the open ones, the newest change first. */
export async function listPreviews(db: Db): Promise<z.infer<typeof previewsOut>> {
  const rows = await db.select().from(previewTable).where(eq(previewTable.state, "open")).orderBy(desc(previewTable.changedAt));
  return { previews: rows.map(viewPreview) };
}
/** The pages of a branch that can be looked at; of several the newest. */
export async function findPages(db: Db, repo: string, branch: string): Promise<PreviewView | undefined> {
  const { previews } = await listPreviews(db);
  return previews.find(({ source }) => source.kind === "pages" && source.repo === repo && source.branch === branch);
}
export async function requirePreview(db: Db, id: Id<"pvw">): Promise<PreviewView> {
  const [row] = await db.select().from(previewTable).where(eq(previewTable.id, id));
  if (!row) throw new AppError("not_found", { what: "preview" });
  return viewPreview(row);
}

type ShownPreview = { source: PreviewSource; title: string; channel: Id<"chn">; turnId?: Id<"trn"> | undefined };
/** Opens a preview, or says of one that is open that there is something new to see. */
async function openPreview(writer: Writer, shown: ShownPreview): Promise<PreviewView> {
  const { source, title, channel } = shown;
  const fresh = { title, channel, state: "open", source, changedAt: writer.now } as const;
  const [row] = await writer.db
    .insert(previewTable)
    .values({ ...fresh, id: newId("pvw", writer.now), key: previewKey(source), openedAt: writer.now })
    .onConflictDoUpdate({ target: previewTable.key, set: fresh })
    .returning();
  await tellPreview(writer, row!, shown.turnId);
  const open = and(eq(previewTable.state, "open"), ne(previewTable.id, row!.id));
  const others: PreviewRow[] = await writer.db.select().from(previewTable).where(open).orderBy(desc(previewTable.changedAt));
  for (const oldest of others.slice(mostOpen - 1)) await markClosed(writer, oldest.id);
  return viewPreview(row!);
}
async function tellPreview(writer: Writer, row: PreviewRow, turn: Id<"trn"> | undefined): Promise<void> {
  const { id: previewId, title, state, source, channel } = row;
  const body = { previewId, title, state, source, ...(turn ? { turnId: turn } : {}) };
  await writer.append("preview.state", { channel, ...(turn ? { turnId: turn } : {}), body });
}
/** What is shown there again later is another preview, which no old link opens. */
async function markClosed(writer: Writer, id: Id<"pvw">): Promise<void> {
  const [closed] = await writer.db
    .update(previewTable)
    .set({ state: "closed", key: `closed:${id}`, changedAt: writer.now })
    .where(and(eq(previewTable.id, id), eq(previewTable.state, "open")))
    .returning();
  if (!closed) return;
  await tellPreview(writer, closed, undefined);
  await queueViewsEnd(writer, id);
}
/**
 * The host ends what people have open of a preview that is closed, or of an app that is no longer
 * everybody's; a stack that does not run has nothing open. `key`: as the edge names what is looked at
 * (preview-access.ts).
 */
export const viewsWork: Handler<"views"> = {
  async run(self, { payload: { key, at }, requestId }) {
    await self.vars.stack.endViews(requestId, key, at);
  },
  async gaveUp(self, { payload: { key }, requestId }, error) {
    self.vars.world.log("warn", "what is open of a closed preview was not ended", { key, requestId, error });
  },
};
/** Action `previewClose`; a second time changes nothing. */
export function closePreview(self: Self, id: Id<"pvw">, requestId: string): Promise<z.infer<typeof previewOut>> {
  return record(self, requestId, async (writer) => {
    await markClosed(writer, id);
    return { preview: await requirePreview(writer.db, id) };
  });
}

type MovedPages = Pick<EventBody<"commit">, "repo" | "branch" | "files"> & { turnId?: Id<"trn"> | undefined };
/** The open previews of a branch have something new to see. Answers how many they are. */
async function renewPages(writer: Writer, { repo, branch, turnId }: MovedPages): Promise<number> {
  const ofBranch = and(eq(previewTable.state, "open"), likeSealed(previewTable.key, `pages:${repo}:${branch}:%`));
  const known: PreviewRow[] = await writer.db.select().from(previewTable).where(ofBranch);
  const changed = known.filter(({ source }) => source.kind === "pages" && source.repo === repo && source.branch === branch);
  for (const { source, title, channel } of changed) await openPreview(writer, { source, title, channel, turnId });
  return changed.length;
}
/**
 * Pages that a commit brought to a project's branch are there to be looked at; those that are, have changed.
 */
export async function showPages(writer: Writer, moved: MovedPages): Promise<void> {
  const { repo, branch, files, turnId } = moved;
  if (!repo.startsWith(`${box.projectOwner}/`) || branch.startsWith(editBranches)) return; // a member's own change is seen on main
  const paths = files.filter(({ status }) => status !== "deleted").map(({ path }) => path);
  if ((await renewPages(writer, moved)) > 0 || findPageFolder(paths) === undefined) return;
  const folder = findPageFolder(paths, await listPaths(writer.db, repo));
  if (folder === undefined) return;
  const title = repo.slice(box.projectOwner.length + 1).replaceAll("-", " ");
  const channel = await findTurnChannel(writer.db, turnId);
  await openPreview(writer, { source: { kind: "pages", repo, branch, folder }, title, channel, turnId });
}
/** Every file that a commit brought to the repository and none has taken away since. */
async function listPaths(db: Db, repo: string): Promise<string[]> {
  const there = and(eq(changedFileTable.repo, repo), ne(changedFileTable.status, "deleted"));
  const rows = await db.select({ path: changedFileTable.path }).from(changedFileTable).where(there);
  return rows.map(({ path }) => path);
}
/**
 * A branch has taken commits that were told of another one: the pages of `main` are there to be looked at
 * from its first merge on, also where that brought no commit of its own.
 */
export async function showMovedPages(writer: Writer, moved: MovedPages): Promise<void> {
  if (moved.branch === mainBranch) await showPages(writer, moved);
  else await renewPages(writer, moved);
}
/**
 * A project that is deleted is seen by nobody, also not by links to its pages.
 */
export async function closeProjectPreviews(writer: Writer, { name, repository, state }: EventBody<"project.removed">): Promise<void> {
  if (repository !== "archive" || state !== "done") return;
  const rows: PreviewRow[] = await writer.db.select().from(previewTable).where(likeSealed(previewTable.key, "pages:%"));
  for (const { id, source } of rows) {
    if (source.kind === "pages" && source.repo === `${box.projectOwner}/${name}`) await markClosed(writer, id);
  }
}
async function findTurnChannel(db: Db, turn: Id<"trn"> | undefined): Promise<Id<"chn">> {
  const row = turn === undefined ? undefined : await findTurn(db, turn);
  const agent = row && (await findAgent(db, row.agent));
  return (agent ?? (await requireGrowAgent(db))).channel;
}

async function requireListening(self: Self, agent: Id<"agt">, port: number, requestId: string): Promise<void> {
  const ports = await self.vars.stack.listPorts(requestId, agent);
  if (ports.includes(port)) return;
  const others = ports.length > 0 ? ` It listens on ${ports.slice(0, 10).join(", ")}.` : " No program of this agent listens on any port.";
  throw new AppError("conflict", { what: "port", port }, { message: `Nothing listens on port ${port}.${others}` });
}
/** Action `previewOpen`: what an agent's program serves, at the member's word. */
export async function showPort(
  self: Self,
  { agent, port, title }: z.infer<typeof previewOpenIn>,
  requestId: string,
): Promise<z.infer<typeof previewOut>> {
  const row = await requireAgent(self.db, agent);
  await requireListening(self, agent, port, requestId);
  const shown = { source: { kind: "port", agent, port }, title: title ?? `Port ${port}`, channel: row.channel } as const;
  return record(self, requestId, async (writer) => ({ preview: await openPreview(writer, shown) }));
}
export async function openPreviewTool(
  self: Self,
  { port, title }: z.infer<typeof tools.open_preview.input>,
  { agent, channel, turnId: turn, requestId }: ToolContext,
): Promise<ToolAnswer> {
  try {
    await requireListening(self, agent, port, requestId);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "conflict") throw error;
    return {
      ok: false,
      text: `${error.message} Start your program in the background first, wait until it listens, then call open_preview again.`,
    };
  }
  const source = { kind: "port", agent, port } as const;
  await record(self, requestId, (writer) => openPreview(writer, { source, title, channel, turnId: turn }));
  return { ok: true, text: `The member can see “${title}” (port ${port}) beside the conversation now. Leave the program running.` };
}
/** A program of the agent has begun to listen: the member is told once a turn, unless it is shown already. */
export async function offerPort(follow: Follow, port: number): Promise<void> {
  const { self, agent, row, requestId } = follow;
  await record(self, requestId, async (writer) => {
    const key = previewKey({ kind: "port", agent: agent.id, port });
    const [known] = await writer.db.select().from(previewTable).where(eq(previewTable.key, key));
    if (known?.state === "open") return void (await openPreview(writer, { ...known, turnId: turnId(row) })); // it was started anew
    const body = { agentId: agent.id, port, turnId: turnId(row) };
    await writer.append("preview.offered", { ref: `offered:${row.id}:${port}`, turnId: row.id, channel: agent.channel, body });
  });
}
