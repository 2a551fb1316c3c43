import { type BrowserErrorIn, browserErrorPath } from "../../../schema/browser-error.ts";
import { AppError } from "../../../schema/wire/error.ts";

/** A page that fails again and again is told of so often. */
const mostTold = 5;
const toldFaults = new Set<string>();

/** What is no fault of the app: the product's refusals, what was cut off, and the network. */
const isExpected = (error: unknown) =>
  error instanceof AppError || error instanceof DOMException || (error instanceof TypeError && /fetch|network/i.test(error.message));
/** Quoted in a message may be anything that was read: `"my diary" is not valid JSON`. */
const withoutQuotes = (text: string) => text.replace(/"[^"]*"?|'[^']*'?|`[^`]*`?|“[^”]*”?/g, "…");
/** Of a stack the places in files: its first lines are the message. */
const placesOf = (stack: string) =>
  stack
    .split("\n")
    .filter((line) => /:\d+:\d+\)?$/.test(line))
    .join("\n");

/** Tells the edge of a fault, once each. Nothing here may throw: it is called where something failed. */
export function reportError(error: unknown): void {
  if (isExpected(error) || toldFaults.size >= mostTold) return;
  const { name, message, stack = "" } = error instanceof Error ? error : { name: "Thrown", message: typeof error };
  const [, first = ""] = location.pathname.split("/");
  const fault: BrowserErrorIn = {
    name: name.slice(0, 80) || "Error",
    message: withoutQuotes(message).slice(0, 500),
    stack: placesOf(stack).slice(0, 4_000),
    page: /^[a-z-]{0,40}$/.test(first) ? `/${first}` : "/",
    build: import.meta.url.split("/").at(-1)?.slice(0, 100) ?? "",
  };
  const body = JSON.stringify(fault);
  if (toldFaults.has(body)) return;
  toldFaults.add(body);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: true, redirect: "error" } as const;
  void fetch(browserErrorPath, init)
    .then((answer) => answer.text()) // an answer that is never read keeps its connection
    .catch(() => undefined);
}
/**
 * Faults that no part of the page catches. An event without one is the browser's own remark, as of a
 * ResizeObserver that goes on in the next frame.
 */
export function watchErrors(): void {
  window.addEventListener("error", ({ error }) => error && reportError(error));
  window.addEventListener("unhandledrejection", (event) => reportError(event.reason));
}
