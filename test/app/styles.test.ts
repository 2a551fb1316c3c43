import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { root } from "../local/process.ts";

const app = path.join(root, "edge/app");
const files = (ending: string) => readdirSync(app, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(ending));
/** The folder of a file, or the file itself where a noun is one file. */
const nounOf = (file: string) => (path.dirname(file) === "." ? path.parse(file).name : path.dirname(file));
const strings = (text: string) =>
  [...text.matchAll(/"([^"]*)"|`([^`]*)`/g)].map(([, plain, template]) => plain ?? template!.replace(/\$\{[^}]*\}/g, " "));

/** The expression that begins at a brace, with all the braces inside it. */
function braced(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return text.slice(from, at + 1);
  }
  return text.slice(from);
}
/** The classes that a file gives to elements, directly or by a constant. */
function classesIn(file: string): Set<string> {
  const text = readFileSync(path.join(app, file), "utf8");
  const given = [...text.matchAll(/className(?:=|: )/g)].map(({ 0: name, index }) => {
    const from = index + name.length;
    return text[from] === "{" ? braced(text, from) : text.slice(from, text.indexOf(text[from]!, from + 1) + 1);
  });
  const constants = [...text.matchAll(/(?:const (?:name|title) = |classes\()([^;\n]*)/g)].map(([, value]) => value!);
  return new Set([...given, ...constants].flatMap(strings).flatMap((words) => words.split(/\s+/)));
}

test("what several nouns draw is styled in ui/: a noun's own sheet styles nothing without a class that only this noun gives", () => {
  const givers = new Map<string, Set<string>>();
  for (const file of files(".tsx")) for (const name of classesIn(file)) givers.set(name, new Set(givers.get(name)).add(nounOf(file)));
  const foreign = files(".css").flatMap((file) => {
    const noun = nounOf(file);
    if (noun === "ui" || file === "app.css") return [];
    const sheet = readFileSync(path.join(app, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    const selectors = [...sheet.matchAll(/([^{};]+)\{/g)].flatMap(([, list]) =>
      list!.trim().startsWith("@") ? [] : list!.split(/,(?![^(]*\))/),
    );
    const own = (name: string) => givers.get(name)?.has(noun) === true && givers.get(name)?.size === 1;
    return selectors
      .map((one) => one.trim())
      .filter((one) => ![...one.matchAll(/\.([a-zA-Z][\w-]*)/g)].some(([, name]) => own(name!)))
      .map((one) => `${file}: ${one}`);
  });
  expect(foreign).toEqual([]);
});
