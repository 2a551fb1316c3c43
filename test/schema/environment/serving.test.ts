import { expect, test } from "vitest";
import { chooseServing } from "../../../schema/environment/serving.ts";

const starts = { "package.json": JSON.stringify({ scripts: { start: "node server.js" } }) };

test("what an environment file says goes before what the project's files show, in a proof and in a release alike", () => {
  expect(chooseServing(["index.html"], {}, { site: "pages" })).toEqual({ site: "pages" });
  expect(chooseServing(["package.json"], starts, { site: "pages" })).toEqual({ site: "pages" });
  expect(chooseServing(["index.html"], {}, { start: "node serve.js" })).toEqual({ start: "node serve.js" });
});
test("a file that says nothing of it leaves it to the project's files", () => {
  expect(chooseServing(["index.html"], {}, {})).toEqual({ site: "" });
  expect(chooseServing(["src/index.html"], {})).toEqual({ site: "src" });
  expect(chooseServing(["package.json", "src/index.html"], starts)).toEqual({ start: "npm start" });
  expect(chooseServing(["package.json", "src/index.html"], { "package.json": "{}" })).toBeUndefined();
  expect(chooseServing(["main.py"], {})).toBeUndefined();
});
