import { printYaml } from "../wire/yaml.ts";
import { allStrings, readJsonTable, readYamlTable, type Table, tableAt } from "./data-files.ts";
import { emptyPlan, type Folder, type Install, type InstallPlan, keepFields, listNamed, makeStep, setupTextAt } from "./install-plan.ts";
import { folderOf, resolveInside, type SetupTexts } from "./setup-paths.ts";
import { readWorkspace, type WorkspaceFolders } from "./workspaces.ts";

// The scripts of the project itself are not run: they are work that is to be proven, and could put
// something else in the place of a test runner. Those of packages are that the lockfile names and that come
// from a registry, where the package needs them.
const buildPackages = `[ ! -f node_modules/.package-lock.json ] || names=$(node -p 'const all = Object.entries(require("./node_modules/.package-lock.json").packages);
const nameOf = (at) => at.split("node_modules/").pop();
const own = new Set(all.filter(([, { link, inBundle, resolved }]) => link || inBundle || !/^https:/.test(resolved ?? "https:")).map(([at]) => nameOf(at)));
const built = all.filter(([at, { hasInstallScript }]) => hasInstallScript && at.startsWith("node_modules/")).map(([at]) => nameOf(at));
[...new Set(built)].filter((name) => !own.has(name) && /^(@[\\w.-]+\\/)?\\w[\\w.-]*$/.test(name)).join(" ")')
[ -z "\${names:-}" ] || npm rebuild --foreground-scripts --script-shell=/bin/sh --node-options= -- $names`;
const npmOptions = "--ignore-scripts --no-audit --no-fund --git=git";
const nodeLocks = ["pnpm-lock.yaml", "npm-shrinkwrap.json", "package-lock.json", "yarn.lock"] as const;
type NodeLock = (typeof nodeLocks)[number];
// npm links the programs that the lockfile names: they are those of the package itself, or the setup fails.
const checkPrograms = `node -e 'const { readFileSync } = require("fs");
const clean = (path) => require("path").posix.join("/", path.replace(/\\\\/g, "/")).slice(1);
const baseOf = (key) => key.replace(/\\\\|:/g, "/").split("/").pop();
for (const [at, { bin = {}, link }] of Object.entries(JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8")).packages)) {
  if (link || !at.includes("node_modules/")) continue;
  const { name = "", bin: own = {}, directories } = JSON.parse(readFileSync(at + "/package.json", "utf8").replace(/^\\ufeff/, ""));
  const list = typeof own === "string" ? [[name, own]] : Array.isArray(own) ? own.map((path) => [path, path]) : Object.entries(own);
  const said = new Map(list.map(([key, path]) => [baseOf(key), clean(path)]));
  for (const [key, path] of Object.entries(bin))
    if (!directories?.bin && said.get(key) !== clean(path)) {
      console.error("error: the lockfile names the program " + key + " of " + at + ", and the package has no such program");
      process.exit(1);
    }
}'`;
const npmCi = {
  title: "npm ci",
  script: `npm ci ${npmOptions}\n[ ! -f node_modules/.package-lock.json ] || ${checkPrograms}\n${buildPackages}`,
};
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
const unlockedInstall = { title: "npm install", script: `npm install ${npmOptions} --no-package-lock` };

const dependencyFields = ["dependencies", "devDependencies", "optionalDependencies"] as const;
/**
 * Fields of a package.json that say what is installed. What runs, and settings of other programs, are not
 * among them.
 */
const manifestFields = new Set([
  ...["name", "version", "private", "license", "type", "bin", "engines", "os", "cpu", "libc"],
  ...[...dependencyFields, "peerDependencies", "peerDependenciesMeta", "dependenciesMeta", "bundleDependencies", "bundledDependencies"],
  ...["workspaces", "overrides", "resolutions", "installConfig"],
]);
/** Of the table `pnpm` in package.json, and of pnpm-workspace.yaml. */
const pnpmFields = new Set([
  ...[
    "packages",
    "catalog",
    "catalogs",
    "overrides",
    "packageExtensions",
    "peerDependencyRules",
    "patchedDependencies",
    "allowedDeprecatedVersions",
  ],
  ...["allowUnusedPatches", "ignoredOptionalDependencies", "supportedArchitectures", "onlyBuiltDependencies", "neverBuiltDependencies"],
  ...["nodeLinker", "hoist", "hoistPattern", "publicHoistPattern", "shamefullyHoist", "hoistWorkspacePackages", "autoInstallPeers"],
  ...["dedupePeerDependents", "dedupeInjectedDeps", "strictPeerDependencies", "resolvePeersFromWorkspaceRoot", "linkWorkspacePackages"],
  ...[
    "injectWorkspacePackages",
    "preferWorkspacePackages",
    "sharedWorkspaceLockfile",
    "excludeLinksFromLockfile",
    "lockfileIncludeTarballUrl",
  ],
  ...[
    "resolutionMode",
    "minimumReleaseAge",
    "minimumReleaseAgeExclude",
    "trustPolicy",
    "blockExoticSubdeps",
    "engineStrict",
    "registries",
    "peersSuffixMaxLength",
    "dedupePeers",
  ],
]);
/** Keys of an .npmrc; those of a registry's address come besides. */
const npmSettings = new Set([
  ...["registry", "legacy-peer-deps", "strict-peer-deps", "strict-peer-dependencies", "engine-strict", "install-links"],
  ...[
    "omit",
    "include",
    "prefer-dedupe",
    "before",
    "auto-install-peers",
    "dedupe-peer-dependents",
    "node-linker",
    "hoist",
    "hoist-pattern",
  ],
  ...["public-hoist-pattern", "shamefully-hoist", "hoist-workspace-packages", "link-workspace-packages", "prefer-workspace-packages"],
  ...[
    "shared-workspace-lockfile",
    "inject-workspace-packages",
    "resolution-mode",
    "lockfile-include-tarball-url",
    "exclude-links-from-lockfile",
  ],
  ...["resolve-peers-from-workspace-root", "replace-registry-host", "save-exact", "always-auth"],
]);
const isNpmSetting = (key: string) => npmSettings.has(key.replace(/\[\]$/, "")) || /^@[\w.-]{1,200}:registry$/.test(key);
/** Without what names a program, a key or a file. */
export const keepNpmSettings = (text: string): string =>
  text
    .split(/[\r\n]+/)
    .filter((line) => isNpmSetting(line.split("=", 1)[0]!.trim()) && !/\p{Cc}/u.test(line.trim()))
    .map((line) => `${line.trim()}\n`)
    .join("");
const mostManifest = 1024 * 1024;
/** Undefined where it can't be read. */
function keepManifest(text: string): string | undefined {
  const read = text.length > mostManifest ? undefined : readJsonTable(text);
  if (!read) return undefined;
  const pnpm = keepFields(tableAt(read, "pnpm"), pnpmFields);
  return JSON.stringify({ ...keepFields(read, manifestFields), ...(Object.keys(pnpm).length > 0 ? { pnpm } : {}) });
}
const keepWorkspace = (text: string): string => printYaml(keepFields(readYamlTable(text) ?? {}, pnpmFields));
const isUnread = (folder: Folder) =>
  folder.text("pnpm-workspace.yaml") !== undefined && readYamlTable(folder.text("pnpm-workspace.yaml")) === undefined;

const isArchive = (path: string) => /\.(?:tgz|tar\.gz|tar)$/.test(path);
const isLocal = (version: string) =>
  /^(?:file:|link:|portal:|\.{1,2}(?:\/|$))/.test(version) || (isArchive(version) && !version.includes(":"));
/** Versions that a package.json, or a table of pnpm's, asks for. */
const versionsIn = (from: Table): string[] =>
  [...dependencyFields, "overrides", "resolutions", "catalog", "catalogs"].flatMap((field) => allStrings(from[field]));

type Parts = { parts: string[]; copied: string[]; manifests: string[] };
/**
 * Folders, archives and patches of the project that are installed, and the manifests of such folders.
 * `links`: npm links to a folder, but for `install-links`; yarn and pnpm copy it where its version does not
 * say `link:`.
 */
function findParts(folder: Folder, texts: SetupTexts, manifests: readonly string[], links: boolean): Parts {
  const parts = new Set<string>();
  const copied = new Set<string>();
  const seen = new Set(manifests);
  const workspace = readYamlTable(folder.text("pnpm-workspace.yaml")) ?? {};
  const add = (base: string, named: string) => {
    const path = resolveInside(base, named.replace(/^(?:file|link|portal):/, ""));
    if (path === undefined || path === "") return;
    parts.add(path);
    if (isArchive(path) || !(links || /^(?:link|portal):/.test(named))) copied.add(path);
    if (!isArchive(path)) seen.add(`${path}/package.json`);
  };
  for (const version of versionsIn(workspace).filter(isLocal)) add(folder.path, version);
  for (const manifest of seen) {
    const read = readJsonTable(setupTextAt(texts, manifest)) ?? {};
    for (const version of [...versionsIn(read), ...versionsIn(tableAt(read, "pnpm"))].filter(isLocal)) add(folderOf(manifest), version);
    if (seen.size > 200) break;
  }
  const root = readJsonTable(folder.text("package.json"));
  for (const patch of allStrings([workspace.patchedDependencies, tableAt(root, "pnpm").patchedDependencies])) {
    const path = resolveInside(folder.path, patch);
    if (path !== undefined && path !== "" && patch.includes(".")) copied.add(path);
  }
  return { parts: [...new Set([...parts, ...copied])], copied: [...copied], manifests: [...seen] };
}
/** The programs of a workspace's members are linked where they are there. */
function findPrograms(manifest: string, texts: SetupTexts): string[] {
  const { bin } = readJsonTable(setupTextAt(texts, manifest)) ?? {};
  return allStrings(bin, 2)
    .map((program) => resolveInside(folderOf(manifest), program) ?? "")
    .filter((path) => path !== "");
}

const workspaceFiles = ["package.json", "pnpm-workspace.yaml"] as const;
export const readNodeWorkspaces = (texts: SetupTexts): WorkspaceFolders => readWorkspace(texts, { names: workspaceFiles });
/**
 * The root of a workspace installs for its members; `all`: of every workspace. `asked`: a check installs it.
 */
export function planNode(folder: Folder, texts: SetupTexts, all: WorkspaceFolders, asked = false): InstallPlan | undefined {
  const text = folder.text("package.json");
  if (text === undefined || (folder.path !== "" && all.holds(folder.path))) return undefined;
  const read = readJsonTable(text);
  const workspace = readWorkspace(texts, { names: workspaceFiles, root: folder.path });
  const manages = folder.text("pnpm-workspace.yaml") !== undefined || read?.workspaces !== undefined;
  const members = manages ? listNamed(texts, "package.json", (path) => path !== folder.path && workspace.holds(path)) : [];
  const asks = read === undefined || dependencyFields.some((field) => allStrings(read[field], 2).length > 0);
  if (!asks && !manages) return undefined;
  const lock = nodeLocks.find((name) => folder.text(name) !== undefined);
  if (lock === undefined && folder.path !== "" && !asked) return undefined;
  const isNpm = lock === undefined || nodeInstalls[lock] === npmCi;
  const links = isNpm && !/install-links\s*(?:=\s*true|$)/m.test(keepNpmSettings(folder.text(".npmrc") ?? ""));
  const settings = ([".npmrc", "pnpm-workspace.yaml"] as const).filter((name) => folder.text(name) !== undefined);
  const found = findParts(folder, texts, [folder.at("package.json"), ...members], links);
  const [, ...others] = found.manifests;
  const manifests = found.manifests.filter((path) => setupTextAt(texts, path) !== undefined);
  const kept = manifests.map((path) => [path, keepManifest(texts[path]!)] as const);
  const unread = kept.filter(([, each]) => each === undefined).map(([path]) => `${path} can't be read as JSON of at most 1 MB.`);
  const laid = {
    ...Object.fromEntries(members.flatMap((path) => findPrograms(path, texts)).map((path) => [path, ""])),
    ...Object.fromEntries(kept.map(([path, each]) => [path, each ?? ""])),
    ...Object.fromEntries(
      settings.map((name) => [folder.at(name), (name === ".npmrc" ? keepNpmSettings : keepWorkspace)(folder.text(name)!)]),
    ),
  };
  return {
    ...emptyPlan(),
    steps: [lock ? makeStep(folder, lock, nodeInstalls[lock]) : makeStep(folder, "package.json", unlockedInstall)],
    files: [folder.at("package.json"), ...(lock ? [folder.at(lock)] : []), ...settings.map(folder.at), ...others],
    unpinned: lock ? [] : [folder.at("package.json")],
    parts: found.parts,
    copied: found.copied,
    laid,
    broken: [...unread, ...(isUnread(folder) ? [`${folder.at("pnpm-workspace.yaml")} can't be read as plain YAML of at most 64 KB.`] : [])],
  };
}
