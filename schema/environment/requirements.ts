import { resolveInside } from "./setup-paths.ts";

/** Lists of requirements, line by line as pip reads them. */

/** Where pip ends a line too, and editors show none. */
const hiddenLineEnd = /[^\P{Cc}\t\r\n]|[\u2028\u2029]/u;
/**
 * The lines of a list, each in one piece and without its comment. A line that is a comment goes on no
 * further, whatever it ends with. Undefined where a line ends where nobody sees it.
 */
export function splitRequirements(text: string): string[] | undefined {
  if (hiddenLineEnd.test(text)) return undefined;
  const lines: string[] = [];
  let open = "";
  for (const line of text.replace(/^\ufeff/, "").split(/\r\n?|\n/)) {
    const isComment = /^\s*#/.test(line);
    if (line.endsWith("\\") && !isComment) {
      open += `${line.slice(0, -1)} `;
      continue;
    }
    lines.push(open + line.replace(/^#/, " #"));
    open = "";
  }
  const plain = [...lines, open].map((line) =>
    line
      .replace(/(?:^|\s)#.*$/s, "")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return plain.filter((line) => line !== "");
}

/**
 * What a line asks for: a package of an index or an address, another list, a file or folder of packages,
 * or a package of the project itself; `broken`: why a clean room can't do it.
 */
export type Requirement =
  | { kind: "package" | "option" }
  | { kind: "list" | "wheel" | "wheels"; path: string }
  | { kind: "project"; folder: string; extras: string[] }
  | { kind: "broken"; why: string };
const broken = (why: string): Requirement => ({ kind: "broken", why });
const outside = broken("it leads out of the project");

const listOption = /^(?:-r|--requirement|-c|--constraint)(?:[ =]| ?(?=[^- ]))(\S+)$/;
const linksOption = /^(?:-f|--find-links)(?:[ =]| ?(?=[^- ]))(\S+)$/;
const editable = /^(?:-e|--editable)(?:[ =]| ?(?=[^- ]))(.+)$/;
const plainOption =
  /^(?:(?:-i|--index-url|--extra-index-url)[ =]?https?:\S+|--trusted-host[ =]\S+|--use-feature[ =]\S+|--(?:no-index|require-hashes|prefer-binary|pre)|--(?:only-binary|no-binary)[ =]\S+)$/;
const webAddress = /^(?:https?|git\+https?|git\+ssh|git\+git):/;
const archive = /\.(?:zip|tar|tgz|tbz|txz|tlz|gz|bz2|xz|lz|lzma)$/i;
const named = /^[A-Za-z0-9][\w.-]* ?(?:\[[\w ,.-]*\])? ?(?:\(?[=<>!~][\w ,.*+!=<>~()-]*)?$/;

/**
 * A line's options, each as a line of its own and without quotes; any other line as it is. A line that
 * begins with a package or an address has no options but hashes.
 */
export function splitOptions(line: string): string[] {
  if (!line.startsWith("-") || editable.test(line)) return [line];
  const words = line.split(" ").map(unquoted);
  const options: string[] = [];
  for (const word of words)
    if (word.startsWith("-") || options.length === 0) options.push(word);
    else options.push(`${options.pop()} ${word}`);
  return options;
}
const unquoted = (word: string) => /^(["'])(.*)\1$/s.exec(word)?.[2] ?? word;

/** `from`: the folder of the list; `at`: that in which pip runs. */
export function readRequirement(line: string, from: string, at: string): Requirement {
  if (line.includes("${")) return broken("variables are not filled in");
  const list = listOption.exec(line)?.[1];
  if (list !== undefined) return inside(from, list, (path) => ({ kind: "list", path }));
  const links = linksOption.exec(line)?.[1];
  if (links !== undefined) return webAddress.test(links) ? { kind: "option" } : inside(from, links, (path) => ({ kind: "wheels", path }));
  const edited = editable.exec(line)?.[1];
  if (edited === undefined && line.startsWith("-")) return plainOption.test(line) ? { kind: "option" } : broken("this option is not known");
  const [asked = "", ...hashes] = unquoted(edited ?? line).split(/ --hash[= ]/);
  if (/ -|^-/.test(asked) || !hashes.every((hash) => /^\w+:\w+$/.test(hash))) return broken("options of one package are not known");
  if (edited === undefined && isPackage(asked)) return { kind: "package" };
  const [, place = ""] = /^[A-Za-z0-9][\w.-]* ?(?:\[[^\]]*\])? ?@ ?(.+)$/.exec(asked) ?? [undefined, asked];
  if (webAddress.test(place)) return { kind: "package" };
  const found = readPlace(place, at);
  return edited !== undefined && found.kind === "wheel" ? broken("a wheel can't be edited") : found;
}
/** Whether a line names a package of an index, with its versions, its marker and its hashes. */
function isPackage(asked: string): boolean {
  const plain = asked.split(";", 1)[0]!.trim();
  return named.test(plain) && !/\.whl$/i.test(plain) && !archive.test(plain);
}
function readPlace(place: string, at: string): Requirement {
  const [asked = ""] = place.replace(/^file:/, "").split(/ ?; ?/);
  const [, path = "", extras = ""] = /^([^[]+?) ?(?:\[([^\]]*)\])?$/.exec(asked.trim()) ?? [];
  if (!/^[\w./@+~ -]+$/.test(path) || / -/.test(path)) return broken("it is neither a package nor a path");
  if (/\.whl$/i.test(path)) return inside(at, path, (wheel) => ({ kind: "wheel", path: wheel }));
  if (archive.test(path)) return broken("it would be built by a program of its own: give it as a wheel or a folder");
  const folder = resolveInside(at, path);
  if (folder === undefined) return outside;
  return {
    kind: "project",
    folder,
    extras: extras
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== ""),
  };
}
function inside(folder: string, path: string, then: (path: string) => Requirement): Requirement {
  const found = /^[a-z+]+:/i.test(path) ? undefined : resolveInside(folder, path);
  return found === undefined || found === "" ? outside : then(found);
}
