import { watchScript } from "../../schema/preview/page-watch.ts";

export const answerWatchScript = (app: string): Response =>
  new Response(watchScript(app), {
    headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "private, max-age=300" },
  });

/** Puts the script first into a page that is shown in a frame; whatever is no page stays as it is. */
export function watchPage(answer: Response, path: string): Response {
  if (!answer.headers.get("content-type")?.includes("text/html") || answer.body === null) return answer;
  let placed = false;
  const put = (element: Element) => {
    if (placed) return;
    placed = true;
    element.prepend(`<script src="${path}"></script>`, { html: true });
  };
  const page = new Response(answer.body, answer);
  page.headers.delete("content-length");
  return new HTMLRewriter().on("head", { element: put }).on("body", { element: put }).transform(page);
}
