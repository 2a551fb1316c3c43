import { useSearch } from "@tanstack/react-router";
import { ArrowDown } from "lucide-react";
import { lazy, memo, type ReactNode, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { EventBody } from "../../../schema/event.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { CommitCard } from "../git/diff.tsx";
import type { Live } from "../live/live.ts";
import type { OutboxEntry } from "../live/outbox.ts";
import { useConnected, useLive, useServerSkew } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { MemoryRow, ProposalRow } from "../memory/memory-rows.tsx";
import { PlanEventRow } from "../plan/plan-row.tsx";
import { OfferEventRow, PreviewEventRow } from "../preview/preview-row.tsx";
import { QuestEventRow } from "../quest/quest-row.tsx";
import { usePageAction } from "../shell/page-action.ts";
import { useScreen } from "../shell/screen.ts";
import { RunRow, StackEventRow } from "../stack/provision-row.tsx";
import { formatDay } from "../ui/format.ts";
import { scrollToItem } from "../ui/scroll-to-item.ts";
import { useScrollIdle } from "../ui/use-scroll-idle.ts";
import { ApprovalEventRow, PromptRow, ProofEventRow, SaidRow, TaskEventRow } from "./channel-rows.tsx";
import { useConversation, useConversationLive } from "./conversation.ts";
import styles from "./feed.module.css";
import { type FeedItem, type Unread, useFeedItems } from "./feed-item.ts";
import { useDrawnKey } from "./feed-remeasure.ts";
import { MemberMessage, Message, PendingMessage, TurnMessage } from "./message.tsx";
import { Notice } from "./notice.tsx";
import { findReadUpTo, readNow } from "./read-position.ts";
import { useFollow } from "./use-follow-end.ts";

const LazyFindBar = lazy(() => import("./find.tsx"));
const early = 3_000; // pixels from the top at which older messages are fetched

/** The conversation as a virtual list. It opens at the first unread row and follows its end while there. */
export function Feed() {
  const { live } = useSpace();
  const { id, channel, name } = useConversation();
  const {
    rows,
    first: firstSeq,
    last,
    begun,
  } = useConversationLive(({ view: { rows, first, last, begun } }) => ({ rows, first, last, begun }));
  const outbox = useConversationLive((state) => state.outbox);
  const connected = useConnected();
  const screen = useScreen();
  const skew = useServerSkew();
  const { unread, read } = useUnread(live, id, channel);
  const items = useFeedItems(rows, outbox, unread);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const follow = useFollow(scroller, items);
  const [older, setOlder] = useState(false);
  const first = useRef(firstSeq);
  const shift = firstSeq < first.current;
  const drawnKey = useDrawnKey(items, shift);
  useLayoutEffect(() => {
    first.current = firstSeq;
    // Until it hears that it moved on by what came in front of it, the list counts from where it was.
    if (shift) queueMicrotask(() => scroller.current?.dispatchEvent(new Event("scroll")));
  });
  const marked = useLink(items, list, scroller, follow.leave);
  useLanding(items, list, follow.follow, marked !== undefined);
  const waiting = useRef(outbox.length);
  useEffect(() => {
    if (outbox.length > waiting.current) follow.follow(); // the writer wants to see their message
    waiting.current = outbox.length;
  }, [outbox.length, follow.follow]);
  useEffect(() => {
    if (follow.following && document.visibilityState === "visible") read(last);
  }, [follow.following, last, read]);
  usePageAction("showLatest", () => {
    follow.follow();
    return true;
  });
  const findField = useRef<HTMLInputElement>(null);
  // A second press opens the browser's own search.
  usePageAction("openFind", () => {
    if (findField.current && document.activeElement === findField.current) return false;
    screen.find(true);
    findField.current?.focus();
    return true;
  });

  const fetching = useRef(false);
  const idle = useScrollIdle(scroller);
  const fetchOlder = useCallback(() => {
    if (fetching.current || firstSeq <= 1 || !begun || channel === undefined || !connected) return;
    fetching.current = true;
    setOlder(true);
    live
      .olderOf(channel, idle)
      .catch((error: unknown) => console.warn("older messages", error))
      .finally(() => {
        fetching.current = false;
        setOlder(false);
      });
  }, [live, channel, firstSeq, begun, connected, idle]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page may leave the list at its top
  useEffect(() => {
    if (scroller.current && scroller.current.scrollTop <= early && !follow.following) fetchOlder();
  }, [firstSeq, follow.following, fetchOlder]);
  const scrolled = useCallback((offset: number) => offset <= early && fetchOlder(), [fetchOlder]);
  // Other channels may have filled the newest page, and left too little here to scroll.
  const few = rows.length < 12;
  useEffect(() => {
    if (few) fetchOlder();
  }, [few, fetchOlder]);
  const news =
    follow.away === undefined
      ? 0
      : items.filter((item) => item.type === "row" && item.row.seq > (follow.away ?? 0) && item.row.type !== "run").length;
  return (
    <div className={styles.feed}>
      {screen.finding && channel !== undefined && (
        <Suspense>
          <LazyFindBar channel={channel} name={name} list={scroller} field={findField} />
        </Suspense>
      )}
      <div
        className={styles.list}
        ref={scroller}
        role="log"
        aria-label={`Conversation with ${name}`}
        aria-live="off"
        aria-busy={older}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
      >
        <Virtualizer ref={list} data={items} scrollRef={scroller} shift={shift} bufferSize={600} itemSize={96} onScroll={scrolled}>
          {(item: FeedItem) => (
            <div className={styles.item} aria-current={item.key === marked ? "location" : undefined} key={drawnKey(item)}>
              <ItemView item={item} skew={skew} />
            </div>
          )}
        </Virtualizer>
      </div>
      {!follow.following && (
        <button type="button" className={styles.pill} onClick={follow.follow}>
          <ArrowDown className="i s14" aria-hidden="true" />
          {news > 0 ? `${news} new` : "Latest"}
        </button>
      )}
    </div>
  );
}

function Unsent({ entry }: { entry: OutboxEntry }) {
  return <PendingMessage entry={entry} held={false} offline={!useConnected()} />;
}

/** A commit of no turn: pushed by the person themselves, or brought by the agent. */
function PushedCommit({ body, at }: { body: EventBody<"commit">; at: number }) {
  const { me } = useSpace();
  return (
    <Message author={body.author === me.member.name ? "me" : "agent"} at={at}>
      <CommitCard commit={body} />
    </Message>
  );
}
export const ItemView = memo(function ItemView({ item, skew }: { item: FeedItem; skew: number }): ReactNode {
  if (item.type === "day") return <div className="rule">{formatDay(item.at)}</div>;
  if (item.type === "new") return <div className="rule new">New</div>;
  if (item.type === "end") return <div style={{ height: 12 }} />;
  if (item.type === "pending") return <Unsent entry={item.entry} />;
  const { row } = item;
  switch (row.type) {
    case "member":
      return <MemberMessage row={row} fate={item.fate} />;
    case "turn":
      return <TurnMessage turn={row.turn} skew={skew} />;
    case "run":
      return <RunRow run={row.run} />;
    case "stack":
      return <StackEventRow body={row.body} at={row.at} />;
    case "notice":
      return <Notice notice={row.body} />;
    case "commit":
      return row.body.repo === memoryRepository ? <MemoryRow body={row.body} at={row.at} /> : <PushedCommit body={row.body} at={row.at} />;
    case "prompt":
      return <PromptRow body={row.body} at={row.at} />;
    case "task":
      return <TaskEventRow task={row.task} skew={skew} />;
    case "proof":
      return <ProofEventRow task={row.task} />;
    case "plan":
      return <PlanEventRow body={row.body} at={row.at} />;
    case "quest":
      return <QuestEventRow body={row.body} at={row.at} />;
    case "approval":
      return <ApprovalEventRow asked={row.asked} at={row.at} />;
    case "proposal":
      return <ProposalRow proposed={row.proposed} at={row.at} />;
    case "preview":
      return <PreviewEventRow row={row} />;
    case "offer":
      return <OfferEventRow body={row.body} at={row.at} />;
    case "said":
      return <SaidRow said={row.said} at={row.at} agentId={row.agentId} />;
  }
});

/** How far the person has read on any device, and what came while the page was closed or hidden. */
function useUnread(live: Live, agent: string, channel: string | undefined) {
  const now = () => {
    const { view } = live.state();
    return { read: findReadUpTo(view, channel, agent) ?? Number.POSITIVE_INFINITY, until: view.last };
  };
  const [unread, setUnread] = useState<Unread>(now);
  const latest = useRef(now);
  latest.current = now;
  useEffect(() => {
    const back = () => document.visibilityState === "visible" && setUnread(latest.current());
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, []);
  return useMemo(() => {
    const read = (seq: number) => {
      readNow(agent, seq);
      if (channel !== undefined) live.read(channel, seq);
    };
    return { unread, read };
  }, [unread, live, agent, channel]);
}

/** Scrolls to the event in the address and loads what is before it. Answers the key of its item. */
function useLink(
  items: readonly FeedItem[],
  list: React.RefObject<VirtualizerHandle | null>,
  scroller: React.RefObject<HTMLElement | null>,
  leave: () => void,
): string | undefined {
  const { live } = useSpace();
  const { channel } = useConversation();
  const { begun, from } = useLive(({ view }) => ({ begun: view.begun, from: view.from.get(channel ?? "") ?? view.first }));
  const connected = useConnected();
  const { at } = useSearch({ strict: false });
  const reached = at !== undefined && channel !== undefined && from <= Math.max(1, at);
  const index = at === undefined ? -1 : findPlace(items, at);
  const landed = useRef<number>(undefined);
  const here = useRef(index);
  here.current = index;
  useEffect(() => {
    if (at === undefined || channel === undefined || reached || !begun || !connected) return;
    live.reach(channel, at).catch((error: unknown) => console.warn("what the link names", error));
  }, [live, channel, at, reached, begun, connected]);
  useLayoutEffect(() => {
    if (!reached || index < 0 || landed.current === at) return;
    landed.current = at;
    leave();
    if (list.current && scroller.current) scrollToItem(list.current, scroller.current, () => here.current);
  }, [reached, index, at, leave, list, scroller]);
  return at === undefined ? undefined : (items[index]?.key ?? "");
}

/** The place of an event: its row, the answer that holds it, or the last row before it. */
function findPlace(items: readonly FeedItem[], at: number): number {
  const last = items.findLastIndex((item) => item.type === "row" && item.row.seq <= at);
  const found = items[last];
  if (found?.type !== "row" || found.row.seq === at) return last;
  const within = items.findLastIndex(
    (item, index) => index <= last && item.type === "row" && item.row.type === "turn" && item.row.seq <= at && at <= item.row.turn.told,
  );
  return within < 0 ? last : within;
}

function useLanding(
  items: readonly FeedItem[],
  list: React.RefObject<VirtualizerHandle | null>,
  follow: () => void,
  elsewhere: boolean,
): void {
  const landed = useRef(false);
  useLayoutEffect(() => {
    if (landed.current || items.length === 0) return;
    landed.current = true;
    const unread = items.findIndex((item) => item.type === "new");
    if (elsewhere) return;
    if (unread > 0) list.current?.scrollToIndex(unread, { align: "start", offset: -48 });
    else follow();
  }, [items, list, follow, elsewhere]);
}
