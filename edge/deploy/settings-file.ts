import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { trimTail } from "../../schema/wire/foreign-text.ts";
import { listEdgeSettings } from "../settings-rules.ts";

/**
 * The operator's file of settings of one deployment, `NAME='value'` a line, readable by its owner only. It
 * holds the only copy of the keys: lines are added to it and, where a key is rotated, changed.
 */

/** Settings by name. */
export type SettingTexts = Record<string, string>;

/** What an operator has to do first; nothing was changed. */
export class NotYet extends Error {}

/** Settings of the parts beside the Worker; they are not sent to it. */
export const cellSettings: readonly string[] = ["CELL_LIBSQL_JWT_KEY", "CELL_LIBSQL_URL"];
/** What a deployment finds out by itself. */
export const derivedSettings: readonly string[] = [
  "IDENTITY",
  "IDENTITY_ISSUER",
  "IDENTITY_JWT_KEY",
  "IDENTITY_KEY_ID",
  "IDENTITY_PARTIES",
];
/** What the Worker does without and a deployment does not. */
export const deploymentNeeds: readonly string[] = ["CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY"];
/** Settings of an older version, and what has to be done in their place. */
export const goneSettings: Readonly<SettingTexts> = {
  OPERATORS:
    "is no setting any more: operators are people with that role at Clerk. Run `npm run migrate`, then `npm run operator -- <e-mail>` for each of them, then take this line out. Give the role of support anew at /help-desk",
};
const askedToo: readonly string[] = [...deploymentNeeds, "PREVIEW_DOMAIN", "APPS_DOMAIN"];

/** Writes the file with these keys, and a line for each other setting that there is; never a second time. */
export function makeSettingsFile(file: string, keys: Readonly<SettingTexts>): void {
  const settings = listEdgeSettings();
  const lines = ["# Settings of one deployment. Keep this file: it holds the only copy of its keys.", ""];
  const add = (name: string, value: string, isComment: boolean) => {
    const about = settings.find((setting) => setting.name === name)?.about;
    if (about !== undefined) lines.push("", `# ${about}`);
    lines.push(`${isComment ? "# " : ""}${name}=${quote(value)}`);
  };
  const open = settings.filter(({ name }) => !derivedSettings.includes(name) && keys[name] === undefined);
  lines.push("# To be filled in.");
  for (const { name, needed } of open) if (needed || askedToo.includes(name)) add(name, "", false);
  lines.push("", "# As you like.");
  for (const { name, needed, otherwise = "" } of open) if (!needed && !askedToo.includes(name)) add(name, otherwise, true);
  lines.push("", "# Where this machine reaches the database, if not at LIBSQL_URL: the end of a tunnel.", "# CELL_LIBSQL_URL=''");
  lines.push("", "# Made for you.");
  for (const [name, value] of Object.entries(keys)) add(name, value, false);
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${lines.join("\n")}\n`, { mode: 0o600 });
  try {
    linkSync(fresh, file); // whole, and only where there is none
  } finally {
    rmSync(fresh);
  }
}

function keepFromOthers(file: string): void {
  try {
    chmodSync(file, 0o600);
  } catch {
    throw new NotYet(`Others can read ${file}, and that can't be changed from here: say \`chmod 600\` where it is.`);
  }
}
/**
 * The text of the file; others may not read it any more. Throws `NotYet` where there is none, or what is no
 * file: a device that others can't read any more, such as /dev/null, breaks the machine.
 */
function readPrivate(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new NotYet(`There is no ${file}. \`npm run keys\` makes it.`);
  if (!found.isFile()) throw new NotYet(`${file} is no file. Nothing was changed.`);
  if ((found.mode & 0o077) !== 0) keepFromOthers(file);
  return readFileSync(file, "utf8");
}
const readTexts = (text: string): SettingTexts =>
  Object.fromEntries(Object.entries(parseEnv(text)).flatMap(([name, value = ""]) => (value.trim() === "" ? [] : [[name, value.trim()]])));
/** The settings that say something, by name, without spaces around them. */
export const readSettingsFile = (file: string): SettingTexts => readTexts(readPrivate(file));

/** `parseEnv` knows no escapes, so the quote is one that the value does not have. */
function quote(value: string): string {
  const mark = ["'", '"', "`"].find((each) => !value.includes(each));
  if (mark === undefined) throw new NotYet("A value with all three kinds of quotes can't be written.");
  return `${mark}${value}${mark}`;
}
/** The name that a line gives a value to, and the text of that. */
function splitLine(line: string): { name: string; text: string } | undefined {
  const at = line.indexOf("=");
  const words = line.slice(0, Math.max(at, 0)).trim().split(/\s/);
  const name = words.at(-1) ?? "";
  const isSetting = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && (words.length === 1 || words[0] === "export");
  return isSetting ? { name, text: line.slice(at + 1).trim() } : undefined;
}
const emptyTexts = new Set(["", "''", '""', "``"]);
/**
 * The names whose lines stand in the file with a text that is read as none: a quote before them is not
 * closed.
 */
export function listUnreadNames(file: string, names: readonly string[]): string[] {
  const text = readPrivate(file);
  const read = readTexts(text);
  const written = text.split("\n").flatMap((line) => splitLine(line) ?? []);
  return names.filter((name) => read[name] === undefined && written.some((line) => line.name === name && !emptyTexts.has(line.text)));
}

/**
 * Gives these settings these values in the file: in the place of their line, or at the end. Throws `NotYet`,
 * with the file as it was, where any other setting would then be read otherwise than before.
 */
export function changeSettings(file: string, values: Readonly<SettingTexts>, heading: string): void {
  const before = readPrivate(file);
  const left = new Map(Object.entries(values));
  const lines = trimTail(before, "\n")
    .split("\n")
    .map((line) => {
      const name = splitLine(line)?.name ?? "";
      const value = left.get(name);
      left.delete(name);
      return value === undefined ? line : `${name}=${quote(value)}`;
    });
  if (left.size > 0) lines.push("", `# ${heading}`, ...[...left].map(([name, value]) => `${name}=${quote(value)}`));
  const after = `${lines.join("\n")}\n`;
  const expected = new Map(Object.entries({ ...readTexts(before), ...values }));
  const found = Object.entries(readTexts(after));
  const isRight = found.length === expected.size && found.every(([name, value]) => expected.get(name) === value);
  const isOnLines = Object.keys(values).some((name) => readTexts(before)[name]?.includes("\n"));
  if (!isRight || isOnLines)
    throw new NotYet(
      `${file} can't be changed without harm: is a quote not closed, does ${Object.keys(values).join(" or ")} stand there twice or on several lines? Nothing was changed.`,
    );
  writePrivate(file, after);
}

/**
 * Writes a file that its owner alone may read, whole or not at all; through a link, where the file is one.
 */
export function writePrivate(file: string, text: string): void {
  const place = existsSync(file) ? realpathSync(file) : file;
  if (existsSync(place) && readPrivate(place) === text) return;
  mkdirSync(path.dirname(place), { recursive: true });
  const fresh = `${place}.${process.pid}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, place);
  } finally {
    rmSync(fresh, { force: true });
  }
}
