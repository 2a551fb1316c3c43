import type { Table } from "./data-files.ts";
import { baseOf, folderOf, type SetupFile, type SetupTexts } from "./setup-paths.ts";

/** `from`: the file that says so. */
export type InstallStep = { title: string; script: string; from: string };
/**
 * What is installed, and all that decides it. It is done with these files alone, in a folder that is empty
 * otherwise, so that no program of the project can have a part in it.
 */
export type InstallPlan = {
  steps: InstallStep[];
  /** Files by their text. Of what is asked for only by another of them it may be that it is not there. */
  files: string[];
  /** Those that leave it open which versions come, so that another day may bring others. */
  unpinned: string[];
  /** Archives, patches and folders of the project that are installed as they are, by path. */
  parts: string[];
  /** Those of them that are copied, and not linked to: what is installed is not what the checks see. */
  copied: string[];
  /** Those in which only wheels count. */
  wheelFolders: string[];
  /**
   * What stands in the folder otherwise than in the project, by path: without what could name a program, or
   * empty.
   */
  laid: Record<string, string>;
  /** Why it can't be done. */
  broken: string[];
};
export const emptyPlan = (): InstallPlan => ({
  ...{ steps: [], files: [], unpinned: [], laid: {}, broken: [] },
  ...{ parts: [], copied: [], wheelFolders: [] },
});
export const keepFields = (from: Table, fields: ReadonlySet<string>): Table =>
  Object.fromEntries(Object.entries(from).filter(([key]) => fields.has(key)));

/**
 * A folder of the project in which a check installs what that names; `lines`: requirements that it names to
 * pip itself.
 */
export type AskedPackages = { folder: string; lines: string[] };

/** The files of one folder of a project. */
export type Folder = { path: string; text: (name: string) => string | undefined; at: (name: string) => string };
export function openFolder(texts: SetupTexts, path: string): Folder {
  const at = (name: string) => (path === "" ? name : `${path}/${name}`);
  return { path, at, text: (name) => setupTextAt(texts, at(name)) };
}
export const setupTextAt = (texts: SetupTexts, path: string): string | undefined => (Object.hasOwn(texts, path) ? texts[path] : undefined);
export type Install = Pick<InstallStep, "title" | "script">;
export function makeStep(folder: Folder, name: SetupFile, { title, script }: Install): InstallStep {
  const from = folder.at(name);
  return folder.path === ""
    ? { title, script, from }
    : { title: `${title} in ${folder.path}`, script: `cd ${folder.path}\n${script}`, from };
}
/** The files by this name in folders that are wanted. */
export const listNamed = (texts: SetupTexts, name: SetupFile, isWanted: (folder: string) => boolean): string[] =>
  Object.keys(texts).filter((path) => baseOf(path) === name && isWanted(folderOf(path)));
