import { watchScript } from "../../schema/preview/page-watch.ts";

export const answerWatchScript = (app: string): Response =>
  new Response(watchScript(app), {
    headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "private, max-age=300" },
  });

/**
 * Puts the script first into a page that is shown in a frame, also into one that leaves out `html`, `head` or
 * `body`; whatever is no page stays as it is.
 */
export function watchPage(answer: Response, path: string): Response {
  if (!answer.headers.get("content-type")?.includes("text/html") || answer.body === null) return answer;
  const script = `<script src="${path}"></script>`;
  let placed = false;
  const element = (found: Element) => {
    if (placed || found.tagName === "html") return;
    placed = true;
    if (found.tagName === "head" || found.tagName === "body") found.prepend(script, { html: true });
    else found.before(script, { html: true });
  };
  const end = (last: DocumentEnd) => {
    if (!placed) last.append(script, { html: true });
  };
  const page = new Response(answer.body, answer);
  page.headers.delete("content-length");
  return new HTMLRewriter().on(":first-child", { element }).onDocument({ end }).transform(page);
}
