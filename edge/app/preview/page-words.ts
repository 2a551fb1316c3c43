import { type DefaultTreeAdapterTypes, parse, parseFragment } from "parse5";

/**
 * Words of a page, where they stand in the page's own file: so that what a person has pressed on can be
 * changed there. The file is read as a browser reads it.
 */
export type PickedText = {
  /** As the browser shows them. */
  words: string;
  /** Which of the texts of the page that are these words, from 0, and how many those are. */
  nth: number;
  among: number;
};
/** A text between two tags, as it is shown, and where it stands in the file. */
export type PageText = { words: string; from: number; to: number };

const collapse = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
const encode = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
/** Elements whose text is not among the words of a page (schema/preview/page-watch.ts counts alike). */
const unseen = new Set(["head", "script", "style", "noscript", "textarea", "template", "iframe"]);

/** The texts of a page's body, in the order of the file. */
export function listTexts(source: string): PageText[] {
  const found: PageText[] = [];
  const left: DefaultTreeAdapterTypes.Node[] = [parse(source, { sourceCodeLocationInfo: true })];
  for (let node = left.pop(); node; node = left.pop()) {
    if (node.nodeName === "#text" && "value" in node && node.sourceCodeLocation) {
      const { startOffset: from, endOffset: to } = node.sourceCodeLocation;
      if (collapse(node.value) !== "") found.push({ words: collapse(node.value), from, to });
    } else if ("childNodes" in node && !unseen.has(node.nodeName)) for (const child of node.childNodes.toReversed()) left.push(child);
  }
  return found;
}

/** The text that was pressed on; undefined where it can't be told which of the file's it is. */
export function findText(texts: readonly PageText[], { words, nth, among }: PickedText): PageText | undefined {
  const same = texts.filter((text) => text.words === collapse(words));
  return same.length === among ? same[nth] : undefined;
}

/**
 * The file with other words in that place, and the spaces around them as they were; undefined where the file
 * writes them in several pieces.
 */
export function replaceText(source: string, { words, from, to }: PageText, written: string): string | undefined {
  const before = source.slice(from, to);
  const [only, ...others] = parseFragment(before).childNodes;
  if (!only || !("value" in only) || collapse(only.value) !== words || others.length > 0) return undefined;
  const lead = before.slice(0, before.length - before.trimStart().length);
  const tail = before.slice(before.trimEnd().length);
  return source.slice(0, from) + lead + encode(written.trim()) + tail + source.slice(to);
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
