import { z } from "zod";

/**
 * What was pressed on in a page: words, the text between two tags, `nth` of the `among` texts of the page
 * that are these words; or a picture, and where it lies. `tag`: of the element that holds it. `among` is 0
 * for an element of which no single text was pressed on.
 */
const pickedElement = z.object({
  tag: z.string().max(20),
  words: z.string().max(2_000),
  nth: z.number().int().min(0),
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
  const plain = (text) => (text || "").replace(/\\s+/g, " ").trim();
  const unseen = ["script", "style", "noscript", "textarea", "template", "iframe"];
  const listTexts = (root) => {
    const texts = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode())
      if (plain(text.data) !== "" && !unseen.includes(text.parentElement?.localName)) texts.push(text);
    return texts;
  };
  const textAt = (element, x, y) => {
    const texts = listTexts(element).slice(0, 1000);
    let [nearest, least] = [null, texts.length === 1 ? Infinity : 40];
    for (const text of texts) {
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const { left, right, top, bottom } of range.getClientRects()) {
        const away = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
        if (away < least) [nearest, least] = [text, away];
      }
    }
    return nearest;
  };
  const find = ({ target, clientX, clientY }) => {
    const element = target instanceof Element ? target : document.body;
    return { element, text: element.localName === "img" ? null : textAt(element, clientX, clientY) };
  };
  let picking = false;
  let marked = null;
  const mark = (found) => {
    if (marked) marked.element.style.outline = marked.outline;
    const element = found && (found.text ? found.text.parentElement : found.element);
    const shown = element && element.style && element !== document.body && element !== document.documentElement;
    marked = shown ? { element, outline: element.style.outline } : null;
    if (shown) element.style.outline = "3px solid #d9480f";
  };
  const pick = (on) => { picking = on; mark(null); };
  const describe = ({ element, text }) => {
    if (text) {
      const words = plain(text.data);
      const same = listTexts(document.body).filter((each) => plain(each.data) === words);
      const tag = text.parentElement.localName.slice(0, 20);
      return { tag, words: words.slice(0, 2000), nth: Math.max(same.indexOf(text), 0), among: same.length };
    }
    const rest = { tag: element.localName.slice(0, 20), nth: 0, among: 0 };
    if (rest.tag !== "img") return { ...rest, words: element === document.body ? "" : plain(element.textContent).slice(0, 300) };
    const { origin, pathname } = new URL(element.currentSrc || element.src, location.href);
    return { ...rest, words: plain(element.alt).slice(0, 300), ...(origin === location.origin ? { picture: pathname.slice(0, 1000) } : {}) };
  };
  const over = (event) => { if (picking) mark(find(event)); };
  const hold = (event) => { if (picking) { event.preventDefault(); event.stopImmediatePropagation(); } };
  const press = (event) => {
    if (!picking) return;
    hold(event);
    const found = find(event);
    picking = false;
    mark(found);
    parent.postMessage({ growqr: "preview", kind: "picked", text: "", element: describe(found) }, app);
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
