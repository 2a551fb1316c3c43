import { people } from "./user.ts";

const html = (text: string) =>
  text.replace(/[&<>"']/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[char]!);

const style = `
:root{color-scheme:light dark;--bg:oklch(.992 .003 150);--surface:#fff;--ink:oklch(.245 .02 165);--ink2:oklch(.455 .018 162);--line:oklch(.895 .01 152);--edge:oklch(.62 .02 158);--accent:oklch(.455 .095 166);--on:#fff}
@media (prefers-color-scheme:dark){:root{--bg:oklch(.205 .012 166);--surface:oklch(.238 .013 165);--ink:oklch(.935 .008 152);--ink2:oklch(.735 .014 156);--line:oklch(.315 .014 162);--edge:oklch(.56 .02 160);--accent:oklch(.80 .12 162);--on:oklch(.205 .012 166)}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--ink);font:14px/20px system-ui,sans-serif}
main{width:100%;max-width:380px}svg{display:block;color:var(--accent)}h1{font-size:20px;line-height:28px;margin:16px 0 4px;font-weight:600}p{margin:0 0 24px;color:var(--ink2)}
ul{list-style:none;margin:0 0 24px;padding:0;display:grid;gap:8px}button{font:inherit;cursor:pointer;border-radius:6px;min-height:44px}
.person{width:100%;text-align:left;padding:12px 16px;background:var(--surface);color:var(--ink);border:1px solid var(--line)}.person:hover{border-color:var(--edge)}
.person b{display:block;font-weight:600}.person span{color:var(--ink2);font-size:13px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}label{display:block;font-size:13px;color:var(--ink2);margin-bottom:4px}
.row{display:flex;gap:8px}input{flex:1;min-width:0;font:inherit;padding:0 12px;min-height:44px;border:1px solid var(--edge);border-radius:6px;background:var(--surface);color:var(--ink)}
.go{padding:0 16px;background:var(--accent);color:var(--on);border:0;font-weight:600}small{display:block;margin-top:24px;color:var(--ink2);font-size:13px}[role=alert]{color:inherit;border-left:3px solid var(--accent);padding-left:12px}`;
const ring = `<svg width="40" height="40" viewBox="0 0 40 40" fill="none" stroke="currentColor" stroke-width="2.5" aria-hidden="true"><circle cx="20" cy="20" r="16"/><circle cx="20" cy="20" r="9.5"/><circle cx="20" cy="20" r="3" fill="currentColor" stroke="none"/></svg>`;

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · GrowQR</title><style>${style}</style></head><body><main>${ring}${body}</main></body></html>`;
}

/** The sign-in page: a few people to be, or any address. */
export function signInPage(redirect: string, problem?: string): string {
  const hidden = `<input type="hidden" name="redirect_url" value="${html(redirect)}">`;
  const person = (user: (typeof people)[number]) =>
    `<li><form method="post" action="/sign-in">${hidden}<input type="hidden" name="email" value="${user.email}"><button class="person"><b>${user.name}</b><span>${user.about}</span></button></form></li>`;
  return document(
    "Sign in",
    `<h1>Sign in to GrowQR</h1><p>Who would you like to be? This is a demo sign-in for this machine: nobody needs a password.</p>
${problem ? `<p role="alert">${html(problem)}</p>` : ""}<ul>${people.map(person).join("")}</ul>
<form method="post" action="/sign-in">${hidden}<label for="email">Or any e-mail address</label><div class="row"><input id="email" name="email" type="email" autocomplete="email" required maxlength="120" placeholder="you@example.com"><button class="go">Continue</button></div></form>
<small>With Clerk keys in the environment, Clerk's own sign-in takes the place of this page.</small>`,
  );
}

export function refusalPage(why: string): string {
  return document("Not possible", `<h1>That does not work</h1><p>${html(why)}</p>`);
}
