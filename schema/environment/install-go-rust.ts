import { allStrings, isTable, readTomlTable, type Table, tableAt } from "./data-files.ts";
import { emptyPlan, type Folder, type InstallPlan, listNamed, makeStep, openFolder, setupTextAt } from "./install-plan.ts";
import { folderOf, resolveInside, type SetupTexts } from "./setup-paths.ts";
import { readWorkspace } from "./workspaces.ts";

const hasLine = (text: string, pattern: RegExp) => text.split("\n").some((line) => pattern.test(line.trim().slice(0, 200)));
const goReplaces = (text: string) =>
  text
    .split("\n")
    .map((line) => /=>\s*"?(\.{1,2}\/[^\s"]*)/.exec(line.slice(0, 600))?.[1])
    .filter((path) => path !== undefined);
/** Modules of the project itself that others of it ask for. */
function findGoModules(texts: SetupTexts): string[] {
  const modules = new Set(["go.mod"]);
  const workspace = readWorkspace(texts, { names: ["go.work"], root: "" });
  for (const path of listNamed(texts, "go.mod", workspace.holds)) modules.add(path);
  for (const named of goReplaces(setupTextAt(texts, "go.work") ?? ""))
    modules.add(openFolder(texts, resolveInside("", named) ?? "").at("go.mod"));
  for (const path of modules) {
    if (modules.size > 100) break;
    for (const named of goReplaces(setupTextAt(texts, path) ?? "")) {
      const inside = resolveInside(folderOf(path), named);
      if (inside !== undefined) modules.add(openFolder(texts, inside).at("go.mod"));
    }
  }
  return [...modules];
}
export function planGo(folder: Folder, texts: SetupTexts): InstallPlan | undefined {
  const text = folder.text("go.mod");
  if (folder.path !== "" || text === undefined || !hasLine(text, /^require\b/)) return undefined;
  const sums = (["go.sum", "go.work", "go.work.sum"] as const).filter((name) => folder.text(name) !== undefined);
  const modules = findGoModules(texts);
  return {
    ...emptyPlan(),
    steps: [makeStep(folder, "go.mod", { title: "go mod download", script: "go mod download all" })],
    files: [...modules, ...sums, ...modules.slice(1).map((path) => path.replace(/mod$/, "sum"))],
    unpinned: sums.includes("go.sum") ? [] : [folder.at("go.mod")],
  };
}

/** Paths of other crates that a manifest's tables of dependencies name. */
function cratePaths(from: unknown, within = false, depth = 6): string[] {
  if (!isTable(from) || depth === 0) return [];
  return Object.entries(from).flatMap(([key, value]) => {
    if (within && key === "path" && typeof value === "string") return [value];
    return cratePaths(value, within || /dependencies$|^patch$|^replace$/.test(key), depth - 1);
  });
}
const targetFolders = { bin: "src/bin", example: "examples", test: "tests", bench: "benches" } as const;
/** Files that Cargo wants to see before it reads on, whatever is in them. */
function listTargets(manifest: Table): string[] {
  const named = tableAt(manifest, "package").name;
  const kinds = Object.entries(targetFolders).flatMap(([kind, folder]) => {
    const targets = Array.isArray(manifest[kind]) ? (manifest[kind] as unknown[]).filter(isTable) : [];
    return targets.map(({ name, path }) => (typeof path === "string" ? path : name === named ? undefined : `${folder}/${String(name)}.rs`));
  });
  const single = allStrings([tableAt(manifest, "lib").path, tableAt(manifest, "package").build]);
  return ["src/lib.rs", "src/main.rs", ...single, ...kinds.filter((path) => path !== undefined)];
}
export function planRust(folder: Folder, texts: SetupTexts): InstallPlan | undefined {
  const text = folder.text("Cargo.toml");
  if (folder.path !== "" || text === undefined) return undefined;
  const workspace = readWorkspace(texts, { names: ["Cargo.toml"], root: "" });
  const crates = new Set(["Cargo.toml", ...listNamed(texts, "Cargo.toml", workspace.holds)]);
  for (const path of crates) {
    if (crates.size > 100) break;
    for (const named of cratePaths(readTomlTable(setupTextAt(texts, path)))) {
      const inside = resolveInside(folderOf(path), named);
      if (inside !== undefined) crates.add(openFolder(texts, inside).at("Cargo.toml"));
    }
  }
  const there = [...crates].filter((path) => setupTextAt(texts, path) !== undefined);
  if (!there.some((path) => hasLine(texts[path]!, /^\[(?:.+[.-])?dependencies\b/))) return undefined;
  const locked = folder.text("Cargo.lock") !== undefined;
  const targets = there.flatMap((path) => {
    const manifest = readTomlTable(texts[path]) ?? {};
    if (!isTable(manifest.package)) return [];
    return listTargets(manifest).map((target) => resolveInside(folderOf(path), target));
  });
  return {
    ...emptyPlan(),
    steps: [makeStep(folder, "Cargo.toml", { title: "cargo fetch", script: `cargo fetch${locked ? " --locked" : ""}` })],
    files: [...crates, ...(locked ? [folder.at("Cargo.lock")] : [])],
    unpinned: locked ? [] : [folder.at("Cargo.toml")],
    laid: Object.fromEntries(targets.filter((path) => path !== undefined && path !== "").map((path) => [path, ""])),
  };
}
