import { readTomlTable, stringsOf, type Table, tableAt } from "./data-files.ts";
import { openFolder } from "./install-plan.ts";
import { resolveInside, type SetupTexts } from "./setup-paths.ts";

/**
 * A package of the project itself, by what its own files say: it is not built, and none of its programs is
 * asked.
 */

/** Files that say what such a package is and needs. */
export const projectFiles = ["pyproject.toml", "setup.cfg", "setup.py"] as const;
const isOneLine = (text: string) => !/[\r\n]/.test(text) && !text.startsWith("-");

/** The lines of a key in a setup.cfg. */
function listIn(config: string | undefined, section: string, key: string): string[] {
  let [inSection, inKey] = [false, false];
  const found: string[] = [];
  for (const line of config?.split(/\r?\n/) ?? []) {
    if (line.trim() === "") continue;
    if (/^\[.*\]\s*$/.test(line)) inSection = line.trim() === `[${section}]`;
    const [, name, value] = /^([\w.-]+)\s*=(.*)$/.exec(line) ?? [];
    if (name !== undefined || !/^\s/.test(line)) inKey = inSection && name === key;
    if (inKey) found.push((name === undefined ? line : (value ?? "")).trim());
  }
  return found.filter((line) => line !== "" && !line.startsWith("#"));
}
type Asked = { lines: string[]; lists: string[] } | { unknown: string };
/**
 * What it asks for, with these extras: requirements, and lists of them by path; or which file says it
 * unread.
 */
export function readProjectRequirements(texts: SetupTexts, folder: string, extras: readonly string[]): Asked {
  const { text, at } = openFolder(texts, folder);
  const read = readTomlTable(text("pyproject.toml"));
  if (text("pyproject.toml") !== undefined && read === undefined) return { unknown: at("pyproject.toml") };
  const project = tableAt(read, "project");
  const dynamic = tableAt(read, "tool", "setuptools", "dynamic", "dependencies").file;
  if (stringsOf(project.dynamic).includes("dependencies") && dynamic !== undefined) {
    const files = typeof dynamic === "string" ? [dynamic] : stringsOf(dynamic);
    return { lines: [], lists: files.map((path) => resolveInside(folder, path) ?? "").filter((path) => path !== "") };
  }
  if (extras.length > 0 && stringsOf(project.dynamic).includes("optional-dependencies")) return { unknown: at("pyproject.toml") };
  const isStatic = Object.keys(project).length > 0 && !stringsOf(project.dynamic).includes("dependencies");
  if (isStatic)
    return { lines: expand(project, stringsOf(project.dependencies), tableAt(project, "optional-dependencies"), extras), lists: [] };
  const config = text("setup.cfg");
  const named = listIn(config, "options", "install_requires");
  const more = Object.fromEntries(extras.map((extra) => [extra, listIn(config, "options.extras_require", extra)]));
  if (named.length > 0 || Object.values(more).some((each) => each.length > 0))
    return { lines: expand(project, named, more, extras), lists: [] };
  if (Object.keys(tableAt(read, "tool", "poetry")).length > 0 || Object.keys(project).length > 0) return { unknown: at("pyproject.toml") };
  return /require/.test(text("setup.py") ?? "") ? { unknown: at("setup.py") } : { lines: [], lists: [] };
}
/** Extras of the package that stand for others of its own are followed. */
function expand({ name }: Table, plain: readonly string[], more: Table, extras: readonly string[]): string[] {
  const wanted = new Set(extras);
  const found = [...plain];
  for (const extra of wanted)
    for (const each of Object.hasOwn(more, extra) ? stringsOf(more[extra]) : []) {
      const [, itself, names] = /^([\w.-]+)\[([^\]]*)\]$/.exec(each) ?? [];
      if (itself !== undefined && itself === name) for (const further of names?.split(",") ?? []) wanted.add(further.trim());
      else found.push(each);
    }
  return found.filter(isOneLine);
}

// Its folders come last where Python looks for modules, so that they stand in no package's place, and so do
// its programs; what other packages ask about it (version, entry points) is written down.
const [pathFile, programsFolder, infoFolder] = [".project.pth", ".project-programs", ".project-info"];
export const addProjects = `for at in .venv/lib/python3*/site-packages; do
  [ ! -e ${pathFile} ] || cp ${pathFile} "$at/_project.pth"
  for each in ${infoFolder}/*; do [ ! -d "$each" ] || [ -e "$at/\${each##*/}" ] || cp -r "$each" "$at/"; done
done
for each in ${programsFolder}/*; do [ ! -f "$each" ] || [ -e ".venv/bin/\${each##*/}" ] || install -m 0755 "$each" .venv/bin/; done`;
/** What is laid out of packages of the project, by their folders; `at`: the folder with the environment. */
export function layProjects(at: string, texts: SetupTexts, packages: readonly string[]): Record<string, string> {
  if (packages.length === 0) return {};
  const inThere = (path: string) => (at === "" ? path : `${at}/${path}`);
  const up = at === "" ? "" : "../".repeat(at.split("/").length);
  const found = packages.map((path) => ({ path, read: readTomlTable(openFolder(texts, path).text("pyproject.toml")) }));
  const roots = found.flatMap(({ path, read }) =>
    listRoots(read).map((root) => (at === path ? root : `${up}${path === "" ? "" : `${path}/`}${root}`)),
  );
  const line = `import os, sys; sys.path.extend(p for p in (os.path.normpath(os.path.join(os.path.dirname(sys.prefix), x)) for x in ${JSON.stringify(roots)}) if os.path.isdir(p))\n`;
  const files = found.flatMap(({ read }) => [...makePrograms(read, inThere(".venv")), ...makeInfo(read)]);
  return { [inThere(pathFile)]: line, ...Object.fromEntries(files.map(({ path, text }) => [inThere(path), text])) };
}
/** Folders in which its modules lie, below its own. */
function listRoots(read: Table | undefined): string[] {
  const setuptools = tableAt(read, "tool", "setuptools");
  const named = [tableAt(setuptools, "package-dir")[""], ...stringsOf(tableAt(setuptools, "packages", "find").where)];
  const hatch = stringsOf(tableAt(read, "tool", "hatch", "build", "targets", "wheel").packages).map((path) =>
    path.split("/").slice(0, -1).join("/"),
  );
  const inside = [...named, ...hatch].map((path) => (typeof path === "string" ? (resolveInside("", path) ?? "") : ""));
  return [...new Set(["src", ...inside.filter((path) => path !== ""), "."])];
}
const target = /^([A-Za-z_][\w.]{0,200}):([A-Za-z_]\w{0,200})$/;
type MadeFile = { path: string; text: string };
function makePrograms(read: Table | undefined, environment: string): MadeFile[] {
  const scripts = { ...tableAt(read, "project", "scripts"), ...tableAt(read, "tool", "poetry", "scripts") };
  return Object.entries(scripts).flatMap(([name, said]) => {
    const [, module, call] = target.exec(typeof said === "string" ? said.trim() : "") ?? [];
    if (!/^\w[\w.-]{0,100}$/.test(name) || module === undefined) return [];
    const text = `#!/room/work/${environment}/bin/python\nimport sys\nfrom ${module} import ${call}\nsys.exit(${call}())\n`;
    return [{ path: `${programsFolder}/${name}`, text }];
  });
}
function makeInfo(read: Table | undefined): MadeFile[] {
  const { name, version = "0", "entry-points": groups } = tableAt(read, "project");
  if (typeof name !== "string" || !/^[A-Za-z0-9][\w.-]{0,100}$/.test(name)) return [];
  if (typeof version !== "string" || !/^\w[\w.+!]{0,60}$/.test(version)) return [];
  const points = Object.entries(tableAt({ groups }, "groups")).flatMap(([group, entries]) => [
    `[${group}]`,
    ...Object.entries(tableAt({ entries }, "entries")).map(([key, value]) => `${key} = ${String(value)}`),
  ]);
  const folder = `${infoFolder}/${name.replace(/[-_.]+/g, "_").toLowerCase()}-${version}.dist-info`;
  return [
    { path: `${folder}/METADATA`, text: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n` },
    { path: `${folder}/entry_points.txt`, text: `${points.filter(isOneLine).join("\n")}\n` },
  ];
}
