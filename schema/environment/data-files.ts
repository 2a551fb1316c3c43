import { parse } from "smol-toml";
import { z } from "zod";
import { readYaml } from "../wire/yaml.ts";

/** Files of strangers as plain data; undefined where they can't be read as that. */

const mostTomlBytes = 1024 * 1024;
export type Table = Readonly<Record<string, unknown>>;
const table = z.record(z.string(), z.unknown());
const asTable = (read: () => unknown): Table | undefined => {
  try {
    return table.safeParse(read()).data;
  } catch {
    return undefined;
  }
};

const deepest = 100;
/** More levels than a person writes; brackets within strings are counted too. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length && depth <= deepest; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return depth > deepest;
}
/** As npm reads it: a mark of the order of bytes is left out. */
export const readJsonTable = (text: string | undefined): Table | undefined =>
  text === undefined || isDeep(text) ? undefined : asTable(() => JSON.parse(text.replace(/^\ufeff/, "")));
export const readTomlTable = (text: string | undefined, most = mostTomlBytes): Table | undefined =>
  text === undefined || text.length > most ? undefined : asTable(() => parse(text));
/** Within the bounds of files that people write. */
export function readYamlTable(text: string | undefined): Table | undefined {
  const read = text === undefined ? undefined : readYaml(text, table);
  return read?.ok ? read.value : undefined;
}

/** The table at a dotted way into another; an empty one where there is none. */
export function tableAt(from: unknown, ...keys: readonly string[]): Table {
  const found = keys.reduce<unknown>((at, key) => (isTable(at) && Object.hasOwn(at, key) ? at[key] : undefined), from);
  return isTable(found) ? found : {};
}
export const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
export const stringsOf = (value: unknown): string[] => (Array.isArray(value) ? value : []).filter((each) => typeof each === "string");
/** All texts in a value, however deep; `mostDeep` levels of it. */
export function allStrings(value: unknown, mostDeep = 6): string[] {
  if (typeof value === "string") return [value];
  if (mostDeep === 0 || typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((each) => allStrings(each, mostDeep - 1));
}
