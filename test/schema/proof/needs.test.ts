import { expect, it } from "vitest";
import { describeAsked, describeMissing } from "../../../schema/proof/needs.ts";

it("names who wanted the network, which name, and what to declare", () => {
  expect(describeAsked([])).toBe("");
  expect(describeAsked([{ name: "registry.npmjs.org", program: "npm install left-pad" }])).toBe(
    " On its way it wanted to reach registry.npmjs.org (`npm install left-pad`), and checks run without a network. What it needs from there, name in package.json, requirements.txt or another list of packages of the project: that is installed before the checks.",
  );
  expect(describeAsked(["nowhere.invalid", "1.0.0.10.in-addr.arpa", "x.test"].map((name) => ({ name, program: "" })))).toBe("");
  const four = ["a.example.org", "a.example.org", "b.example.org", "c.example.org", "d.example.org"].map((name) => ({ name, program: "" }));
  expect(describeAsked(four)).toContain(
    "reach a.example.org, b.example.org, c.example.org and 1 more, and checks run without a network. What it needs",
  );
});

it("names what is not installed, and stays silent about what the project itself has", () => {
  const named = (text: string, isOwn = (_name: string): boolean => false) =>
    /no (?:program )?`([^`]+)`|^ (\S+) is installed before/.exec(describeMissing(text, isOwn))?.slice(1).find(Boolean);
  expect(named("/usr/bin/python3: No module named pytest\n")).toBe("pytest");
  expect(named("ModuleNotFoundError: No module named 'yaml'\n")).toBe("yaml");
  expect(named("ModuleNotFoundError: No module named 'shop.main'\n")).toBe("shop");
  expect(named("Error: Cannot find module 'vitest'\nRequire stack:\n")).toBe("vitest");
  expect(named("Cannot find package 'lodash' imported from /x/y.mjs")).toBe("lodash");
  expect(named("Error: Cannot find module '@scope/name'\n")).toBe("@scope/name");
  expect(named("Error: Cannot find module './part'\n")).toBe(undefined);
  expect(named("Error: Cannot find module '/x/part.js'\n")).toBe(undefined);
  expect(named("sh: 1: pytest: not found\n")).toBe("pytest");
  expect(named("bash: line 1: vitest: command not found\n")).toBe("vitest");
  expect(named("make: ruff: No such file or directory\n")).toBe("ruff");
  expect(named("ERROR: No matching distribution found for flask>=3: it is not installed here\n")).toBe("flask");
  expect(named("WARN optional: No module named 'uvloop', using asyncio\nAssertionError: 1 != 2\n")).toBe(undefined);
  expect(named("404: page not found\n")).toBe(undefined);
  expect(named("ModuleNotFoundError: No module named 'shop'\n", (name) => name === "shop")).toBe(undefined);
  expect(describeMissing("sh: 1: cargo: not found\n", () => false)).toBe(
    " There is no program `cargo` here. Write `image: full` to .growqr/environment.yaml: that image has it.",
  );
  expect(named(`${"No module named ".repeat(100_000)}\n`)).toBe(undefined);
});
