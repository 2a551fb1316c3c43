import { useEffect, useState } from "react";
import { z } from "zod";

/**
 * What a previewed page says of itself. It is foreign: text to show, of a bounded length, and nothing more.
 */
const said = z.object({
  growqr: z.literal("preview"),
  kind: z.enum(["console", "error", "load", "request", "place"]),
  text: z.string().max(2_000),
});
export type PageError = { text: string; times: number };
export type PageNews = { errors: readonly PageError[]; place: string };
const nothing: PageNews = { errors: [], place: "/" };
const mostErrors = 20;

/** Counts an error that was said before instead of listing it twice. */
export function addError(errors: readonly PageError[], text: string): readonly PageError[] {
  const known = errors.findIndex((error) => error.text === text);
  if (known >= 0) return errors.with(known, { text, times: errors[known]!.times + 1 });
  return errors.length < mostErrors ? [...errors, { text, times: 1 }] : errors;
}

/** Listens to the page in one frame, from its own origin. `visit`: another one begins with nothing. */
export function usePageNews(frame: HTMLIFrameElement | null, address: string | undefined, visit: unknown): PageNews {
  const [news, setNews] = useState(nothing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another visit forgets what the one before said
  useEffect(() => setNews((before) => ({ ...nothing, place: before.place })), [visit]);
  useEffect(() => {
    if (!frame || address === undefined) return undefined;
    const { origin } = new URL(address);
    const listen = (event: MessageEvent) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const { data, success } = said.safeParse(event.data);
      if (!success) return;
      if (data.kind === "place") setNews((before) => ({ ...before, place: data.text.startsWith("/") ? data.text : "/" }));
      else setNews((before) => ({ ...before, errors: addError(before.errors, data.text) }));
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, [frame, address]);
  return news;
}

/** The errors as a message to the agent. */
export function describeErrors(title: string, place: string, errors: readonly PageError[]): string {
  const lines = errors.map(({ text, times }) => `${text.replaceAll("`", "'").slice(0, 400)}${times > 1 ? ` (${times} times)` : ""}`);
  return `The page “${title}” (${place.slice(0, 200)}) shows errors in the preview. Find out why and repair it.\n\n\`\`\`\n${lines.join("\n").slice(0, 6_000)}\n\`\`\``;
}
