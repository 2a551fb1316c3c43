import { environmentPath } from "../environment/environment.ts";
import { isLockfile } from "../environment/setup-paths.ts";
import { innerPath, isWithin } from "../wire/path.ts";
import { type BranchChange, commandsOfChecks, isCheckFile, runsFile } from "./check-file.ts";
import type { RunIn } from "./proof.ts";

/**
 * Which changes of a task its declared outputs cover, and which of these take the member's word. Pure, over
 * paths.
 */

const settingFolders =
  /(?:^|\/)(?:node_modules|\.venv|venv|\.packages|\.mvn|\.cargo|site-packages|__pycache__|gradle\/wrapper|[^/]{1,200}\.(?:dist|egg)-info)\//;
const names = [
  /^(?:package|lerna|nx|turbo|deno|tsconfig[\w.-]*|composer)\.jsonc?$/,
  /^(?:requirements|constraints)[\w.-]*\.txt$/,
  /^(?:\.pnp\.cjs|\.pnp\.loader\.mjs|phpunit\.xml|phpunit\.xml\.dist|\.rspec|\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pnpmfile\.cjs|pnpm-workspace\.yaml|bunfig\.toml|bun\.lockb|\.swcrc|\.nycrc|\.c8rc)$/,
  /^(?:vitest|vite|jest|playwright|karma|ava|babel|cypress|codecept|mocha|webpack)\.(?:config|workspace|conf)\.[a-z]{1,5}$/,
  /^\.(?:mocharc|babelrc|nycrc|taprc|coveragerc)(?:\.[a-z]{1,5})?$/,
  /^(?:conftest|setup|noxfile|sitecustomize|usercustomize|pytest|unittest|venv)\.py$/,
  /^(?:pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|uv\.toml|pip\.conf|Pipfile|manage\.ini)$/,
  /\.(?:pth|pyc|pyo|pyd|so|mk|gradle|gradle\.kts|whl|tgz|patch)$/,
  /^(?:GNUmakefile|Makefile|makefile|justfile|Justfile|Taskfile\.ya?ml|Rakefile|CMakeLists\.txt|gradlew|mvnw|gradle\.properties)$/,
  /^(?:go\.mod|go\.work|Cargo\.toml|build\.rs|rust-toolchain|rust-toolchain\.toml|pom\.xml|build\.xml|Gemfile|mix\.exs)$/,
  /^(?:\.gitattributes|\.gitmodules|\.envrc|\.env|\.nvmrc|\.node-version|\.python-version|\.tool-versions)$/,
];
/**
 * Whether a file by this name settles how a project is installed, built or checked: manifests, lockfiles,
 * settings of package managers, test runners and Git, and names under which a runner would load it by
 * itself.
 */
export function settlesChecks(path: string): boolean {
  const base = path.slice(path.lastIndexOf("/") + 1);
  return path === environmentPath || isLockfile(base) || settingFolders.test(path) || names.some((name) => name.test(base));
}
/**
 * A run, and the files by whose words its packages were installed, or that were copied into them. `byFile`:
 * commands of the environment file installed them.
 */
export type JudgedRun = RunIn & { installs?: readonly string[]; byFile?: boolean };
type Judges = Pick<JudgedRun, "checks" | "installs">;
/**
 * Whether a change takes the member's word also where it is declared: of what settles the checks, what is
 * installed for them, or of a check.
 */
export function isGuarded({ path, status }: BranchChange, { checks, installs }: Judges): boolean {
  if (settlesChecks(path) || installs?.some((installed) => isWithin(installed, path))) return true;
  return status !== "added" && (isCheckFile(path) || commandsOfChecks(checks).some((command) => runsFile(command, path)));
}
/**
 * A folder declares the files in it, but for those that are guarded: they are declared by their own names.
 */
function isDeclared(change: BranchChange, outputs: readonly string[], judges: Judges): boolean {
  if (outputs.includes(change.path)) return true;
  return outputs.some((output) => isWithin(output, change.path)) && !isGuarded(change, judges);
}
/** What a task changed beside what it declares: `guarded` is refused at once, `others` are looked at. */
export function findUndeclared(
  changes: readonly BranchChange[],
  { outputs, also = [], ...judges }: Pick<RunIn, "outputs" | "also"> & Judges,
): { guarded: BranchChange[]; others: BranchChange[] } {
  const outside = changes.filter((change) => !isDeclared(change, [...outputs, ...also], judges));
  return {
    guarded: outside.filter((change) => isGuarded(change, judges)),
    others: outside.filter((change) => !isGuarded(change, judges)),
  };
}
/**
 * A task that may change any file declares those that it has changed, but for what settles its checks:
 * `free` are those that nobody has named.
 */
export function withAnywhere(input: JudgedRun, changes: readonly BranchChange[]): { input: JudgedRun; free: string[] } {
  if (!input.anywhere) return { input, free: [] };
  const others = findUndeclared(changes, input).others.map(({ path }) => path);
  const free = others.filter((path) => innerPath.safeParse(path).success); // another can't be told by its name
  return { input: { ...input, also: [...(input.also ?? []), ...free] }, free };
}

const fold = (path: string) => path.normalize("NFC").toLowerCase();
const gitName = /^(?:\.git|git~\d{1,9})(?:[ .]{0,100}|:.*)$/i;
// HFS leaves these out of names, so that `.g\u200cit` is `.git` there.
const ignored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const isGitName = (part: string) => gitName.test(part.replace(ignored, ""));
/** A path and the folders in which it lies. */
function waysTo(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}
/**
 * Why names of added files can't be laid out alike everywhere: one that differs from another by case or
 * Unicode form alone, or one that is Git's own folder somewhere. `all`: every path of the commit.
 */
export function findUnfitNames(added: readonly string[], all: readonly string[]): { path: string; reason: string }[] {
  const brought = new Set(added);
  const before = new Set(all.filter((path) => !brought.has(path)).flatMap(waysTo));
  const folded = new Map<string, Set<string>>();
  for (const at of all.flatMap(waysTo)) {
    const known = folded.get(fold(at));
    if (known) known.add(at);
    else folded.set(fold(at), new Set([at]));
  }
  return added.flatMap((path) => {
    if (path.split("/").some(isGitName)) return [{ path, reason: "is Git's own folder" }];
    for (const at of waysTo(path)) {
      const twins = [...(folded.get(fold(at)) ?? [])].filter((other) => other !== at);
      const [twin] = before.has(at) ? twins.filter((other) => !before.has(other)) : twins;
      if (twin !== undefined) return [{ path, reason: `differs from ${twin} by case or Unicode form alone` }];
    }
    return [];
  });
}
/**
 * Whether a link at this path leads to something inside the tree, by its words; they go up at their
 * beginning alone.
 */
export function staysInside(path: string, target: string): boolean {
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const down = parts.findIndex((part) => part !== "..");
  if (target === "" || target.startsWith("/") || down < 0) return false;
  if (parts.slice(down).some((part) => part === ".." || isGitName(part))) return false;
  return down < path.split("/").length;
}
