import { z } from "zod";
import { type Attachment, attachment } from "../../../schema/conversation/attachment.ts";
import { errorCode } from "../../../schema/wire/error.ts";

/** A message that the actor has not confirmed yet. It survives a reload; its `clientId` keeps it single. */
export const outboxEntry = z.object({
  clientId: z.string(),
  text: z.string(),
  at: z.number(),
  /** A sub-agent's; the Grow Agent's own when absent. */
  channel: z.string().optional(),
  /** The task it is about: the agent that answers for the task gets it. */
  task: z.string().optional(),
  /** The session of its agent's that it was sent to by name. */
  session: z.string().optional(),
  attachments: z.array(attachment).optional(),
  /** Why it was refused for good; it is not sent again by itself. */
  refused: errorCode.optional(),
  /** Sent, but no answer within the deadline. */
  unanswered: z.boolean().optional(),
});
export type OutboxEntry = z.infer<typeof outboxEntry>;
/** Where a message goes and what goes with it. A given `clientId` makes a repeated press one message. */
export type Sending = {
  channel?: string | undefined;
  task?: string | undefined;
  session?: string | undefined;
  attachments?: readonly Attachment[] | undefined;
  clientId?: string;
};
/** A message as it goes out, by either way. */
export type SentMessage = {
  clientId: string;
  text: string;
  channel?: string;
  task?: string;
  session?: string;
  attachments?: Attachment[];
};
/** Of a message, or of an entry: what says to whom it goes. */
export function messagePlace({ channel, task, session }: Pick<Sending, "channel" | "task" | "session">) {
  return {
    ...(channel === undefined ? {} : { channel }),
    ...(task === undefined ? {} : { task }),
    ...(session === undefined ? {} : { session }),
  };
}
type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The messages under one key of localStorage. Tabs share it: each change reads and writes at once. */
export class Outbox {
  readonly #store: Store;
  readonly #key: string;
  #entries: readonly OutboxEntry[];
  #elsewhere: readonly OutboxEntry[] = [];

  constructor(store: Store, owner: string) {
    this.#store = store;
    this.#key = `growqr.outbox.${owner}`;
    this.#entries = this.#read();
  }

  get entries(): readonly OutboxEntry[] {
    return this.#entries;
  }
  /** What another tab has sent, until the log shows it: a message never vanishes in between. */
  get elsewhere(): readonly OutboxEntry[] {
    return this.#elsewhere;
  }
  get key(): string {
    return this.#key;
  }
  add(text: string, now: number, to: Sending = {}): void {
    const { clientId = crypto.randomUUID(), attachments = [] } = to;
    const entries = this.#read();
    if (entries.some((entry) => entry.clientId === clientId)) return;
    const where = messagePlace(to);
    const files = attachments.length > 0 ? { attachments: [...attachments] } : {};
    this.#write([...entries, { clientId, text, at: now, ...where, ...files }]);
  }
  confirm(clientId: string): void {
    this.#elsewhere = this.#elsewhere.filter((entry) => entry.clientId !== clientId);
    if (this.#entries.some((entry) => entry.clientId === clientId))
      this.#write(this.#read().filter((entry) => entry.clientId !== clientId));
  }
  mark(clientId: string, change: Pick<OutboxEntry, "refused"> | Pick<OutboxEntry, "unanswered">): void {
    this.#write(this.#read().map((entry) => (entry.clientId === clientId ? { ...entry, ...change } : entry)));
  }
  /** Another tab changed it. */
  refresh(): void {
    const before = this.#entries.filter((entry) => !entry.refused);
    this.#entries = this.#read();
    const here = new Set(this.#entries.map((entry) => entry.clientId));
    this.#elsewhere = [...this.#elsewhere, ...before].filter((entry) => !here.has(entry.clientId));
  }

  #read(): OutboxEntry[] {
    const raw = this.#store.getItem(this.#key);
    if (raw === null) return [];
    const parsed = z.array(outboxEntry).safeParse(parseStored(raw));
    return parsed.success ? parsed.data : [];
  }
  #write(entries: readonly OutboxEntry[]): void {
    this.#entries = entries;
    if (entries.length === 0) this.#store.removeItem(this.#key);
    else this.#store.setItem(this.#key, JSON.stringify(entries));
  }
}

function parseStored(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // other software wrote it under our key
  }
}
