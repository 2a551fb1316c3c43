import { expect, test } from "vitest";
import { errorBody } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { answers, open, page, seen, serveTeam } from "./sample-team.ts";

/** A file of a project, changed by the person's own hand. */
const [main, newer] = ["a".repeat(40), "b".repeat(40)];
const bakery = (hash: string) => ({ repo: "projects/bakery", title: "Bakery", branches: [{ name: "main", hash }], shown: "main" });
const file = (path: string, text: string | null) => ({ repo: "projects/bakery", ref: "main", path, text, bytes: 9, truncated: false });
const edits: { base: string; files: { content: string }[] }[] = [];
const edited = newId("tsk", 40);
let refused = false;
serveTeam((method, path, body) => {
  if (method !== "POST" || path !== "/projects/bakery/edits") return undefined;
  edits.push(JSON.parse(body));
  if (!refused) return { status: 202, body: { taskId: edited, commit: "c".repeat(40), branch: "edit/1" } };
  const error = { code: "conflict", message: "menu.txt has changed in the project meanwhile.", retryable: false, requestId: newId("req") };
  return { status: 409, body: errorBody.parse({ error }) };
});
const tellTask = (facts: object) =>
  page.evaluate(([body]) => Reflect.get(window, "sample").actor.append("task.state", body), [
    {
      taskId: edited,
      title: "Change menu.txt",
      from: "complete",
      facts: { run: 0, asked: [], attempts: {}, repairs: 0, by: "member", ...facts },
    },
  ] as const);
const tree = {
  repo: "projects/bakery",
  ref: "main",
  entries: [{ path: "menu.txt", type: "file", bytes: 9 }],
  truncated: false,
};
const openFile = (shown: ReturnType<typeof file>, ref = "main") =>
  open(`/files?repo=projects%2Fbakery&ref=${ref}&path=${shown.path}`, {
    more: { repos: [bakery(main)], answers: { ...answers, tree, file: shown } },
  });
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
const text = () => page.getByRole("textbox", { name: "Text of menu.txt" });

test("it is saved over the commit that was looked at, and says how it goes until it is in the project", async () => {
  await openFile(file("menu.txt", "Rye 4\n"));
  await press("Edit this file");
  await text().fill("Rye 4\nSpelt 5\n");
  await seen("file-edit");
  await page.reload();
  await press("Edit this file");
  expect(await text().inputValue()).toBe("Rye 4\nSpelt 5\n"); // what was begun is kept
  await press("Save");
  await page.getByText("Your change is saved, and is being checked").waitFor();
  expect(edits.splice(0)).toEqual([{ base: main, files: [{ path: "menu.txt", content: "Rye 4\nSpelt 5\n", encoding: "utf-8" }] }]);
  await tellTask({ state: "verified", reason: "checks passed" });
  await page.getByText("It passed. It is being put into the project.").waitFor();
  await tellTask({ state: "verified", reason: "on main", adopted: newer });
  await page.getByText("Your change is in the project.").waitFor();
  await press("OK");
});

test("one that does not pass says why, and can be changed again", async () => {
  await openFile(file("menu.txt", "Rye 4\n"));
  await press("Edit this file");
  await text().fill("Rye 5\n");
  await press("Save");
  await tellTask({ state: "failed", reason: "menu.txt must say “Rye 4”" });
  await page.getByText("Your change is not in the project: menu.txt must say “Rye 4”.").waitFor();
  await press("Change it again");
  await text().waitFor();
  edits.length = 0;
});

test("one that somebody else came before is kept, and put over theirs at a word", async () => {
  refused = true;
  await openFile(file("menu.txt", "Rye 4\n"));
  await press("Edit this file");
  await text().fill("Rye 6\n");
  await press("Save");
  await page.getByText("menu.txt has changed in the project meanwhile.").waitFor();
  await page.evaluate(([repos]) => Object.assign(Reflect.get(window, "sample").actor, { repos }), [[bakery(newer)]] as const);
  refused = false;
  await press("Save mine over it");
  await page.getByText("Your change is saved, and is being checked").waitFor();
  expect(edits.splice(0).map(({ files }) => files[0]!.content)).toEqual(["Rye 6\n", "Rye 6\n"]);
});

test("what is no text, or no file of main, is not edited here", async () => {
  await openFile(file("menu.txt", null));
  await page.getByText("This is not text.").waitFor();
  expect(await page.getByRole("button", { name: "Edit this file" }).count()).toBe(0);
  await openFile(file("menu.txt", "Rye 4\n"), "agent%2Fa%2Fmenu");
  await page.getByText("Rye 4").waitFor();
  expect(await page.getByRole("button", { name: "Edit this file" }).count()).toBe(0);
});
