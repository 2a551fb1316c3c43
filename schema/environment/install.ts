import { isWithin } from "../wire/path.ts";
import { planGo, planRust } from "./install-go-rust.ts";
import { planNode, readNodeWorkspaces } from "./install-node.ts";
import { type AskedPackages, type InstallPlan, openFolder } from "./install-plan.ts";
import { planPython } from "./install-python.ts";
import { findSetupPaths, folderOf, type SetupTexts } from "./setup-paths.ts";
import { readWorkspace } from "./workspaces.ts";

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

/**
 * What has to be installed for a project with these files; undefined where nothing has to. Below the root a
 * lockfile or a list of requirements says so, and package.json alone does not; the root of a workspace says
 * it for its members. `asked`: what checks ask for themselves; their folders count without a lockfile too.
 */
export function planInstall(texts: SetupTexts, asked: readonly AskedPackages[] = []): InstallPlan | undefined {
  const { holds } = readWorkspace(texts);
  const workspaces = readNodeWorkspaces(texts);
  const askedFolders = new Set(asked.map(({ folder }) => folder));
  const isAsked = (path: string) => askedFolders.has(path);
  const folders = [...new Set(["", ...findSetupPaths(Object.keys(texts), holds).map(folderOf), ...askedFolders])];
  const linesIn = (path: string) => [...new Set(asked.filter(({ folder }) => folder === path).flatMap(({ lines }) => lines))];
  const plans = folders
    .map((path) => openFolder(texts, path))
    .flatMap((folder) => [
      planNode(folder, texts, workspaces, isAsked(folder.path)),
      planPython(folder, texts, linesIn(folder.path)),
      planGo(folder, texts),
      planRust(folder, texts),
    ])
    .filter((plan) => plan !== undefined);
  if (plans.length === 0) return undefined;
  const all = <K extends Exclude<keyof InstallPlan, "laid">>(key: K) =>
    [...new Set(plans.flatMap((plan) => plan[key] as unknown[]))] as InstallPlan[K];
  const parts = all("parts");
  const laid = Object.assign({}, ...plans.map((plan) => plan.laid)) as Record<string, string>;
  return {
    ...{ steps: all("steps"), files: all("files"), unpinned: all("unpinned"), parts },
    ...{ copied: all("copied"), wheelFolders: all("wheelFolders") },
    laid: leaveOutHidden(laid, { files: all("files"), parts }),
    broken: [...all("broken"), ...refuseParts(parts)],
  };
}
/**
 * An empty file that stands for one of the project is left out where that is there, or a folder has its
 * name.
 */
function leaveOutHidden(laid: Record<string, string>, { files, parts }: Pick<InstallPlan, "files" | "parts">): Record<string, string> {
  const foldersOf = (path: string) => path.split("/").map((_, depth, all) => all.slice(0, depth).join("/"));
  const folders = new Set([...files, ...Object.keys(laid)].flatMap(foldersOf));
  const shown = Object.entries(laid).filter(([path, text]) => text !== "" || !folders.has(path));
  const there = new Set([...files, ...shown.map(([path]) => path)]);
  const isHidden = (path: string) => foldersOf(path).some((folder) => there.has(folder)) || parts.some((part) => isWithin(part, path));
  return Object.fromEntries(shown.filter(([path, text]) => text !== "" || !isHidden(path)));
}
const mostParts = 200;
/** Settings of package managers are no packages. */
function refuseParts(parts: readonly string[]): string[] {
  const odd = parts.filter((path) => path.split("/").some((part) => part.startsWith(".") || settingNames.has(part)));
  const named = odd.slice(0, 5).map((path) => `${path} can't be installed: it has the name of a setting.`);
  return parts.length > mostParts ? [`More than ${mostParts} folders and archives of the project are installed.`] : named;
}
/**
 * What a package manager may take settings from, or code of the project that it runs; files with a dot
 * besides.
 */
export const settingNames: ReadonlySet<string> = new Set([
  "pnpm-workspace.yaml",
  "uv.toml",
  "rust-toolchain",
  "rust-toolchain.toml",
  "go.work",
]);
