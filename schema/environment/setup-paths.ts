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
  "go.work",
  "go.work.sum",
  "Cargo.toml",
  "Cargo.lock",
] as const;
export type SetupFile = (typeof setupFiles)[number];
/** Those that only an environment file's own commands read, or that others include. */
const furtherFiles = ["poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "pom.xml"];
const names = new Set<string>([...setupFiles, ...furtherFiles]);
export const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
export const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const isPythonList = (path: string) =>
  path.endsWith(".txt") && (/requirements|constraints/.test(baseOf(path)) || /(?:^|\/)requirements\/[^/]+$/.test(path));
const decides = (path: string) => names.has(baseOf(path)) || isPythonList(path);
/** Whether it matters only that the file is there, for who tells in words what is installed. */
export const isLockfile = (path: string) => /(?:lock\.(?:json|yaml)|shrinkwrap\.json|\.lock|\.sum)$/.test(path);
/** Contents of such files by path. */
export type SetupTexts = Readonly<Record<string, string>>;

/** So many such files are looked at, those nearest to the root. */
export const mostSetupPaths = 200;
/**
 * Those of a repository's paths that decide what is installed; `isMember` says which folders do beside
 * those near the root.
 */
export function findSetupPaths(
  paths: readonly string[],
  isMember: (folder: string) => boolean = () => false,
  most = mostSetupPaths,
): string[] {
  const isNear = (folder: string) => folder === "" || isProjectFolder(folder) || isMember(folder);
  const found = paths.filter((path) => decides(path) && innerPath.safeParse(path).success && isNear(folderOf(path)));
  const depth = (path: string) => path.split("/").length;
  return found
    .filter((path) => path !== environmentPath)
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
    .slice(0, most);
}

/**
 * A path of the project that a file in `folder` names; undefined where it leads out of the project, or is
 * none. The root is "".
 */
export function resolveInside(folder: string, named: string): string | undefined {
  if (named.startsWith("/") || named.startsWith("~") || named.length > 400) return undefined;
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of named.split("/")) {
    if (part === ".." && parts.pop() === undefined) return undefined;
    if (part !== "" && part !== "." && part !== "..") parts.push(part);
  }
  const path = parts.join("/");
  return path === "" || innerPath.safeParse(path).success ? path : undefined;
}
