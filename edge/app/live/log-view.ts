import type { Snapshot } from "../../../schema/agent/grow-agent.ts";
import type { ChannelView, ThreadView } from "../../../schema/agent/team.ts";
import type { EventBody, StoredEvent } from "../../../schema/event.ts";
import type { ProvisionStep } from "../../../schema/stack/stack.ts";
import type { Turn } from "../turn/turn.ts";
import type { AgentLine, AgentSaying, AskedApproval, ProposalNote, TaskLine } from "./team-log.ts";

/** A page's view of a member's log: rows by channel, and the state beside them. */
export type StepLine = {
  step: ProvisionStep;
  state: "started" | "done" | "failed";
  ms: number | undefined;
  at: number;
  detail: string | undefined;
  /** When what `detail` says began. */
  since: number | undefined;
};
export type StackRun = { run: string; seq: number; at: number; steps: readonly StepLine[] };
export type LogRow =
  | { type: "member"; key: string; seq: number; at: number; body: EventBody<"message.sent"> }
  | { type: "turn"; key: string; seq: number; at: number; turn: Turn }
  | { type: "run"; key: string; seq: number; at: number; run: StackRun }
  | { type: "stack"; key: string; seq: number; at: number; body: EventBody<"stack.state"> }
  | { type: "notice"; key: string; seq: number; at: number; body: EventBody<"notice"> }
  | { type: "commit"; key: string; seq: number; at: number; body: EventBody<"commit"> }
  | { type: "prompt"; key: string; seq: number; at: number; body: EventBody<"agent.prompt"> }
  | { type: "task"; key: string; seq: number; at: number; task: TaskLine }
  | { type: "proof"; key: string; seq: number; at: number; task: TaskLine }
  | { type: "plan"; key: string; seq: number; at: number; changedAt: number; body: EventBody<"plan.state"> }
  | { type: "quest"; key: string; seq: number; at: number; body: EventBody<"quest.state"> }
  | { type: "approval"; key: string; seq: number; at: number; asked: AskedApproval }
  | { type: "proposal"; key: string; seq: number; at: number; proposed: ProposalNote }
  /** `changedAt`: when there was last something new to see. */
  | { type: "preview"; key: string; seq: number; at: number; changedAt: number; body: EventBody<"preview.state"> }
  | { type: "offer"; key: string; seq: number; at: number; body: EventBody<"preview.offered"> }
  | { type: "said"; key: string; seq: number; at: number; said: AgentSaying; agentId: string | undefined };
export type LoggedCommit = EventBody<"commit"> & { seq: number; at: number };
/** An event, or one of a kind that this version does not know. */
export type LogEntry = StoredEvent | { seq: number; kind: "unknown" };
export type LogView = {
  /** Of the Grow Agent's channel. */
  rows: readonly LogRow[];
  /** Rows of every known channel. */
  channels: ReadonlyMap<string, readonly LogRow[]>;
  /** The Grow Agent's channel. */
  home: string | undefined;
  /** The actor's counts of each channel over its whole log, and the newest counted event. */
  counts: ReadonlyMap<string, ChannelView>;
  countedAt: number;
  /** The counts of threads; one without a count has nothing unread. */
  threads: ReadonlyMap<string, ThreadView>;
  /** Messages in the Grow Agent's queue. */
  queued: number;
  /** From which sequence on a channel is known as a whole; 1 or less: nothing older exists. */
  from: ReadonlyMap<string, number>;
  agents: ReadonlyMap<string, AgentLine>;
  tasks: ReadonlyMap<string, TaskLine>;
  asked: ReadonlyMap<string, AskedApproval>;
  commits: readonly LoggedCommit[];
  /** The newest provision or wake. */
  run: StackRun | undefined;
  snapshot: Snapshot | undefined;
  /** This page's clock when the snapshot came; with its `now` it tells the difference to the server's. */
  snapshotAt: number | undefined;
  /** What the log says of the stack since the snapshot. */
  stack: Snapshot["stack"] | undefined;
  /** The first provision has ended. */
  everReady: boolean;
  first: number;
  last: number;
  begun: boolean;
};

/** Before anything is known. */
export const emptyView: LogView = {
  rows: [],
  channels: new Map(),
  home: undefined,
  counts: new Map(),
  countedAt: 0,
  threads: new Map(),
  queued: 0,
  from: new Map(),
  agents: new Map(),
  tasks: new Map(),
  asked: new Map(),
  commits: [],
  run: undefined,
  snapshot: undefined,
  snapshotAt: undefined,
  stack: undefined,
  everReady: false,
  first: 0,
  last: 0,
  begun: false,
};
