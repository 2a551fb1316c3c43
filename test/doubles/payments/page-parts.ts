/** What the pages of the double are made of. */
export const escapeText = (text: string) =>
  text.replace(/[&<>"']/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? "&#39;");
export const writeCents = (amount: number) => `${amount < 0 ? "−" : ""}$${(Math.abs(amount) / 100).toFixed(2)}`;
const inWords = new Intl.DateTimeFormat("en-US", { dateStyle: "long" });
/** "December 30, 2026". `at` in seconds since 1970. */
export const nameDay = (at: number) => inWords.format(at * 1_000);

const style = `:root{color-scheme:light dark;--line:light-dark(#8a8a84,#75756f);--soft:light-dark(#55554f,#b9b9b2);
--fill:light-dark(#1d5c3a,#8fd3a8);--on:light-dark(#fff,#10261a)}
html{background:light-dark(#fff,#161614);color:light-dark(#1b1b19,#ededea)}
*{box-sizing:border-box}body{font:16px/24px system-ui,sans-serif;max-width:480px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:24px;line-height:32px;margin:8px 0}h2{font-size:16px;margin:32px 0 8px}p{margin:8px 0}.soft{color:var(--soft);font-size:14px}
.acts{display:grid;gap:10px;margin:16px 0}form{margin:0}button,input,.go{font:inherit;min-height:44px;border-radius:8px}
button{width:100%;padding:8px 12px;border:1px solid var(--line);background:transparent;color:inherit;cursor:pointer}
button.pri{border-color:transparent;background:var(--fill);color:var(--on);font-weight:600}
button[aria-current]{border:2px solid var(--fill);font-weight:600}
.go{display:inline-flex;align-items:center}td .go{white-space:nowrap}a{color:inherit}
.code{display:grid;grid-template-columns:1fr auto;gap:4px 8px;margin:24px 0 8px}.code label,.code p{grid-column:1/-1}
.code p{margin:0}.code button{width:auto}
input{width:100%;padding:0 12px;border:1px solid var(--line);background:transparent;color:inherit}
dl{display:grid;grid-template-columns:auto 1fr;gap:8px 16px;margin:16px 0}dt{color:var(--soft)}dd{margin:0;text-align:right}
table{width:100%;border-collapse:collapse;font-size:14px}th,td{padding:4px 8px 4px 0;border-top:1px solid var(--line);text-align:left}
th{border:0;color:var(--soft);font-weight:400}td{height:44px}`;
/** `inside` is HTML. */
export const makePage = (title: string, inside: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeText(title)}</title>
<style>${style}</style>
</head><body><main><p class="soft">In this demo no money moves.</p><h1>${escapeText(title)}</h1>${inside}</main></body></html>`;

type ButtonLook = "primary" | "current" | "plain";
const looks: Record<ButtonLook, string> = { primary: ' class="pri"', current: ' aria-current="true"', plain: "" };
export const makeButton = (act: string, text: string, look: ButtonLook = "plain") =>
  `<form method="post"><button name="act" value="${act}"${looks[look]}>${escapeText(text)}</button></form>`;
/** Buttons below one another; nothing without any. */
export const makeActs = (buttons: string[], heading?: string) =>
  buttons.length === 0 ? "" : `${heading === undefined ? "" : `<h2>${heading}</h2>`}<div class="acts">${buttons.join("")}</div>`;
export const makeLink = (url: string, text: string) => `<p><a class="go" href="${escapeText(url)}">${escapeText(text)}</a></p>`;
export const makeFacts = (facts: [name: string, value: string][]) =>
  `<dl>${facts.map(([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`).join("")}</dl>`;
