import { eq } from "drizzle-orm";
import { projectTable } from "../../schema/project/project.table.ts";
import { appFile, isAppFile, type KeptApp, keptApp, readAppFile } from "../../schema/release/app-file.ts";
import { releaseTable } from "../../schema/release/release.table.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { queueAppWatch } from "../kernel/queue.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";
import { requireProject } from "./project-view.ts";
import { listReleaseRows } from "./release-row.ts";

/** What serves of a project, and by whom it is seen, goes to memory; in the transaction that changes it. */
export async function keepApp(writer: Writer, project: string): Promise<void> {
  const row = await requireProject(writer.db, project);
  const rows = await listReleaseRows(writer.db, project, ["serving", "replaced", "rolled_back"]);
  const releases = rows
    .slice(0, 5)
    .map(({ log: _, ...kept }) => Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== null)));
  const { id, published, address, repair, deploys } = row;
  const app = keptApp.parse({
    project,
    id,
    published,
    automation: { repair, deploys },
    ...(address === null ? {} : { address }),
    releases,
  });
  const serving = rows.find(({ state }) => state === "serving");
  await queueFiles(writer, {
    key: `app:${project}:${serving?.id ?? "none"}:${published}:${writer.now}`,
    kind: "app",
    title: serving ? `${project} serves ${serving.commit.slice(0, 10)}` : `Nothing of ${project} serves`,
    files: [appFile(app)],
    agent: (await requireGrowAgent(writer.db)).id,
  });
}

/** The files of apps among those of memory; what can't be read is named in `unread`. */
export function readKeptApps(found: ReadonlyMap<string, string>, unread: string[]): KeptApp[] {
  return [...found].flatMap(([path, text]) => {
    const read = isAppFile(path) ? readAppFile(path, text) : undefined;
    if (read && !read.ok) unread.push(path);
    return read?.ok ? [read.value] : [];
  });
}
/** An actor that has lost its state takes them up again, when its projects are there. In its transaction. */
export async function restoreApps(writer: Writer, apps: readonly KeptApp[]): Promise<void> {
  for (const { project, id, published, address, automation, releases } of apps) {
    const set = { id, published, address: address ?? null, ...automation };
    const known = await writer.db.update(projectTable).set(set).where(eq(projectTable.name, project)).returning();
    if (known.length === 0) continue; // its repository is gone
    for (const release of releases) await writer.db.insert(releaseTable).values(release).onConflictDoNothing();
    if (releases.some(({ state }) => state === "serving")) await queueAppWatch(writer, project, writer.now);
  }
}
