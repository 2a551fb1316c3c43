import { expect, test } from "vitest";
import { type ListedEntry, listNearRoot } from "../../../schema/environment/near-root.ts";

const file = (path: string): ListedEntry => ({ path, type: "blob", sha: `hash of ${path}`, size: 1 });
const folder = (path: string, sha = path): ListedEntry => ({ path, type: "tree", sha, size: 0 });

test("the root is listed, folders in which a project may lie, and those of a group; nothing else is asked for", async () => {
  const trees: Record<string, ListedEntry[]> = {
    commit: [
      file("a.js"),
      folder("web"),
      folder("packages"),
      folder("src"),
      folder(".git-hooks"),
      folder(".growqr"),
      folder("node_modules"),
    ],
    web: [file("package.json"), folder("pages")],
    src: [file("index.html"), folder("deep")],
    packages: [folder("one", "1"), folder("docs")],
    ".growqr": [file("environment.yaml")],
    "1": [file("package.json"), folder("deep")],
  };
  const asked: string[] = [];
  const found = await listNearRoot("commit", async (tree) => {
    asked.push(tree);
    return trees[tree];
  });
  expect([...(found?.keys() ?? [])].sort()).toEqual([
    ".growqr/environment.yaml",
    "a.js",
    "packages/one/package.json",
    "src/index.html",
    "web/package.json",
  ]);
  expect(asked.sort()).toEqual(["commit", "web", "packages", ".growqr", "src", "1"].sort());
  expect(await listNearRoot("another", async () => undefined)).toBeUndefined();
});
test("folders that hold each other without end are asked for a few times", async () => {
  let asked = 0;
  const loop = Array.from({ length: 1_000 }, (_, index) => folder(`packages${index === 0 ? "" : index}`, "same"));
  const found = await listNearRoot("same", async () => {
    asked += 1;
    return [file("a"), ...loop];
  });
  expect(asked).toBeLessThanOrEqual(25);
  expect(found?.size).toBe(asked);
});
