import { useNavigate } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { failureText } from "../live/use-action.ts";
import { useSpace } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { formatCount } from "../ui/format.ts";
import { useDebounced } from "../ui/use-debounced.ts";
import { useConversation } from "./conversation.ts";
import styles from "./find.module.css";

type FoundMessage = { words: string; seqs: readonly number[]; next: number | null; at: number; error?: unknown };
const none: FoundMessage = { words: "", seqs: [], next: null, at: 0 };

type Props = { channel: string; name: string; list: RefObject<HTMLElement | null>; field: RefObject<HTMLInputElement | null> };
/** Searches the whole channel: the actor finds the places, and the conversation scrolls to each. */
export default function FindBar({ channel, name, list, field }: Props) {
  const { find } = useScreen();
  const [text, setText] = useState("");
  const { found, busy, step } = useFound(channel, useDebounced(text.trim(), 150));
  useEffect(() => {
    const before = document.activeElement;
    field.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [field]);
  useHighlight(list, found.words);
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const by = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (event.key !== "Escape" && by === 0) return;
    event.preventDefault();
    if (by !== 0) step(by);
    else find(false);
  };
  const off = found.seqs.length === 0;
  return (
    <search className={styles.chFind}>
      <input
        ref={field}
        className="inp"
        value={text}
        maxLength={200}
        placeholder="Find in this channel"
        aria-label={`Find in ${name}`}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      <span className="s12 sub num" role="status">
        {text.trim() === "" ? "" : busy ? "Looking" : found.error !== undefined ? failureText(found.error) : placeText(found)}
      </span>
      <button type="button" className="ib" aria-label="Older match" title="Older match" aria-disabled={off} onClick={() => step(1)}>
        <ArrowUp className="i" aria-hidden="true" />
      </button>
      <button type="button" className="ib" aria-label="Newer match" title="Newer match" aria-disabled={off} onClick={() => step(-1)}>
        <ArrowDown className="i" aria-hidden="true" />
      </button>
      <button type="button" className="ib" aria-label="Close find" onClick={() => find(false)}>
        <X className="i" aria-hidden="true" />
      </button>
    </search>
  );
}

const placeText = ({ seqs, at, next }: FoundMessage): string =>
  seqs.length === 0 ? "Not found" : `${formatCount(at + 1)} of ${formatCount(seqs.length)}${next === null ? "" : "+"}`;

/** The actor's hits, newest first, and the one that the conversation shows. */
function useFound(channel: string, words: string) {
  const { live } = useSpace();
  const { home, id } = useConversation();
  const navigate = useNavigate();
  const [found, setFound] = useState(none);
  const [busy, setBusy] = useState(false);
  const newest = useRef("");
  newest.current = words;
  const go = (next: FoundMessage) => {
    setFound(next);
    const at = next.seqs[next.at];
    if (at === undefined) return;
    const search = (before: object) => ({ ...before, at });
    void navigate(home ? { to: "/", search, replace: true } : { to: "/c/$agent", params: { agent: id }, search, replace: true });
  };
  /** Searches on until there is another hit or nothing is left. */
  const look = async (known: FoundMessage) => {
    setBusy(true);
    let { seqs, next } = known;
    try {
      for (let more = true; more && newest.current === known.words; more = seqs.length === known.seqs.length && next !== null) {
        const before = next === null ? {} : { before: next };
        const answer = await live.link.call("find", { channel, text: known.words, ...before });
        seqs = [...seqs, ...answer.found.filter((seq) => !seqs.includes(seq))];
        next = answer.next;
      }
      if (newest.current === known.words) go({ ...known, seqs, next, at: Math.min(known.at, Math.max(0, seqs.length - 1)) });
    } catch (error) {
      if (newest.current === known.words) setFound({ ...known, seqs, next, error });
    } finally {
      if (newest.current === known.words) setBusy(false);
    }
  };
  const begin = useRef(look);
  begin.current = look;
  useEffect(() => {
    if (words === "") setFound(none);
    else void begin.current({ ...none, words });
  }, [words]);
  const step = (by: 1 | -1) => {
    const at = found.at + by;
    if (busy || at < 0) return;
    if (at < found.seqs.length) go({ ...found, at });
    else if (found.next !== null) void look({ ...found, at });
  };
  return { found, busy, step };
}

/** Marks the words in the drawn conversation without changing its DOM. */
function useHighlight(list: RefObject<HTMLElement | null>, words: string): void {
  useEffect(() => {
    const root = list.current;
    if (!root || words === "" || !("highlights" in CSS)) return;
    const mark = () => CSS.highlights.set("found", new Highlight(...rangesOf(root, words.toLowerCase())));
    mark();
    const changes = new MutationObserver(mark);
    changes.observe(root, { childList: true, subtree: true, characterData: true });
    return () => {
      changes.disconnect();
      CSS.highlights.delete("found");
    };
  }, [list, words]);
}
const mostRanges = 500;
function rangesOf(root: HTMLElement, words: string): Range[] {
  const ranges: Range[] = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node && ranges.length < mostRanges; node = texts.nextNode()) {
    const text = node.nodeValue?.toLowerCase() ?? "";
    if (text.length !== node.nodeValue?.length) continue; // a letter that has two in lower case would shift the places
    for (let at = text.indexOf(words); at >= 0 && ranges.length < mostRanges; at = text.indexOf(words, at + words.length)) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + words.length);
      ranges.push(range);
    }
  }
  return ranges;
}
