import { stringify } from "smol-toml";
import { isTable, readTomlTable, type Table, tableAt } from "./data-files.ts";
import { emptyPlan, type Folder, type InstallPlan, keepFields, listNamed, makeStep, openFolder, setupTextAt } from "./install-plan.ts";
import { addProjects, layProjects, projectFiles, readProjectRequirements } from "./python-project.ts";
import { readRequirement, splitOptions, splitRequirements } from "./requirements.ts";
import { baseOf, folderOf, resolveInside, type SetupTexts } from "./setup-paths.ts";
import { readWorkspace } from "./workspaces.ts";

/** The list of what checks ask for themselves. */
const askedList = ".asked-requirements.txt";
// pip takes a file that was cut for a forged one, and an index that fails for one without the package. A file
// that comes twice in two wrong ways was cut; what the index answered stands in pip's log alone.
const pipInstall = {
  title: "pip install",
  script: `python3 -I -m venv .venv; lists=()
for each in requirements.txt ${askedList}; do [ ! -e "$each" ] || lists+=(-r "$each"); done
get() { rm -f "/tmp/pip-$1"; .venv/bin/python -I -m pip install --no-input --no-cache-dir --progress-bar off --log "/tmp/pip-$1" "\${lists[@]}"; }
wrong() { grep -A20 "DO NOT MATCH THE HASHES" "/tmp/pip-$1" | grep -o "Got  *[0-9a-f]*" >"/tmp/wrong-$1"; }
get 1 || {
  wrong 1 || { grep -m1 -E "Could not fetch URL .*50[0-9]" /tmp/pip-1 || true; exit 1; }
  get 2 || { ! wrong 2 || cmp -s /tmp/wrong-1 /tmp/wrong-2 || echo "Connection reset: a file came in two ways."; exit 1; }
}
${addProjects}`,
};
const wheelsFile = ".project-wheels";
const uvSync = {
  title: "uv sync",
  script: `uv sync --frozen --no-install-local
[ ! -e ${wheelsFile} ] || xargs -d '\\n' uv pip install --python .venv/bin/python --no-deps --no-index <${wheelsFile}
${addProjects}`,
};

/** Fields of uv's settings that say what is installed; the rest can name programs, caches and variables. */
const uvFields = new Set([
  ...[
    "sources",
    "index",
    "workspace",
    "environments",
    "required-environments",
    "conflicts",
    "default-groups",
    "dev-dependencies",
    "package",
  ],
  ...["override-dependencies", "constraint-dependencies", "exclude-dependencies", "exclude-newer", "index-url", "extra-index-url"],
  ...["index-strategy", "no-index", "prerelease", "resolution", "fork-strategy", "managed", "no-sources", "dependency-groups"],
]);
function keepProject(text: string): string | undefined {
  const read = readTomlTable(text);
  if (!read) return undefined;
  const { project, "dependency-groups": groups } = read;
  const uv = keepFields(tableAt(read, "tool", "uv"), uvFields);
  return printToml({
    ...(isTable(project) ? { project } : {}),
    ...(groups === undefined ? {} : { "dependency-groups": groups }),
    tool: { uv },
  });
}
function keepSettings(text: string): string | undefined {
  const read = readTomlTable(text);
  return read && printToml(keepFields(read, uvFields));
}
function printToml(table: Table): string | undefined {
  try {
    return stringify(table);
  } catch {
    return undefined; // nested more deeply than can be written
  }
}
/** An index that is a folder of the project could hold packages that would be built. */
const isOnline = (index: unknown) => typeof index === "string" && /^https?:\/\//.test(index);
const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
function findLocalIndexes(manifest: string, texts: SetupTexts): string[] {
  const read = readTomlTable(setupTextAt(texts, manifest));
  const settings = baseOf(manifest) === "uv.toml" ? (read ?? {}) : tableAt(read, "tool", "uv");
  const named = listIn(settings.index).map((index) => tableAt({ index }, "index").url);
  const all = [...named, settings["index-url"] ?? "https://", ...listIn(settings["extra-index-url"])];
  return all.every(isOnline) ? [] : [`${manifest} names an index that is no address on the web.`];
}
const mostLock = 8 * 1024 * 1024;
function findLocalRegistries(lock: string, texts: SetupTexts): string[] {
  const read = readTomlTable(setupTextAt(texts, lock), mostLock);
  const registries = listIn(read?.package).flatMap((each) => tableAt({ each }, "each", "source").registry ?? []);
  return read && registries.every(isOnline) ? [] : [`${lock} can't be read, or names an index that is no address on the web.`];
}
/** Manifests without what names programs; those that can't be read are broken. */
function keepTomls(texts: SetupTexts, paths: readonly string[]): Pick<InstallPlan, "laid" | "broken"> {
  const kept = paths.flatMap((path) => {
    const text = setupTextAt(texts, path);
    if (text === undefined || !path.endsWith(".toml")) return [];
    return [[path, (baseOf(path) === "uv.toml" ? keepSettings : keepProject)(text)] as const];
  });
  return {
    laid: Object.fromEntries(kept.map(([path, text]) => [path, text ?? ""])),
    broken: kept.filter(([, text]) => text === undefined).map(([path]) => `${path} can't be read as TOML.`),
  };
}

/** `asked`: lines of requirements that checks ask pip for in this folder. */
export function planPython(folder: Folder, texts: SetupTexts, asked: readonly string[] = []): InstallPlan | undefined {
  return planUv(folder, texts) ?? planPip(folder, texts, asked);
}
/** Folders and wheels of the project that are sources of a uv project. */
function findSources(manifest: string, texts: SetupTexts): string[] {
  const sources: Table = tableAt(readTomlTable(setupTextAt(texts, manifest)), "tool", "uv", "sources");
  const paths = Object.values(sources).flatMap((source) =>
    (Array.isArray(source) ? source : [source]).map((each) => tableAt({ each }, "each").path),
  );
  return paths
    .map((path) => (typeof path === "string" ? (resolveInside(folderOf(manifest), path) ?? "") : ""))
    .filter((path) => path !== "");
}
function planUv(folder: Folder, texts: SetupTexts): InstallPlan | undefined {
  const text = folder.text("pyproject.toml");
  if (folder.text("uv.lock") === undefined || text === undefined) return undefined;
  const workspace = readWorkspace(texts, { names: ["pyproject.toml"], root: folder.path });
  const members = listNamed(texts, "pyproject.toml", workspace.holds);
  const manifests = [folder.at("pyproject.toml"), ...members];
  const sources = manifests.flatMap((manifest) => findSources(manifest, texts));
  const wheels = sources.filter((path) => path.endsWith(".whl"));
  const folders = sources.filter((path) => !/\.(?:whl|zip|gz|bz2)$/.test(path));
  const settings = folder.text("uv.toml") === undefined ? [] : [folder.at("uv.toml")];
  const further = folders.map((path) => `${path}/pyproject.toml`);
  const { laid, broken } = keepTomls(texts, [...manifests, ...settings, ...further]);
  const archives = sources.filter((path) => /\.(?:zip|gz|bz2)$/.test(path));
  const up = folder.path === "" ? "" : "../".repeat(folder.path.split("/").length);
  return {
    ...emptyPlan(),
    steps: [makeStep(folder, "uv.lock", uvSync)],
    files: [...new Set([...manifests, folder.at("uv.lock"), ...settings, ...further])],
    ...{ parts: wheels, copied: wheels },
    laid: {
      ...laid,
      ...layProjects(folder.path, texts, [...new Set([folder.path, ...members.map(folderOf), ...folders])]),
      ...(wheels.length === 0 ? {} : { [folder.at(wheelsFile)]: wheels.map((path) => `${up}${path}\n`).join("") }),
    },
    broken: [
      ...broken,
      ...archives.map((path) => `${path} would be built by a program of its own: give it as a wheel or a folder.`),
      ...[...manifests, ...settings].flatMap((path) => findLocalIndexes(path, texts)),
      ...findLocalRegistries(folder.at("uv.lock"), texts),
    ],
  };
}

/** What a list leads to, with the lists that it includes. */
type Lists = Record<"files" | "parts" | "wheelFolders" | "projects", Set<string>> & {
  laid: Record<string, string>;
  broken: string[];
  pinned: boolean;
};
function readLists(folder: Folder, texts: SetupTexts, asked: readonly string[]): Lists {
  const files = new Set([folder.at("requirements.txt"), ...(asked.length > 0 ? [folder.at(askedList)] : [])]);
  const readText = (path: string) => (path === folder.at(askedList) ? asked.join("\n") : setupTextAt(texts, path));
  const sets = { files, parts: new Set<string>(), wheelFolders: new Set<string>(), projects: new Set<string>() };
  const found: Lists = { ...sets, laid: {}, broken: [], pinned: true };
  for (const path of found.files) {
    const text = readText(path);
    const lines = text === undefined ? [] : splitRequirements(text);
    if (lines === undefined) found.broken.push(`${path} has lines that end where nobody sees it.`);
    if (text === undefined || lines === undefined) continue;
    found.laid[path] = lines
      .flatMap(splitOptions)
      .flatMap((line) => readListLine(line, path, { folder, texts, found }))
      .map((line) => `${line}\n`)
      .join("");
    if (found.files.size > mostLists) found.broken.push(`${path} leads to more than ${mostLists} lists.`);
    if (found.broken.length > 0) break;
  }
  return found;
}
const mostLists = 60;
/** What stands in the list that pip reads in the place of a line. */
function readListLine(line: string, path: string, about: { folder: Folder; texts: SetupTexts; found: Lists }): string[] {
  const { folder, texts, found } = about;
  const asked = readRequirement(line, folderOf(path), folder.path);
  if (asked.kind === "broken")
    found.broken.push(`${path} asks for \`${line.slice(0, 200)}\`, which a clean room does not install: ${asked.why}.`);
  if (asked.kind === "list") found.files.add(asked.path);
  if (asked.kind === "wheel") found.parts.add(asked.path);
  if (asked.kind === "wheels") found.wheelFolders.add(asked.path);
  if (asked.kind === "package" && !line.includes("--hash=")) found.pinned = false;
  if (asked.kind !== "project") return [line];
  found.projects.add(asked.folder);
  const needs = readProjectRequirements(texts, asked.folder, asked.extras);
  if ("unknown" in needs) {
    found.broken.push(
      `What ${asked.folder || "the project"} needs stands in ${needs.unknown} in a way that a clean room does not read: name it in pyproject.toml (project.dependencies), or in ${path}.`,
    );
    return [];
  }
  const up = path.includes("/") ? "../".repeat(path.split("/").length - 1) : "";
  for (const list of needs.lists) found.files.add(list);
  return [...needs.lists.map((list) => `-r ${up}${list}`), ...needs.lines].flatMap((each) => {
    const further = readRequirement(each, folderOf(path), folder.path);
    if (further.kind === "package") found.pinned = false;
    if (further.kind === "package" || further.kind === "list") return [each];
    found.broken.push(`${asked.folder || "The project"} asks for \`${each.slice(0, 200)}\`, which a clean room does not install.`);
    return [];
  });
}
const isTold = (line: string) => /^(?:-r ?|--requirement[ =])(?:\.\/)?requirements\.txt$/.test(line);
function planPip(folder: Folder, texts: SetupTexts, lines: readonly string[]): InstallPlan | undefined {
  const text = folder.text("requirements.txt");
  const asked = text === undefined ? lines : lines.filter((line) => !isTold(line));
  if (asked.length === 0 && (text === undefined || splitRequirements(text)?.length === 0)) return undefined;
  const { files, parts, wheelFolders, projects, laid, broken, pinned } = readLists(folder, texts, asked);
  files.delete(folder.at(askedList)); // it is no file of the project
  const about = [...projects].flatMap((path) => projectFiles.map(openFolder(texts, path).at));
  return {
    ...emptyPlan(),
    steps: [makeStep(folder, "requirements.txt", pipInstall)],
    files: [...files, ...about],
    unpinned: pinned ? [] : [folder.at("requirements.txt")],
    ...{ parts: [...parts, ...wheelFolders], copied: [...parts, ...wheelFolders], wheelFolders: [...wheelFolders] },
    laid: { ...keepTomls(texts, about).laid, ...layProjects(folder.path, texts, [...projects]), ...laid },
    broken,
  };
}
