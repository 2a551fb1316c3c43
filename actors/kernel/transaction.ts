import type { EventBody, EventKind, StoredEvent } from "../../schema/event.ts";
import { openAuditOf, writeAudit } from "./audit.ts";
import { appendEvent, sendToAll } from "./event.ts";
import type { Self } from "./self.ts";
import type { Db } from "./tables.ts";
import { enqueue, runWatched } from "./work.ts";
import type { Reaction, ReactionChange, ReactionChanges, Writer } from "./writer.ts";

const loggedKinds = new Set<EventKind>(["turn.state", "stack.state", "provision.step", "agent.state"]); // no text of anybody's

/** Changes of one actor run one after another. */
function runInTurn<T>(self: Self, run: () => Promise<T>): Promise<T> {
  const turn = self.vars.tail.then(run, run);
  self.vars.tail = turn.catch(() => undefined); // the caller has the error; the next change must still run
  return turn;
}
/** Kinds whose reactions need more than the body. */
const changingKinds: ReadonlySet<EventKind> = new Set<keyof ReactionChanges>([
  "task.state",
  "turn.state",
  "approval.asked",
  "approval.decided",
]);
async function runReactions<K extends EventKind>(self: Self, writer: Writer, kind: K, body: EventBody<K>, change: unknown): Promise<void> {
  const given = changingKinds.has(kind) ? change : body;
  if (given === undefined) return;
  const reactions: readonly Reaction<K>[] = self.vars.reactions[kind] ?? [];
  for (const reaction of reactions) await reaction(writer, given as ReactionChange<K>);
}
async function commitChange<T>(
  self: Self,
  requestId: string,
  change: (writer: Writer) => Promise<T>,
): Promise<{ result: T; queued: boolean }> {
  const events: StoredEvent[] = [];
  let queued = false;
  const now = Date.now();
  const on = (db: Db): Writer => {
    const writer: Writer = {
      db,
      now,
      requestId,
      async append(kind, entry, change?: ReactionChanges[keyof ReactionChanges]) {
        const { seq, written } = await appendEvent(db, now, kind, entry);
        if (written) events.push(written);
        if (written) await runReactions(self, writer, kind, entry.body, change);
        return seq;
      },
      queue(kind, row) {
        queued = true;
        return enqueue(db, requestId, now, kind, row);
      },
    };
    return writer;
  };
  const audit = openAuditOf(requestId);
  const { result, audited } = await self.db.transaction(
    async (db) => {
      const writer = on(db);
      const done = await change(writer);
      const changed = audit !== undefined && (events.length > 0 || queued);
      if (changed) await writeAudit(writer, audit);
      return { result: done, audited: changed };
    },
    { name: "record" },
  );
  if (audit && audited) audit.written = true;
  for (const each of events) {
    self.vars.lastSeq = each.seq;
    sendToAll(self, "event", each);
    if (loggedKinds.has(each.kind)) {
      const { level: severity, ...body } = { level: undefined, ...each.body };
      self.vars.world.log("info", each.kind, { member: self.key[0], seq: each.seq, ...body, ...(severity ? { severity } : {}) });
    }
  }
  return { result, queued };
}

/**
 * Runs `change` in one transaction. After the commit the connections are told of its events, in the order of
 * their sequence, and what it queued is begun. `change` must not call `record` itself.
 */
export function record<T>(self: Self, requestId: string, change: (writer: Writer) => Promise<T>): Promise<T> {
  return runWatched(self, () => runInTurn(self, () => commitChange(self, requestId, change)));
}
/** A change that neither tells nor queues anything, and so needs no watchdog. */
export function recordQuietly<T>(self: Self, change: (db: Db) => Promise<T>): Promise<T> {
  return runInTurn(self, () => self.db.transaction(change, { name: "record" }));
}
