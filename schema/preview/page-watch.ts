import { z } from "zod";

/**
 * An element of a page: its words, or where its picture lies. `nth` of the `among` elements of this tag that
 * hold these words and no other element; none of them is one that holds others.
 */
const pickedElement = z.object({
  tag: z.string().max(20),
  words: z.string().max(1_000),
  nth: z.number().int().min(-1),
  among: z.number().int().min(0),
  picture: z.string().max(1_000).optional(),
});
export type PickedElement = z.infer<typeof pickedElement>;
/**
 * What a previewed page says to the app that frames it. It is foreign: text to show, of a bounded length, and
 * nothing more.
 */
export const pageSaid = z.object({
  growqr: z.literal("preview"),
  kind: z.enum(["console", "error", "load", "request", "place", "picked"]),
  text: z.string().max(2_000),
  /** Whether there is a page before this one. */
  back: z.boolean().optional(),
  /** What a person has pressed on to have it changed. */
  element: pickedElement.optional(),
});
/** What the app says to it: go back by one page of your own. */
export const backMessage = { growqr: "back" } as const;
/** And: what is pressed on next is named, and nothing else comes of that press; or not so any more. */
export const pickMessage = (on: boolean) => ({ growqr: "pick", on }) as const;

/**
 * What a previewed page tells the app that frames it: errors of its console, what it could not load, where it
 * is, and whether there is a way back; the app may send it back, and nowhere else. Plain JavaScript for the
 * page itself.
 */
export const watchScript = (app: string) => `(() => {
  if (window.parent === window || window.__growqrWatched) return;
  Object.defineProperty(window, "__growqrWatched", { value: true });
  let left = 50;
  const app = ${JSON.stringify(app)};
  const { navigation: steps } = window;
  const text = (value) => {
    try {
      if (value instanceof Error) return value.stack || String(value);
      return typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
    } catch { return String(value); }
  };
  const tell = (kind, said) => {
    if (kind !== "place" && left-- <= 0) return;
    parent.postMessage({ growqr: "preview", kind, text: said.slice(0, 2000), back: steps?.canGoBack === true }, app);
  };
  const { error } = console;
  console.error = (...given) => { tell("console", given.map(text).join(" ")); return error.apply(console, given); };
  addEventListener("error", (event) => {
    const from = event.target;
    if (from && from !== window) tell("load", (from.src || from.href || from.localName) + " could not be loaded");
    else tell("error", event.message + (event.filename ? " (" + event.filename + ":" + event.lineno + ")" : ""));
  }, true);
  addEventListener("unhandledrejection", (event) => tell("error", "Unhandled: " + text(event.reason)));
  const { fetch: asked } = window;
  window.fetch = async (...given) => {
    const name = text(given[0] && given[0].url || given[0]);
    try {
      const answer = await asked.apply(window, given);
      if (answer.status >= 400) tell("request", name + " answered " + answer.status);
      return answer;
    } catch (failure) { tell("request", name + " failed: " + text(failure && failure.message)); throw failure; }
  };
  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.addEventListener("loadend", () => { if (this.status === 0 || this.status >= 400) tell("request", method + " " + url + " answered " + this.status); });
    return open.call(this, method, url, ...rest);
  };
  const place = () => tell("place", location.pathname + location.search + location.hash);
  if (steps) steps.addEventListener("currententrychange", place);
  else { addEventListener("hashchange", place); addEventListener("popstate", place); }
  const plain = (element) => (element.textContent || "").replace(/\\s+/g, " ").trim();
  let picking = false;
  let marked = null;
  const mark = (element) => {
    if (marked) marked.element.style.outline = marked.outline;
    marked = element ? { element, outline: element.style.outline } : null;
    if (element) element.style.outline = "3px solid #d9480f";
  };
  const pick = (on) => { picking = on; mark(null); };
  const describe = (element) => {
    const tag = element.localName.slice(0, 20);
    const words = plain(element).slice(0, 1000);
    const same = [...document.getElementsByTagName(tag)].filter((each) => each.childElementCount === 0 && plain(each) === words);
    const picture = tag === "img" ? new URL(element.currentSrc || element.src, location.href) : undefined;
    const place = picture && picture.origin === location.origin ? { picture: picture.pathname.slice(0, 1000) } : {};
    return { tag, words: picture ? (element.alt || "").slice(0, 1000) : words, nth: same.indexOf(element), among: same.length, ...place };
  };
  const over = (event) => { if (picking && event.target instanceof Element) mark(event.target); };
  const hold = (event) => { if (picking) { event.preventDefault(); event.stopImmediatePropagation(); } };
  const press = (event) => {
    if (!picking) return;
    hold(event);
    const element = event.target instanceof Element ? event.target : document.body;
    picking = false;
    mark(element);
    parent.postMessage({ growqr: "preview", kind: "picked", text: "", element: describe(element) }, app);
  };
  addEventListener("pointerover", over, true);
  for (const kind of ["pointerdown", "pointerup", "mousedown", "mouseup", "submit"]) addEventListener(kind, hold, true);
  addEventListener("click", press, true);
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || origin !== app) return;
    if (data?.growqr === "back" && steps?.canGoBack) steps.back();
    if (data?.growqr === "pick") pick(data.on === true);
  });
  place();
})();
`;
