import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";
import { listSources } from "../../harness/source.ts";
import { limit } from "../../harness/suite/limit.ts";
import { long } from "../../harness/suite/long-run.ts";
import { expressionKey, type Found, judgeAll, madeBy, readExpressions, type Verdicts } from "./expressions.ts";

/** What recheck said before, by content: a new expression is judged once. A long run judges all anew. */
const kept = "test/schema/wire/expressions.json";
const known = (): Verdicts => (existsSync(kept) && !long ? (JSON.parse(readFileSync(kept, "utf8")) as Verdicts) : {});

/** Expressions that may take longer than their text does, and why that harms nobody. */
const excepted: Record<string, string> = {
  'schema/command/sed-awk.ts /"(?:[^"\\\\\\n]|\\\\[^\\n])*"/': "of a script that is refused when it is longer than a command line's",
};
/** Files that make expressions of parts when they run, not when they are loaded, and of what. */
const later: Record<string, string> = {
  "edge/kernel/not-found.ts": "of the product's own routes: a name between two slashes each",
  "edge/openapi/example.ts": "of the patterns of the product's own description, matched with its own few examples",
};

test("no regular expression of the source takes longer than in proportion to the text it is matched with", {
  timeout: limit(900_000),
}, async () => {
  const files = (await listSources()).map((file) => ({ file, ...readExpressions(file) }));
  const all: Found[] = files.flatMap(({ found }) => found);
  const making = files.filter(({ file, made }) => made.length > 0 && later[file] === undefined).map(({ file }) => file);
  vi.resetModules(); // another test file of this process may have loaded them already
  const made = await madeBy(making, (file) => import(/* @vite-ignore */ pathToFileURL(path.resolve(file)).href));
  const unread = making.filter((file) => !made.some((expression) => expression.file === file));
  expect(unread, "files that make expressions only when they run: nothing reads those").toEqual([]);
  all.push(...made);
  expect(all.length).toBeGreaterThan(200);
  const verdicts = await judgeAll(all, known());
  if (JSON.stringify(verdicts) !== JSON.stringify(known())) writeFileSync(kept, `${JSON.stringify(verdicts, null, 2)}\n`);
  const isExcepted = ({ file, source }: Found) => excepted[`${file} /${source}/`] !== undefined;
  const wrong = all.filter((expression) => verdicts[expressionKey(expression)] !== "safe" && !isExcepted(expression));
  expect(wrong.map(({ file, line, source, flags }) => `${file}:${line} /${source}/${flags}`)).toEqual([]);
  const unused = Object.keys(excepted).filter((name) => !all.some(({ file, source }) => `${file} /${source}/` === name));
  expect(unused, "exceptions that nothing needs any more").toEqual([]);
});
