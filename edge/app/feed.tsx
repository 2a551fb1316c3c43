import { ArrowDown } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useNow, useSpace } from "./context.ts";
import { CommitCard } from "./diff.tsx";
import { useFollow } from "./follow.ts";
import { type Item, itemsOf } from "./item.ts";
import { MemberMessage, Message, Notice, PendingMessage, TurnMessage, useSkew } from "./message.tsx";
import { RunRow, StackRow } from "./run.tsx";
import { dayOf } from "./time.ts";

/** The conversation as a virtual list. It lands at the first unread, follows its end while at its end, and stays put otherwise. */
export function Feed() {
  const { live, agent } = useSpace();
  const now = useNow();
  const skew = useSkew();
  const { view } = now;
  const unread = useUnread(agent.id);
  const items = useMemo(() => itemsOf(view, now.outbox, unread.from), [view, now.outbox, unread.from]);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const follow = useFollow(scroller, items);
  const [older, setOlder] = useState(false);
  const first = useRef(view.first);
  const shift = view.first < first.current;
  useLayoutEffect(() => {
    first.current = view.first;
  });
  useLanding(items, list, follow.follow);
  useEffect(() => {
    if (follow.following && document.visibilityState === "visible") unread.read(view.last);
  }, [follow.following, view.last, unread]);
  useEffect(() => {
    window.addEventListener("growqr:latest", follow.follow);
    return () => window.removeEventListener("growqr:latest", follow.follow);
  }, [follow.follow]);

  const scrolled = useCallback(
    (offset: number) => {
      if (offset > 400 || older || view.first <= 1 || !view.begun) return;
      setOlder(true);
      live
        .older()
        .catch((error: unknown) => console.warn("older messages", error))
        .finally(() => setOlder(false));
    },
    [live, older, view.first, view.begun],
  );
  const news =
    follow.away === undefined
      ? 0
      : items.filter((item) => item.type === "row" && item.row.seq > (follow.away ?? 0) && item.row.type !== "run").length;
  return (
    <div className="feed">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <div className="list" ref={scroller} role="log" aria-label="Conversation" aria-live="off" aria-busy={older} tabIndex={0}>
        <Virtualizer ref={list} scrollRef={scroller} shift={shift} bufferSize={600} itemSize={96} onScroll={scrolled}>
          {items.map((item) => (
            <div className="item" key={item.key}>
              <ItemView item={item} skew={skew} />
            </div>
          ))}
        </Virtualizer>
      </div>
      {!follow.following && (
        <button type="button" className="pill" onClick={follow.follow}>
          <ArrowDown className="i s14" aria-hidden="true" />
          {news > 0 ? `${news} new` : "Latest"}
        </button>
      )}
    </div>
  );
}

function ItemView({ item, skew }: { item: Item; skew: number }): ReactNode {
  const now = useNow();
  if (item.type === "day") return <div className="rule">{dayOf(item.at)}</div>;
  if (item.type === "new") return <div className="rule new">New</div>;
  if (item.type === "end") return <div style={{ height: 12 }} />;
  if (item.type === "pending") return <PendingMessage entry={item.entry} held={false} offline={now.link.status !== "live"} />;
  const { row } = item;
  switch (row.type) {
    case "member":
      return <MemberMessage row={row} queued={item.queued} />;
    case "turn":
      return <TurnMessage turn={row.turn} skew={skew} />;
    case "run":
      return <RunRow run={row.run} />;
    case "stack":
      return <StackRow body={row.body} at={row.at} />;
    case "notice":
      return <Notice notice={row.body} />;
    case "commit":
      return (
        <Message who="agent" at={row.at}>
          <CommitCard commit={row.body} />
        </Message>
      );
  }
}

/** Where unread begins, fixed while the page stays, and how far the person has read, kept on this device. */
function useUnread(agent: string) {
  const key = `growqr.read.${agent}`;
  const [from] = useState(() => Number(localStorage.getItem(key) ?? Number.POSITIVE_INFINITY));
  return useMemo(() => ({ from, read: (seq: number) => localStorage.setItem(key, String(seq)) }), [from, key]);
}

function useLanding(items: readonly Item[], list: React.RefObject<VirtualizerHandle | null>, follow: () => void): void {
  const landed = useRef(false);
  useLayoutEffect(() => {
    if (landed.current || items.length === 0) return;
    landed.current = true;
    const unread = items.findIndex((item) => item.type === "new");
    if (unread > 0) list.current?.scrollToIndex(unread, { align: "start", offset: -48 });
    else follow();
  }, [items, list, follow]);
}
