/**
 * `index.md` of the memory: one line a file, by folder. Written with each
 * commit by the one writer, read when an actor comes back without state.
 */
export type IndexEntry = { path: string; title: string; at: number };
export const indexPath = "index.md";

const folders = [
  ["Profile", "profile"],
  ["Goals", "goals"],
  ["Decisions", "decisions"],
  ["Plans", "plans"],
  ["Summaries", "summaries"],
  ["Quests", "quests"],
  ["Tasks", "tasks"],
  ["Agents", "agents"],
  ["Policies", "policies"],
  ["Patterns", "patterns"],
  ["Snapshots", "snapshots"],
] as const;
/** Lines of one folder in the index; older ones are found by search. */
export const indexLines = 300;

/**
 * What the platform writes for itself: the index, and the state of a
 * task, plan, quest or open question, which is changed where it is shown.
 */
export function isStateFile(path: string): boolean {
  return path === indexPath || /^(tasks|snapshots)\/(?!README\.md$)|^quests\/qst_|^plans\/pln_/.test(path);
}
/** Whether a change of it can be taken back by hand. */
export const canRevert = (path: string): boolean => !isStateFile(path) && !path.endsWith("README.md");
/**
 * Files that speak for themselves or for their folder have no line. Of a task its spec stands for the folder.
 */
export function isIndexed(path: string): boolean {
  if (path === indexPath || path.endsWith("README.md") || path.startsWith("snapshots/open/")) return false;
  return !path.startsWith("tasks/") || path.endsWith("/spec.yaml");
}
const heading = /^#\s+(.+)$/m;
const titleLine = /^title:(.+)$/m;
const unquoted = (text: string) =>
  text
    .trim()
    .replace(/^["']|["']$/g, "")
    .trim();
/** What a file is called: its first heading, or its `title`, or its name. */
export function readFileTitle(path: string, content: string): string {
  const head = content.slice(0, 4_000);
  const found = /\.ya?ml$/.test(path) ? titleLine.exec(head) : (titleLine.exec(frontMatter(head)) ?? heading.exec(head));
  return titleText(unquoted(found?.[1] ?? "") || (path.split("/").at(-1) ?? path));
}
const frontMatter = (text: string) => (text.startsWith("---\n") ? text.slice(0, text.indexOf("\n---", 4) + 1) : "");
const titleText = (text: string) =>
  text
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, 120);
const escaped = (text: string) => text.replace(/[[\]\\]/g, "\\$&");
const folderOf = (path: string) => (path === "profile.md" ? "profile" : (path.split("/")[0] ?? ""));

export function printIndex(entries: readonly IndexEntry[]): string {
  const shown = entries.filter((entry) => isIndexed(entry.path));
  const known: readonly string[] = folders.map(([, folder]) => folder);
  const section = (name: string, within: readonly IndexEntry[]) => {
    const newest = [...within].sort((a, b) => b.at - a.at || (a.path < b.path ? -1 : 1));
    const lines = newest.slice(0, indexLines).map(indexLine);
    const more = newest.length > indexLines ? [`- … and ${newest.length - indexLines} older`] : [];
    return lines.length === 0 ? [] : ["", `## ${name}`, "", ...lines, ...more];
  };
  return [
    "# Index",
    ...folders.flatMap(([name, folder]) =>
      section(
        name,
        shown.filter((entry) => folderOf(entry.path) === folder),
      ),
    ),
    ...section(
      "Other",
      shown.filter((entry) => !known.includes(folderOf(entry.path))),
    ),
    "",
  ].join("\n");
}
const indexLine = ({ path, title, at }: IndexEntry) => `- [${escaped(title)}](<${path}>), ${new Date(at).toISOString().slice(0, 10)}`;
const entry = /^- \[((?:\\.|[^\]\\])*)\]\(<([^>]+)>\), (\d{4}-\d{2}-\d{2})$/;
const mostLine = 4_000;
/** The lines of an index that can be read; others are passed over. */
export function readIndex(text: string): IndexEntry[] {
  return text.split("\n").flatMap((text) => {
    const [, title = "", path = "", day = ""] = (text.length > mostLine ? undefined : entry.exec(text)) ?? [];
    const at = Date.parse(day);
    return Number.isNaN(at) ? [] : [{ path, title: title.replace(/\\(.)/g, "$1"), at }];
  });
}
