/**
 * Words of a page, where they stand in the page's own file: so that what a person has pressed on can be
 * changed there. Only what is plainly the same is found: an element that holds these words and no other
 * element.
 */
export type PickedWords = {
  tag: string;
  /** As the browser shows them. */
  words: string;
  /** Which of the elements of this tag that hold the same words, from 0, and how many those are. */
  nth: number;
  among: number;
};

const names: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
/** The characters that a page writes by name or number. */
const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined;
    if (code !== undefined) return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : whole;
    return names[name!.toLowerCase()] ?? whole;
  });
const encode = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const collapse = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

type Place = { from: number; to: number };
/** Where a tag's elements that hold nothing but text begin and end, in the order of the file. */
function listTexts(source: string, tag: string): Place[] {
  const lower = source.replace(/[A-Z]/g, (letter) => letter.toLowerCase()); // of other alphabets a letter may become two
  const places: Place[] = [];
  const open = `<${tag}`;
  for (let at = lower.indexOf(open); at >= 0; at = lower.indexOf(open, at + open.length)) {
    const after = lower[at + open.length];
    if (after === undefined || !/[\s/>]/.test(after)) continue; // another tag that begins so
    const end = lower.indexOf(">", at);
    if (end < 0) break;
    const next = lower.indexOf("<", end);
    if (next >= 0 && lower.startsWith(`</${tag}`, next)) places.push({ from: end + 1, to: next });
  }
  return places;
}

/** The file with other words in that place; undefined where it can't be told which place that is. */
export function replaceWords(source: string, { tag, words, nth, among }: PickedWords, written: string): string | undefined {
  if (!/^[a-z][a-z0-9]{0,19}$/.test(tag)) return undefined;
  const found = listTexts(source, tag).filter(({ from, to }) => collapse(decode(source.slice(from, to))) === collapse(words));
  const place = found.length === among ? found[nth] : undefined;
  if (!place || collapse(words) === "") return undefined;
  const before = source.slice(place.from, place.to);
  const lead = before.slice(0, before.length - before.trimStart().length);
  const tail = before.slice(before.trimEnd().length);
  return source.slice(0, place.from) + lead + encode(written.trim()) + tail + source.slice(place.to);
}

/** The files that a page at this place of a folder can be, the likeliest first. */
export function listPageFiles(folder: string, place: string): string[] {
  const path = decodePath(new URL(place, "http://page.invalid").pathname)?.replace(/^\//, "");
  if (path === undefined) return [];
  const files = path === "" || path.endsWith("/") ? [`${path}index.html`] : /\.[^/.]+$/.test(path) ? [path] : [`${path}.html`, path];
  return files.map((file) => (folder === "" ? file : `${folder}/${file}`));
}
/** The file that lies at a path of a folder; undefined for what no file is called. */
export function fileAt(folder: string, pathname: string): string | undefined {
  const path = decodePath(pathname)?.replace(/^\//, "");
  return path === undefined || path === "" ? undefined : folder === "" ? path : `${folder}/${path}`;
}
function decodePath(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}
