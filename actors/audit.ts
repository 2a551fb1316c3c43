import { asc, inArray } from "drizzle-orm";
import { actionAuditTable } from "../schema/audit/action-audit.table.ts";
import { auditHead } from "../schema/audit/audit.ts";
import { auditRepository } from "../schema/audit/audit-repository.ts";
import { gitMail } from "../schema/stack/stack.ts";
import { Git } from "./git/git.ts";
import { putOffAnchor, queueAnchor } from "./kernel/queue.ts";
import { me, member, type Self } from "./kernel/self.ts";
import { record } from "./kernel/transaction.ts";
import type { Handler } from "./kernel/work.ts";

/** Rows of one delivery: well below what a body may hold. */
const rowsAtOnce = 100;

/** What the actor has written down of its changes goes to the edge, which gives each row its place. */
export const auditWork: Handler<"audit"> = {
  endless: ["auth", "exhausted", "rate_limited", "stale_worker", "timeout", "unreachable"],
  async run(self, { requestId }) {
    for (;;) {
      const rows = await self.db.select().from(actionAuditTable).orderBy(asc(actionAuditTable.seq)).limit(rowsAtOnce);
      if (rows.length === 0) return;
      await self.vars.world.edge.audit(member(self), { rows: rows.map(({ id, entry }) => ({ id, entry })) }, requestId);
      const ids = rows.map(({ id }) => id);
      await record(self, requestId, async (writer) => {
        await writer.db.delete(actionAuditTable).where(inArray(actionAuditTable.id, ids));
        await queueAnchor(writer);
      });
    }
  },
  /** The rows stay, and the next change delivers them. */
  async gaveUp(self, { requestId }, error) {
    self.vars.world.log("error", "rows of the audit wait", { member: member(self), requestId, error });
  },
};

const repository = `${auditRepository.owner}/${auditRepository.name}`;
/** So long one head stands in Git at least. */
const anchorWait = 75_000;
/** The head that Git holds, with what Gitea wants to know to replace it. */
async function readAnchor(git: Git): Promise<{ sha: string; seq: number; at: number } | undefined> {
  const file = (await git.contents(repository, "main", [auditRepository.file])).get(auditRepository.file);
  if (!file) return undefined;
  const payload =
    Buffer.from(file.content ?? "", "base64")
      .toString("utf8")
      .split(".")[1] ?? "";
  try {
    const { seq, at } = auditHead.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    return { sha: file.sha, seq, at };
  } catch {
    return { sha: file.sha, seq: 0, at: 0 }; // not ours any more: it is replaced
  }
}
/** The head of the chain, signed by the edge, as a commit in the member's own Gitea. The same head is one. */
export const anchorWork: Handler<"anchor"> = {
  async run(self, { requestId }) {
    const actor = await me(self.db);
    if (actor.tier !== "running" || !actor.ready) return; // the next change after its start asks again
    const { seq, head } = await self.vars.world.edge.auditHead(member(self), requestId);
    if (head === null) return;
    const git = new Git(self.vars.stack, requestId);
    if (!(await git.repository(repository)))
      await git.ensureRepository(auditRepository.name, undefined, "Where the audit stood, each signed by the platform");
    const before = await readAnchor(git);
    if (before && before.seq >= seq) return;
    const wait = before ? before.at + anchorWait : 0;
    if (wait > Date.now()) return record(self, requestId, (writer) => putOffAnchor(writer, Math.min(wait, Date.now() + anchorWait)));
    const change = { path: auditRepository.file, content: `${head}\n` };
    const author = { name: actor.name, email: gitMail(actor.agent) };
    await git.commitFiles(repository, `audit: ${seq} changes`, author, [
      before ? { ...change, operation: "update", sha: before.sha } : { ...change, operation: "create" },
    ]);
  },
  async gaveUp(self, { requestId }, error) {
    self.vars.world.log("error", "the head of the audit is not in Git", { member: member(self), requestId, error });
  },
};

/** Action `anchorAudit`: the edge has written down a change of its own. */
export async function anchorAudit(self: Self, requestId: string): Promise<{ queued: true }> {
  await record(self, requestId, queueAnchor);
  return { queued: true };
}
