import { useCallback, useEffect, useState } from "react";
import { backMessage, type PickedElement, pageSaid, pickMessage } from "../../../schema/preview/page-watch.ts";
import { previewPath } from "../../../schema/preview/preview-access.ts";

export type PageError = { text: string; times: number };
/** `back`: whether there is a page before this one. */
export type PageNews = { errors: readonly PageError[]; place: string; back: boolean; picked?: PickedElement | undefined; loads: number };
const nothing: PageNews = { errors: [], place: "/", back: false, loads: 0 };
const mostErrors = 20;

/** Counts an error that was said before instead of listing it twice. */
export function addError(errors: readonly PageError[], text: string): readonly PageError[] {
  const known = errors.findIndex((error) => error.text === text);
  if (known >= 0) return errors.with(known, { text, times: errors[known]!.times + 1 });
  return errors.length < mostErrors ? [...errors, { text, times: 1 }] : errors;
}

/**
 * `loads`: how often a page has said where it is. A place that no entry takes is taken for the front page.
 */
export function moveTo(news: PageNews, place: string, back: boolean): PageNews {
  const known = previewPath.safeParse(place).data ?? "/";
  return { ...news, place: known, back, picked: undefined, loads: news.loads + 1 };
}
/** Sends the page in a frame back by one step of its own; it goes nowhere else. */
export function goBack(frame: HTMLIFrameElement | null, address: string): void {
  frame?.contentWindow?.postMessage(backMessage, new URL(address).origin);
}

/** From now on a press in the page names what it is on, once. */
export function pickInPage(frame: HTMLIFrameElement | null, address: string, on: boolean): void {
  frame?.contentWindow?.postMessage(pickMessage(on), new URL(address).origin);
}

/** Listens to the page in one frame, from its own origin. `visit`: another one begins with nothing. */
export function usePageNews(frame: HTMLIFrameElement | null, address: string | undefined, visit: unknown) {
  const [news, setNews] = useState(nothing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another visit forgets what the one before said
  useEffect(() => setNews((before) => ({ ...nothing, place: before.place })), [visit]);
  useEffect(() => {
    if (!frame || address === undefined) return undefined;
    const { origin } = new URL(address);
    const listen = (event: MessageEvent) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const { data, success } = pageSaid.safeParse(event.data);
      if (!success) return;
      if (data.kind === "picked") setNews((before) => ({ ...before, picked: data.element }));
      else if (data.kind === "place") setNews((before) => moveTo(before, data.text, data.back === true));
      else setNews((before) => ({ ...before, errors: addError(before.errors, data.text) }));
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, [frame, address]);
  const forget = useCallback(() => setNews((before) => ({ ...before, picked: undefined })), []);
  return { news, forget };
}

/** The errors as a message to the agent. */
export function describeErrors(title: string, place: string, errors: readonly PageError[]): string {
  const lines = errors.map(({ text, times }) => `${text.replaceAll("`", "'").slice(0, 400)}${times > 1 ? ` (${times} times)` : ""}`);
  return `The page “${title}” (${place.slice(0, 200)}) shows errors in the preview. Find out why and repair it.\n\n\`\`\`\n${lines.join("\n").slice(0, 6_000)}\n\`\`\``;
}
