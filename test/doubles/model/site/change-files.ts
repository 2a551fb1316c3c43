import { quote, type Task } from "../task.ts";
import type { SiteDetails } from "./site-details.ts";
import { escapeText, hourRows } from "./site-files.ts";
import { listHours } from "./site-words.ts";

/** How the demo model changes the name, street and opening hours of a site that stands, and nothing else. */
/** `pattern`: of `sed -E -z`. `text` takes its place, and `contains` is a line of that. */
type Place = { part: string; file: string; pattern: string; text: string; contains: string };
const cell = "[^<]*";
const row = `\\s*<tr><th scope="row">${cell}</th><td>${cell}</td></tr>`;
const table = `(<section id="hours"[^>]*>\\s*<h2[^>]*>${cell}</h2>\\s*<table>)(${row}){1,2}(\\s*</table>)`;
/** Where the words stand on the pages. */
function listPlaces({ name, street, open, days }: SiteDetails): Place[] {
  const plain = (part: string, file: string, pattern: string, text: string): Place => ({ part, file, pattern, text, contains: text });
  const titled = name === undefined ? "" : escapeText(name);
  const places: Place[] = [];
  if (name !== undefined)
    places.push(
      plain("name", "index.html", `<h1>${cell}</h1>`, `<h1>${titled}</h1>`),
      plain("name", "index.html", `<title>${cell}</title>`, `<title>${titled}</title>`),
      plain("name", "contact.html", `<title>${cell}: how to reach us</title>`, `<title>${titled}: how to reach us</title>`),
    );
  if (street !== undefined)
    places.push(plain("street", "index.html", `<p>${cell}<a href="contact.html">`, `<p>${escapeText(street)}. <a href="contact.html">`));
  if (open !== undefined && days !== undefined) {
    const rows = hourRows(listHours(days, open));
    places.push({ part: "opening hours", file: "index.html", pattern: table, text: `\n${rows.join("\n")}`, contains: rows[0]!.trim() });
  }
  return places;
}
/** “name, street and opening hours”, of those that are told. */
export function nameParts({ name, street, open, days }: SiteDetails): string {
  const parts = [name && "name", street && "street", (open ?? days) && "opening hours"].filter((part) => typeof part === "string");
  return parts.join(", ").replace(/, (?=[^,]*$)/, " and ");
}
/** The pages on which they stand. */
export const listChangedPages = (details: SiteDetails): string[] => [...new Set(listPlaces(details).map(({ file }) => file))];
/** The checks that see whether the words stand there. */
export const checkWords = (details: SiteDetails) => listPlaces(details).map(({ file, contains }) => ({ file, contains }));

/** It changes a site's words, or tests it after that. */
export const isSiteChange = ({ type, title }: Task): boolean =>
  /^(?:coding|testing)$/.test(type) && /^(?:Change|Test) the .{1,80}: new (?:name|street|opening hours)\b/.test(title);

const forSed = (text: string) => text.replace(/[\\&|]/g, "\\$&").replaceAll("\n", "\\n");
function edit(file: string, places: readonly Place[]): string {
  const script = ({ part, pattern, text }: Place) => `s|${pattern}|${part === "opening hours" ? `\\1${forSed(text)}\\3` : forSed(text)}|`;
  return `sed -i -E -z ${places.map((place) => `-e ${quote(script(place))}`).join(" ")} ${file}`;
}
/**
 * Changes the words in their places. Where one was rewritten by hand so that it is not found, nothing at all
 * is changed and the last line says so.
 */
export function changeCommand(task: Task): string | undefined {
  if (task.type !== "coding" || !isSiteChange(task)) return undefined;
  const places = listPlaces(task.details);
  const files = listChangedPages(task.details);
  const edits = files.map((file) =>
    edit(
      file,
      places.filter((place) => place.file === file),
    ),
  );
  const looks = places.map(({ file, contains }) => `grep -qF ${quote(contains)} ${file}`);
  const sorry = `The ${nameParts(task.details) || "words"} could not be changed: ${files.join(" or ")} was rewritten by hand, so the place for it is not found. Everything is left as it was. On the page itself it can be changed with “Change something…”.`;
  return `{ ${[...edits, ...looks].join(" && ") || "false"} || { git checkout -q . && echo ${quote(sorry)} && false; }; }`;
}
