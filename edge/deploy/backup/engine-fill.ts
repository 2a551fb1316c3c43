import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { NotYet } from "../settings-file.ts";
import { syncToDisk } from "./archive.ts";
import { findEngine, unfinishedStore } from "./engine-store.ts";

/** What was in the way of a restore lies in the store itself, in a folder that is called so. */
const asidePrefix = "growqr-before-";
const listThere = (store: string) =>
  existsSync(store) ? readdirSync(store).filter((name) => name !== "lost+found" && !name.startsWith(asidePrefix)) : [];
/** Throws `NotYet` where something is in the way of putting a store back there; `over`: it is moved aside. */
export function requireFreeStore(store: string, over: boolean): void {
  if (findEngine(store) !== undefined)
    throw new NotYet(`The engine runs on ${store}: stop it, and the runner, first. Nothing was changed.`);
  const there = listThere(store);
  if (there.length > 0 && !there.includes(unfinishedStore) && !over)
    throw new NotYet(`${store} is not empty. With --over what is there is moved into a folder of its own there. Nothing was changed.`);
}
/** Gives the folder that has what was there; undefined where nothing was, or half of a restore. */
function moveAside(store: string): string | undefined {
  const there = listThere(store);
  if (there.length === 0 || there.includes(unfinishedStore)) return undefined;
  const aside = path.join(store, `${asidePrefix}${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}`);
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  // What makes it a store goes last: no engine takes what is left for an empty one.
  for (const name of [...there.filter((each) => each !== "CURRENT"), ...there.filter((each) => each === "CURRENT")])
    renameSync(path.join(store, name), path.join(aside, name));
  return aside;
}
/**
 * Puts a store back; one that was broken off is begun anew. Gives the folder with what was there before.
 */
export function fillEngineStore(store: string, folder: string, files: readonly string[], over: boolean): string | undefined {
  requireFreeStore(store, over);
  mkdirSync(store, { recursive: true, mode: 0o700 });
  const aside = moveAside(store);
  writeFileSync(path.join(store, unfinishedStore), "", { mode: 0o600 });
  for (const name of listThere(store).filter((each) => each !== unfinishedStore)) rmSync(path.join(store, name), { recursive: true });
  // What makes a folder a store comes last.
  for (const name of [...files.filter((each) => each !== "CURRENT"), "CURRENT"]) {
    copyFileSync(path.join(folder, name), path.join(store, name));
    syncToDisk(path.join(store, name));
  }
  syncToDisk(store);
  rmSync(path.join(store, unfinishedStore));
  return aside;
}
