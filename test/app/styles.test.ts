import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { root } from "../local/process.ts";

const app = path.join(root, "edge/app");
const files = (ending: string) => readdirSync(app, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(ending));
const textOf = (file: string) => readFileSync(path.join(app, file), "utf8");
const inUi = (file: string) => file.startsWith("ui/");
const modules = files(".module.css");
const components = files(".tsx");

/** The selectors of a sheet, without what its blocks say. */
const selectorsOf = (sheet: string) =>
  [
    ...textOf(sheet)
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .matchAll(/([^{};]+)\{/g),
  ]
    .map(([, selectors]) => selectors!.trim())
    .filter((selectors) => !selectors.startsWith("@"))
    .join("\n");
const classesOf = (selectors: string) => new Set([...selectors.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name]) => name!));
const ownSelectors = (sheet: string) => selectorsOf(sheet).replace(/:global\([^()]*\)/g, "");
const foreignSelectors = (sheet: string) => [...selectorsOf(sheet).matchAll(/:global\(([^()]*)\)/g)].map(([, name]) => name).join("\n");
const shared = classesOf(files(".css").filter(inUi).map(selectorsOf).join("\n"));

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
/** The words of an expression's strings, without what templates fill in and values are compared with. */
const wordsIn = (expression: string) =>
  [...expression.replace(/[=!]== "[^"]*"/g, "").matchAll(/"([^"]*)"|`([^`]*)`/g)]
    .map(([, plain, template]) => plain ?? template!.replace(/\$\{[^}]*\}/g, "\0"))
    .flatMap((words) => words.split(/\s+/));
/** The shared classes that a component names where it gives classes to an element. */
function givenBy(component: string): string[] {
  const text = textOf(component);
  const given = [...text.matchAll(/className(?:=|: )/g)].map(({ 0: name, index }) => {
    const from = index + name.length;
    return text[from] === "{" ? braced(text, from) : text.slice(from, text.indexOf(text[from]!, from + 1) + 1);
  });
  return given.flatMap(wordsIn).filter((name) => /^[a-zA-Z][\w-]*$/.test(name));
}

test("a screen's sheet is a module beside it; only ui/ has classes that every screen can give", () => {
  expect(files(".css").filter((file) => !file.endsWith(".module.css") && !inUi(file))).toEqual(["app.css"]);
  expect(selectorsOf("app.css")).toBe("");
  expect(textOf("main.tsx")).toMatch(/^import "\.\/app\.css";/); // what a module says of its element comes after and wins
  const names = modules.map((file) => path.basename(file)); // a class is called by them in the browser
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test("a component gives only classes that its own screen's sheet or a sheet of ui/ defines", () => {
  const wrong = components.flatMap((component) => {
    const text = textOf(component);
    const sheet = /import styles from "([^"]+)"/.exec(text)?.[1];
    const defined = sheet ? classesOf(ownSelectors(path.join(path.dirname(component), sheet))) : new Set();
    const used = [...text.matchAll(/\bstyles\.(\w+)/g)].map(([, name]) => name!);
    return [
      ...(sheet && !/^\.\/[\w-]+\.module\.css$/.test(sheet) ? [`imports ${sheet}`] : []),
      ...used.filter((name) => !defined.has(name)).map((name) => `styles.${name}`),
      ...givenBy(component).filter((name) => !shared.has(name)),
    ].map((name) => `${component}: ${name}`);
  });
  expect(wrong).toEqual([]);
});

test("each class of a module is given by a component, and what it names of others is a class of ui/", () => {
  const wrong = modules.flatMap((sheet) => {
    const givers = components.filter(
      (file) => path.dirname(file) === path.dirname(sheet) && textOf(file).includes(`./${path.basename(sheet)}`),
    );
    const text = givers.map(textOf).join("\n");
    const looked = new Set(/\bstyles\[/.test(text) ? [...files(".ts"), ...givers].map(textOf).flatMap(wordsIn) : []);
    return [
      ...[...classesOf(ownSelectors(sheet))].filter((name) => !new RegExp(`\\bstyles\\.${name}\\b`).test(text) && !looked.has(name)),
      ...[...classesOf(foreignSelectors(sheet))].filter((name) => !shared.has(name)).map((name) => `:global(.${name})`),
    ].map((name) => `${sheet}: ${name}`);
  });
  expect(wrong).toEqual([]);
});

test("each class of ui/ is given by a component", () => {
  const words = new Set([...components, ...files(".ts")].map(textOf).flatMap(wordsIn));
  const patterns = [...words]
    .filter((word) => /^[a-z]+\0$/.test(word)) // as in `r${size}`
    .map((word) => new RegExp(`^${word.slice(0, -1)}\\w+$`));
  expect([...shared].filter((name) => !words.has(name) && !patterns.some((pattern) => pattern.test(name)))).toEqual([]);
});
