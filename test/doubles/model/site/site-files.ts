import { readFileSync } from "node:fs";
import { printTime, readDetails, type SiteDetails } from "./site-details.ts";
import { type SiteWords, siteWords } from "./site-words.ts";

/**
 * What the demo model builds on request: a small site that runs, tests itself and is safe to serve. Its
 * server, its tests and its style stand in the folder `site`.
 */
const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
export const escapeText = (text: string) =>
  text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!);
const indented = (text: string, by: string) => text.trimEnd().replaceAll("\n", `\n${by}`);

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeText(title)}</title>
    <style>
      ${indented(read("style.css"), "      ")}
    </style>
  </head>
  <body>
${body}
  </body>
</html>
`;
}
const paragraphs = (texts: readonly string[]) => texts.map((text) => `      <p>${escapeText(text)}</p>`).join("\n");

function menu({ offers }: SiteWords): string {
  const lines = offers.list.map(
    ({ name, about, price }) =>
      `          <li><span>${escapeText(name)}<small>${escapeText(about)}</small></span><span>${escapeText(price)}</span></li>`,
  );
  return `      <section id="menu" aria-labelledby="menu-title">
        <h2 id="menu-title">${escapeText(offers.title)}</h2>
        <ul>
${lines.join("\n")}
        </ul>
      </section>`;
}
/** A row of the table for each group of days. */
export const hourRows = (hours: SiteWords["hours"]): string[] =>
  hours.map(
    ({ days, open }) => `          <tr><th scope="row">${days}</th><td>${open ? open.map(printTime).join(" – ") : "closed"}</td></tr>`,
  );
function openingHours({ hours }: SiteWords): string {
  return `      <section id="hours" aria-labelledby="hours-title">
        <h2 id="hours-title">Opening hours</h2>
        <table>
${hourRows(hours).join("\n")}
        </table>
        <p id="now" role="status"></p>
      </section>`;
}
const map = `<svg viewBox="0 0 320 180" role="img" aria-label="A sketch of the streets around us">
          <rect width="320" height="180" fill="#dfe8d4"/>
          <path d="M0 120 C80 90 120 150 190 110 S300 70 320 80" fill="none" stroke="#9cc3dd" stroke-width="16"/>
          <path d="M40 0V180M0 50H320M210 0V180M0 150H320" stroke="#fff" stroke-width="12"/>
          <path d="M210 30a14 14 0 0 0-14 14c0 10 14 26 14 26s14-16 14-26a14 14 0 0 0-14-14z" fill="#b3261e"/>
          <circle cx="210" cy="44" r="5" fill="#fff"/>
        </svg>`;
const place = ({ street }: SiteWords) => `      <section id="place" aria-labelledby="place-title">
        <h2 id="place-title">Where we are</h2>
        ${map}
        <p>${escapeText(street)}. <a href="contact.html">How to reach us</a></p>
      </section>`;
const form = ({ order }: SiteWords) => `      <section aria-labelledby="order-title">
        <h2 id="order-title">${escapeText(order.title)}</h2>
        <form id="order" data-server="no">
          <label for="name">Your name</label>
          <input id="name" name="name" autocomplete="name" maxlength="100" required>
          <label for="wants">${escapeText(order.wants)}</label>
          <textarea id="wants" name="wants" rows="3" maxlength="500" placeholder="${escapeText(order.example)}" required></textarea>
          <p><button>Send it</button></p>
          <p id="sent" role="status"></p>
        </form>
      </section>`;
const script = `    <script>
      // What the table says, as people write it, decides; where it can't be read nothing is said.
      const week = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
      const readDays = (text) => {
        const named = [...text.toLowerCase().matchAll(/\\b(sun|mon|tue|wed|thu|fri|sat)/g)].map(([, day]) => week.indexOf(day));
        const [first, last = first] = named;
        return first === undefined ? [] : week.map((_, step) => (first + step) % 7).slice(0, ((last - first + 7) % 7) + 1);
      };
      const now = new Date();
      const lines = [...document.querySelectorAll("#hours tr")].map(({ cells: [days, times] }) => {
        const [from, to] = [...times.textContent.matchAll(/(\\d{1,2})(?:[:.](\\d\\d))?/g)].map(([, h, m = 0]) => h * 60 + Number(m));
        return { days: readDays(days.textContent), from, to, known: to !== undefined || /closed/i.test(times.textContent) };
      });
      const minutes = now.getHours() * 60 + now.getMinutes();
      const today = lines.filter(({ days }) => days.includes(now.getDay()));
      const open = today.some(({ from, to }) => minutes >= from && minutes < to);
      if (today.length > 0 && today.every(({ known }) => known)) document.querySelector("#now").textContent = open ? "We are open now." : "We are closed just now.";
      const form = document.querySelector("#order");
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const order = Object.fromEntries(new FormData(form));
        const say = (text) => { document.querySelector("#sent").textContent = text; };
        if (form.dataset.server === "no") return say("Thank you, " + order.name + ". Orders are taken once this page is online: nothing was sent.");
        const [button] = form.getElementsByTagName("button");
        button.disabled = true; // a second press is no second order
        const answer = await fetch("orders", { method: "POST", body: JSON.stringify(order) }).catch(() => undefined);
        button.disabled = false;
        if (answer?.status !== 201) return say("That did not arrive. Please try again, or come by.");
        say("Thank you, " + order.name + ". We have it.");
        form.reset();
      });
    </script>`;

function frontPage(words: SiteWords, says: readonly string[]): string {
  return page(
    words.name,
    `    <header>
      <h1>${escapeText(words.name)}</h1>
      <p class="lead">${escapeText(words.lead)}</p>
${paragraphs(says)}
      <a class="button" href="#order">${escapeText(words.order.title)}</a>
    </header>
    <main class="parts">
${[menu(words), openingHours(words), place(words), form(words)].join("\n")}
    </main>
${script}`,
  );
}
const contactPage = ({ name }: SiteWords) =>
  page(
    `${name}: how to reach us`,
    `    <header><h1>How to reach us</h1></header>
    <main class="parts">
      <section>
        ${map}
        <p>Come by when we are open, or write to us on the front page.</p>
        <p><a href="index.html">Back</a></p>
      </section>
    </main>`,
  );
/** Online it is a program that keeps the orders. */
const environment = `start: node serve.mjs
health:
  path: /
  contains: <h1>
`;
const review = (title: string) =>
  `# ${title}\n\nRead: every changed file, against the spec.\n\n- Correctness: links, language, titles and the form are tested; the pages are plain HTML.\n- Security: serve.mjs hands out pages by name only and takes short orders; hostile paths and orders are tested.\n- Simplicity: no packages and nothing to build.\n\nVerdict: approved\n`;

/**
 * The files of a site that a task asks for; undefined for any other file. `says` is the member's text for the
 * front page; opening hours in it are the site's.
 */
type AskedSite = { title: string; about: string; says: readonly string[]; details: SiteDetails };
export function siteFile(path: string, asked: AskedSite): string | undefined {
  const { open } = readDetails(asked.says.join(". "));
  const words = siteWords(asked.about, { ...asked.details, ...(open ? { open } : {}) });
  const files: Record<string, () => string> = {
    "index.html": () => frontPage(words, asked.says),
    "contact.html": () => contactPage(words),
    "serve.mjs": () => read("serve.mjs"),
    ".growqr/environment.yaml": () => environment,
    "site.test.mjs": () => read("pages.mjs"),
    "hostile.test.mjs": () => read("hostile.mjs"),
  };
  if (/^docs\/reviews\/[\w-]+\.md$/.test(path)) return review(asked.title);
  return files[path]?.();
}
/**
 * The page that a site's front page links to, which its spec does not name. The demo model forgets to commit
 * it, so the clean room finds it missing.
 */
export const forgotten = "contact.html";
