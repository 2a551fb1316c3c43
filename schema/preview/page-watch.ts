import { z } from "zod";

/**
 * What a previewed page says to the app that frames it. It is foreign: text to show, of a bounded length, and
 * nothing more.
 */
export const pageSaid = z.object({
  growqr: z.literal("preview"),
  kind: z.enum(["console", "error", "load", "request", "place"]),
  text: z.string().max(2_000),
  /** Whether there is a page before this one. */
  back: z.boolean().optional(),
});
/** What the app says to it: go back by one page of your own. */
export const backMessage = { growqr: "back" } as const;

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
  addEventListener("message", ({ source, origin, data }) => {
    if (source === window.parent && origin === app && data?.growqr === "back" && steps?.canGoBack) steps.back();
  });
  place();
})();
`;
