import path from "node:path";
import type { ProgramUse } from "../../../../schema/command/program-use.ts";
import type { Recorded } from "./box.ts";

const home = "/workspace/agents/agt_1";
export const work = `${home}/work`;
const places = [work, `${home}/.tmp`, "/tmp"];
const programs = /^\/(opt\/growqr\/bin|trace\/bin|usr\/local\/bin|usr\/bin|bin)\/([^/]+)$/;
const always = new Set(["/dev/null", "/dev/tty"]);

/** What bash started or wrote that the judge had not named. */
export function unnamed(recorded: Recorded, does: ProgramUse): string[] {
  const runs = recorded.runs.filter((program) => !isNamed(program, does.runs)).map((program) => `started ${program}`);
  const writes = recorded.writes.filter((file) => !always.has(file) && !isWritten(file, does.writes)).map((file) => `wrote ${file}`);
  const given = recorded.given.filter(isForMore).map((words) => `gave ${words.join(" ")}`);
  return [...runs, ...writes, ...given, ...(recorded.late ? ["did not end"] : [])];
}
const installs = /^(install|i|add|ci|update|up|uninstall|remove|rm|sync|dedupe|prune|rebuild)$/;
const wider = /^-+(g|gl.*|loc.*|reg.*|user.*|break.*|system|index.*|extra-index.*|default-index.*|find-links.*)$|^-[A-Za-z]*g[A-Za-z]*$/;
/** What is asked however it came about: it publishes or signs in, or installs for more than the project. */
function isForMore([name, ...words]: string[]): boolean {
  const [first = ""] = words;
  if (name === "yarn" && !/^(-|install$|add$|remove$|global$|publish$)/.test(first)) return false; // a script of the project
  const end = words.indexOf("--");
  const heard = end < 0 ? words : words.slice(0, end);
  return (
    /^(publish|login|adduser|link|global|dlx|set|yank|owner)$/.test(first) ||
    (heard.some((word) => installs.test(word)) && heard.some((word) => wider.test(word) || /:\/\//.test(word)))
  );
}
function isNamed(program: string, runs: readonly string[]): boolean {
  const name = programs.exec(program)?.[2];
  if (runs.includes("git") && (program.startsWith("/usr/lib/git-core/") || name?.startsWith("git-"))) return true;
  return name !== undefined && runs.includes(name);
}
function isWritten(file: string, writes: readonly string[]): boolean {
  const place = places.find((folder) => file === folder || file.startsWith(`${folder}/`));
  if (place === undefined) return false;
  const [, repository] = /^(.*?)\/\.git(\/|$)/.exec(file) ?? [];
  if (repository !== undefined) {
    if (writes.includes("**/.git")) return true;
    if (/\/\.git\/(hooks|info\/attributes)(\/|$)/.test(file)) return false;
    return writes.includes(/\/\.git\/config(\.lock)?$/.test(file) ? ".git/config" : ".git");
  }
  return writes.some((written) => written === "**" || covers(written, file, place));
}
/**
 * What is written is the path itself, what lies in it, or a folder on the way to it; from whichever folder of
 * the place.
 */
function covers(written: string, file: string, place: string): boolean {
  const plain = written.replace(/^"?\$\{?TMPDIR\}?"?/, `${home}/.tmp`).replace(/"$/, "");
  const wanted = path.posix.normalize(plain).replace(/(.)\/+$/, "$1");
  if (wanted === ".") return true;
  const begin = wanted.startsWith("/") ? "" : `${quoted(place)}/(?:.*/)?`;
  const parts = wanted.split("/").map((part) => `(?:${pattern(part)}|${quoted(part)})`); // a glob that finds nothing stays as it is
  return parts.some((_, at) =>
    new RegExp(`^${begin}${parts.slice(0, at + 1).join("/")}${at === parts.length - 1 ? "(?:/.*)?" : ""}$`, "s").test(file),
  );
}
const quoted = (text: string) => text.replace(/[.+^${}()|[\]\\*?]/g, "\\$&");
/** One part of a path as bash matches it. */
function pattern(part: string): string {
  return part.replace(/\\(.)|\[[!^]?\]?[^\]]*\]|[*?]|[^\\[*?]+|./gs, (piece: string, escaped: string | undefined) => {
    if (escaped !== undefined) return quoted(escaped);
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    return /^\[.+\]$/s.test(piece) ? "[^/]" : quoted(piece);
  });
}
