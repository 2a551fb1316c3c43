import { z } from "zod";
import { innerPath } from "../wire/path.ts";
import { environmentPath } from "./environment.ts";
import { isProjectFolder } from "./near-root.ts";

/** What a project's own files say about what must be installed for it, and by which package manager. */
export const setupFiles = [
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "yarn.lock",
  ".npmrc",
  "pyproject.toml",
  "uv.lock",
  "uv.toml",
  "requirements.txt",
  "go.mod",
  "go.sum",
  "Cargo.toml",
  "Cargo.lock",
] as const;
type SetupFile = (typeof setupFiles)[number];
/** Those that only an environment file's own commands read, or that others include. */
const furtherFiles = ["poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "pom.xml"];
const names = new Set<string>([...setupFiles, ...furtherFiles]);
const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const isPythonList = (path: string) =>
  path.endsWith(".txt") && (/requirements|constraints/.test(baseOf(path)) || /(?:^|\/)requirements\/[^/]+$/.test(path));
const decides = (path: string) => names.has(baseOf(path)) || isPythonList(path);
/** A file that decides what is installed, by its path in the repository. */
export const setupPath = innerPath.refine(
  (path) => decides(path) || path === environmentPath,
  "must be a file that decides what is installed",
);
/** Whether it matters only that the file is there, for who tells in words what is installed. */
export const isLockfile = (path: string) => /(?:lock\.(?:json|yaml)|shrinkwrap\.json|\.lock|\.sum)$/.test(path);
/** Contents of such files by path. */
export type SetupTexts = Readonly<Record<string, string>>;

/** So many such files are looked at, those nearest to the root. */
export const mostSetupPaths = 60;
/** Those of a repository's paths that decide what is installed. */
export function findSetupPaths(paths: readonly string[]): string[] {
  const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const isNear = (folder: string) => folder === "" || isProjectFolder(folder);
  const found = paths.filter((path) => setupPath.safeParse(path).success && path !== environmentPath && isNear(folderOf(path)));
  const depth = (path: string) => path.split("/").length;
  return found.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)).slice(0, mostSetupPaths);
}

/** `from`: the file that says so. */
export type InstallStep = { title: string; script: string; from: string };
/**
 * `files`: what decides what is installed. `unpinned`: those that leave it open which versions come, so that
 * another day may bring others. `local`: other files of the project decide too, which are not named here.
 */
export type InstallPlan = { steps: InstallStep[]; files: string[]; unpinned: string[]; local: boolean };

// The scripts of the project itself are not run: they are work that is to be proven, and could put
// something else in the place of a test runner. Those of packages are, where the package needs them, and
// without the project's .npmrc: it could name programs of the project for them to run.
const buildPackages = `[ ! -f node_modules/.package-lock.json ] || names=$(node -p 'const all = Object.entries(require("./node_modules/.package-lock.json").packages);
[...new Set(all.filter(([at, one]) => one.hasInstallScript && !one.link && at.startsWith("node_modules/")).map(([at]) => at.split("node_modules/").pop()))].join(" ")')
[ -z "\${names:-}" ] || { rm -f .npmrc; npm rebuild --foreground-scripts -- $names; }`;
const npmOptions = "--ignore-scripts --no-audit --no-fund --git=git";

const dependencies = z.record(z.string(), z.string()).default({});
const manifest = z.looseObject({
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
  workspaces: z.unknown().optional(),
});
type Asked = { packages: boolean; workspaces: boolean; local: boolean };
/** What a package.json asks for. One that can't be read is npm's to complain about. */
function readManifest(text: string): Asked {
  try {
    const { dependencies, devDependencies, optionalDependencies, workspaces } = manifest.parse(JSON.parse(text));
    const versions = [dependencies, devDependencies, optionalDependencies].flatMap((each) => Object.values(each));
    return {
      packages: versions.length > 0,
      workspaces: workspaces !== undefined,
      local: versions.some((version) => /^(?:file|link|portal|patch):|^[./~]/.test(version)),
    };
  } catch {
    return { packages: true, workspaces: false, local: false };
  }
}

/** The files of one folder of a project. */
type Folder = { path: string; text: (name: SetupFile) => string | undefined; at: (name: SetupFile) => string };
function openFolder(texts: SetupTexts, path: string): Folder {
  const at = (name: SetupFile) => (path === "" ? name : `${path}/${name}`);
  return { path, at, text: (name) => (Object.hasOwn(texts, at(name)) ? texts[at(name)] : undefined) };
}
function makeStep(folder: Folder, name: SetupFile, { title, script }: Install): InstallStep {
  const from = folder.at(name);
  return folder.path === ""
    ? { title, script, from }
    : { title: `${title} in ${folder.path}`, script: `cd ${folder.path}\n${script}`, from };
}

type Install = Pick<InstallStep, "title" | "script">;
const nodeLocks = ["pnpm-lock.yaml", "npm-shrinkwrap.json", "package-lock.json", "yarn.lock"] as const;
type NodeLock = (typeof nodeLocks)[number];
const npmCi = { title: "npm ci", script: `npm ci ${npmOptions}\n${buildPackages}` };
const nodeInstalls: Record<NodeLock, Install> = {
  "pnpm-lock.yaml": { title: "pnpm install", script: "pnpm install --frozen-lockfile --ignore-scripts --ignore-pnpmfile" },
  "npm-shrinkwrap.json": npmCi,
  "package-lock.json": npmCi,
  // A program of the project that yarn is told to run in its own place is not run.
  "yarn.lock": {
    title: "yarn install",
    script: "YARN_IGNORE_PATH=1 yarn install --frozen-lockfile --ignore-scripts --non-interactive",
  },
};
/** Whether the root's own installation does those of the folders below it too. */
function managesFolders(root: Folder): boolean {
  return root.text("pnpm-workspace.yaml") !== undefined || readManifest(root.text("package.json") ?? "{}").workspaces;
}
const unlockedInstall = { title: "npm install", script: `npm install ${npmOptions} --no-package-lock\n${buildPackages}` };
function planNode(folder: Folder, below: readonly string[]): InstallPlan | undefined {
  const text = folder.text("package.json");
  if (text === undefined) return undefined;
  const asked = readManifest(text);
  const members = folder.path === "" && managesFolders(folder) ? below : [];
  if (!asked.packages && !asked.workspaces && members.length === 0) return undefined;
  const lock = nodeLocks.find((name) => folder.text(name) !== undefined);
  if (lock === undefined && folder.path !== "") return undefined;
  const step = lock ? makeStep(folder, lock, nodeInstalls[lock]) : makeStep(folder, "package.json", unlockedInstall);
  const settings = ([".npmrc", "pnpm-workspace.yaml"] as const).filter((name) => folder.text(name) !== undefined);
  return {
    steps: [step],
    files: [folder.at("package.json"), ...(lock ? [folder.at(lock)] : []), ...settings.map(folder.at), ...members],
    unpinned: lock ? [] : [folder.at("package.json")],
    local: asked.local,
  };
}

/** Requirements that name one file each: all with a hash. */
const isPinned = (requirements: string) =>
  requirements
    .replaceAll(/\\\r?\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .every((line) => line === "" || line.startsWith("#") || line.includes("--hash="));
/** A line that is no plain name of a package: an option, a path, an address. */
function isLocalRequirement(line: string): boolean {
  const text = line.split("#", 1)[0]!.trim();
  if (text === "" || text.startsWith("--hash=")) return false;
  return !/^[A-Za-z0-9]/.test(text) || text.includes("/") || /\.(?:whl|zip|gz|bz2)\b/.test(text);
}
// pip takes a file that was cut for a forged one, and an index that fails for one without the package. A file
// that comes twice in two wrong ways was cut; what the index answered stands in pip's log alone.
const pipInstall = {
  title: "pip install",
  script: `python3 -m venv .venv
get() { rm -f "/tmp/pip-$1"; .venv/bin/pip install --no-input --no-cache-dir --progress-bar off --log "/tmp/pip-$1" -r requirements.txt; }
wrong() { grep -A20 "DO NOT MATCH THE HASHES" "/tmp/pip-$1" | grep -o "Got  *[0-9a-f]*" >"/tmp/wrong-$1"; }
get 1 || {
  wrong 1 || { grep -m1 -E "Could not fetch URL .*50[0-9]" /tmp/pip-1 || true; exit 1; }
  get 2 || { ! wrong 2 || cmp -s /tmp/wrong-1 /tmp/wrong-2 || echo "Connection reset: a file came in two ways."; exit 1; }
}`,
};
function planPython(folder: Folder): InstallPlan | undefined {
  const project = folder.text("pyproject.toml");
  if (folder.text("uv.lock") !== undefined && project !== undefined) {
    const step = makeStep(folder, "uv.lock", { title: "uv sync", script: "uv sync --frozen --no-install-project" });
    const settings = folder.text("uv.toml") === undefined ? [] : [folder.at("uv.toml")];
    const files = [folder.at("pyproject.toml"), folder.at("uv.lock"), ...settings];
    return { steps: [step], files, unpinned: [], local: /\b(?:path|workspace|find-links|index)\b/.test(project) || settings.length > 0 };
  }
  const requirements = folder.text("requirements.txt");
  if (requirements === undefined || requirements.split("\n").every((line) => /^\s*(#|$)/.test(line))) return undefined;
  const files = [folder.at("requirements.txt")];
  return {
    steps: [makeStep(folder, "requirements.txt", pipInstall)],
    files,
    unpinned: isPinned(requirements) ? [] : files,
    local: requirements.split("\n").some(isLocalRequirement),
  };
}

/** Where packages of Go, Rust and Java are kept that a setup has fetched, in the checkout. */
export const packagesFolder = ".packages";
/** The environment in which those languages find their packages below a checkout, and fetch no others. */
export const listPackageVariables = (checkout: string): string[] => [
  `GOMODCACHE=${checkout}/${packagesFolder}/go`,
  `CARGO_HOME=${checkout}/${packagesFolder}/cargo`,
  `GRADLE_USER_HOME=${checkout}/${packagesFolder}/gradle`,
  `MAVEN_OPTS=-Dmaven.repo.local=${checkout}/${packagesFolder}/maven`,
];
export const offlineVariables = ["GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-mod=mod", "CARGO_NET_OFFLINE=true"];
const hasLine = (text: string, pattern: RegExp) => text.split("\n").some((line) => pattern.test(line.trim().slice(0, 200)));
function planGo(folder: Folder): InstallPlan | undefined {
  const text = folder.text("go.mod");
  if (folder.path !== "" || text === undefined || !hasLine(text, /^require\b/)) return undefined;
  const sums = folder.text("go.sum") !== undefined;
  return {
    steps: [makeStep(folder, "go.mod", { title: "go mod download", script: "go mod download all" })],
    files: [folder.at("go.mod"), ...(sums ? [folder.at("go.sum")] : [])],
    unpinned: sums ? [] : [folder.at("go.mod")],
    local: hasLine(text, /^replace\b/),
  };
}
function planRust(folder: Folder): InstallPlan | undefined {
  const text = folder.text("Cargo.toml");
  if (folder.path !== "" || text === undefined || !hasLine(text, /^\[(?:.+[.-])?dependencies\b/)) return undefined;
  const locked = folder.text("Cargo.lock") !== undefined;
  const script = `cargo fetch${locked ? " --locked" : ""}`;
  return {
    steps: [makeStep(folder, "Cargo.toml", { title: "cargo fetch", script })],
    files: [folder.at("Cargo.toml"), ...(locked ? [folder.at("Cargo.lock")] : [])],
    unpinned: locked ? [] : [folder.at("Cargo.toml")],
    local: /\b(?:path|workspace)\b/.test(text),
  };
}

/**
 * What has to be installed for a project with these files; undefined where nothing has to. Below the root a
 * lockfile or a list of requirements says so, and package.json alone does not.
 */
export function planInstall(texts: SetupTexts): InstallPlan | undefined {
  const paths = findSetupPaths(Object.keys(texts));
  const folders = [...new Set(["", ...paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/"))))])];
  const root = openFolder(texts, "");
  const members = paths.filter((path) => path !== "package.json" && baseOf(path) === "package.json");
  const plans = folders
    .map((path) => openFolder(texts, path))
    .flatMap((folder) => [
      folder.path !== "" && managesFolders(root) ? undefined : planNode(folder, members),
      planPython(folder),
      planGo(folder),
      planRust(folder),
    ])
    .filter((plan) => plan !== undefined);
  if (plans.length === 0) return undefined;
  return {
    steps: plans.flatMap(({ steps }) => steps),
    files: plans.flatMap(({ files }) => files),
    unpinned: plans.flatMap(({ unpinned }) => unpinned),
    local: plans.some(({ local }) => local),
  };
}
