import type { AgentRow } from "../../schema/agent/agent.table.ts";
import type { Approval } from "../../schema/approval/approval.ts";
import type { AlwaysRule } from "../../schema/approval/permission.ts";
import type { EventBody, EventKind } from "../../schema/event.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import type { TurnState } from "../../schema/turn.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { ErrorClass } from "../../schema/work.ts";
import type { Db } from "./tables.ts";
import type { QueuedWork, WorkKind } from "./work-kinds.ts";

/** `channel`: the Grow Agent's own when absent. */
export type EventEntry<K extends EventKind> = {
  ref?: string;
  turnId?: Id<"trn">;
  channel?: Id<"chn">;
  /** Its turn's when absent. */
  session?: Id<"ses">;
  at?: number;
  body: EventBody<K>;
};

/**
 * What reactions to these kinds of events are given instead of the body. It is not stored: an event of theirs
 * that is appended without it, as when a lost log is restored, sets nothing in motion.
 */
export type ReactionChanges = {
  /** `before` and `command` are absent of a task that is new. */
  "task.state": { before?: TaskRow | undefined; row: TaskRow; command?: TaskCommand | undefined };
  /** A turn that was queued or ran; `before` is as it was. */
  "turn.state": { before: TurnRow; to: TurnState; reason: string; errorClass?: ErrorClass | undefined };
  "approval.asked": { approval: Approval; agent: AgentRow };
  "approval.decided": { approval: Approval; always: AlwaysRule | null };
};
export type ReactionChange<K extends EventKind> = K extends keyof ReactionChanges ? ReactionChanges[K] : EventBody<K>;
/** What follows from an event, in the transaction that has appended it. */
export type Reaction<K extends EventKind> = (writer: Writer, change: ReactionChange<K>) => Promise<unknown>;
/** By kind of event, in the order in which they run. */
export type Reactions = { readonly [K in EventKind]?: readonly Reaction<K>[] };

/**
 * One transaction of the actor, and whose request it is. `append` adds to the log, runs what follows from the
 * event, and answers its sequence; one with a `ref` that is known is not told again. `queue` puts an effect
 * into the queue, which is begun after the commit.
 */
export type Writer = {
  db: Db;
  now: number;
  requestId: string;
  append<K extends EventKind>(
    kind: K,
    entry: EventEntry<K>,
    ...change: K extends keyof ReactionChanges ? [change?: ReactionChanges[K]] : []
  ): Promise<number>;
  queue<K extends WorkKind>(kind: K, row: QueuedWork<K>): Promise<void>;
};
