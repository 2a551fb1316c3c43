import type { KeptMail } from "./server.ts";

/** The mails of the demo, for people. A mail's own HTML stands in a frame that runs nothing. */
const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? "&#39;");
const shell = (title: string, inside: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:15px/22px system-ui,sans-serif;max-width:720px;margin:24px auto;padding:0 16px}
iframe{width:100%;height:360px;border:1px solid;background:#fff}li{padding:8px 0}dl{display:grid;grid-template-columns:64px 1fr}dd{margin:0}</style>
</head><body>${inside}</body></html>`;

export function listPage(mails: readonly KeptMail[]): string {
  const lines = mails.map(
    ({ id, to, subject, created_at }) =>
      `<li><a href="/read/${id}">${escaped(subject)}</a><br>to ${escaped(to.join(", "))}, <time>${escaped(created_at)}</time></li>`,
  );
  const list =
    lines.length > 0 ? `<ul>${lines.join("")}</ul>` : "<p>None yet. They come when a question waits for more than two minutes.</p>";
  return shell(
    "Mails of this demo",
    `<h1>Mails of this demo</h1><p>They never left this machine. Load the page again for new ones.</p>${list}`,
  );
}
export function mailPage({ from, to, subject, text = "", html }: KeptMail): string {
  const frame =
    html &&
    `<iframe title="The mail" sandbox="allow-top-navigation-by-user-activation" srcdoc="${escaped(`<base target="_top">${html}`)}"></iframe>`;
  return shell(
    subject,
    `<p><a href="/">All mails</a></p><h1>${escaped(subject)}</h1><dl><dt>From</dt><dd>${escaped(from)}</dd><dt>To</dt><dd>${escaped(to.join(", "))}</dd></dl>
${frame ?? ""}<h2>As text</h2><pre>${escaped(text)}</pre>`,
  );
}
