import { useCallback, useEffect, useMemo, useRef } from "react";
import { Virtualizer } from "virtua";
import { isSameList, useConnected, useLive, useServerSkew } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { StackStopped } from "../stack/stack-notices.tsx";
import { Composer } from "./composer.tsx";
import { OpenConversation, useConversationWith } from "./conversation.ts";
import styles from "./feed.module.css";
import { ItemView } from "./feed.tsx";
import type { FeedItem } from "./feed-item.ts";
import { readNow } from "./read-position.ts";
import { buildThread, findAnswerer, type ThreadRow } from "./thread-rows.ts";
import { useFollow } from "./use-follow-end.ts";

type ThreadItem = FeedItem & { agent: string | undefined };
const lineOf = ({ row, agent }: ThreadRow): ThreadItem => ({ type: "row", key: row.key, row, agent });

/** A task's own conversation. A reply goes to the agent that has the task. */
export function Thread({ id, channel }: { id: string; channel: string | null }) {
  const { live } = useSpace();
  const { begun, last, answerer } = useLive(({ view }) => ({ begun: view.begun, last: view.last, answerer: findAnswerer(view, id) }));
  const outbox = useLive((state) => state.outbox);
  const rows = useLive(({ view }) => buildThread(view, id), isSameList);
  const items = useMemo<ThreadItem[]>(
    () => [
      ...rows.map(lineOf),
      ...outbox
        .filter((entry) => entry.task === id)
        .map((entry) => ({ type: "pending" as const, key: `pending:${entry.clientId}`, entry, agent: undefined })),
    ],
    [rows, outbox, id],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const { follow, following } = useFollow(scroller, items);
  const skew = useServerSkew();
  useEffect(() => {
    if (!following || document.visibilityState !== "visible" || !begun) return;
    readNow(id, last);
    live.read(id, last);
  }, [live, following, begun, last, id]);
  useEffect(follow, [follow]);
  useOlder(channel, rows);
  const conversation = useConversationWith(answerer);
  const reply = useMemo(() => ({ ...conversation, task: id }), [conversation, id]);
  return (
    <>
      <div
        className={`${styles.list} ${styles.thread}`}
        ref={scroller}
        role="log"
        aria-label="Thread of the task"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
      >
        {items.length === 0 && <p className="sub s13 pad">Nothing was said about this task yet.</p>}
        <Virtualizer scrollRef={scroller} bufferSize={400} itemSize={80}>
          {items.map((item) => (
            <div className={styles.item} key={item.key}>
              <SayingRow item={item} task={id} skew={skew} />
            </div>
          ))}
        </Virtualizer>
      </div>
      <div className="dock">
        <StackStopped />
        <OpenConversation value={reply}>
          <Composer key={id} kind="reply" placeholder={`Reply about this task to ${conversation.name}`} hint="Enter sends" />
        </OpenConversation>
      </div>
    </>
  );
}

/** A row of an agent's channel. A message sent from it stays in the thread. */
function SayingRow({ item, task, skew }: { item: ThreadItem; task: string; skew: number }) {
  const conversation = useConversationWith(item.agent);
  const about = useMemo(() => ({ ...conversation, task }), [conversation, task]);
  return (
    <OpenConversation value={about}>
      <ItemView item={item} skew={skew} />
    </OpenConversation>
  );
}

/** Loads the agent's channel back to the thread's first prompt. */
function useOlder(channel: string | null, rows: readonly ThreadRow[]): void {
  const { live } = useSpace();
  const connected = useConnected();
  const from = useLive(({ view }) => (channel === null ? 0 : (view.from.get(channel) ?? view.first)));
  const busy = useRef(false);
  const whole = rows.some(({ row }) => row.type === "said") && rows.some(({ row }) => row.type === "prompt");
  const fetch = useCallback(() => {
    if (channel === null || whole || from <= 1 || busy.current || !connected) return;
    busy.current = true;
    live
      .olderOf(channel)
      .catch((error: unknown) => console.warn("older messages", error))
      .finally(() => {
        busy.current = false;
      });
  }, [live, channel, whole, from, connected]);
  useEffect(fetch, [fetch]);
}
