import { expect, test } from "vitest";
import { innerPath } from "../../../schema/wire/path.ts";
import { keepPictures, quiet, say, toConversation, violations } from "../../harness/browser.ts";
import { script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** A project with names that Git takes and no person should have to read. */
const visitor = bringVisitor("otto", { settleMs: 240_000 });
/** By what a person reads of each. */
const names = {
  "a\ufffdb.md": "a\nb.md",
  "esc\ufffd[31mred.md": "esc\u001b[31mred.md",
  "invoice\ufffdfdp.exe": "invoice\u202efdp.exe",
  "back\\slash.md": "back\\slash.md",
  "-rf": "-rf",
  "␣lead": " lead",
  "tab\ufffdhere.txt": "tab\there.txt",
  "é😀.md": "é😀.md",
  "quote'\"`$(id).md": "quote'\"`$(id).md",
  [`${"x".repeat(240)}.md`]: `${"x".repeat(240)}.md`,
  "plain.md": "plain.md",
};
const program = `import { writeFileSync } from "node:fs";
import { execSync } from "node:child_process";
process.chdir("odd");
const names = JSON.parse(${JSON.stringify(JSON.stringify(Object.values(names)))});
names.forEach((name, index) => writeFileSync(name, "The words of file " + index + "."));
const agent = process.cwd().split("/")[3];
execSync("git add -A && git commit -qm 'Odd names' && git push -q origin HEAD:refs/heads/agent/" + agent + "/odd", { stdio: "inherit" });
`;

test("odd names in a project are shown without what could deceive, and each of the files opens", {
  timeout: limit(240_000),
}, async () => {
  const { page } = visitor;
  const run = (command: string) => ({ tool: "bash", args: { command, description: "run" } });
  await say(
    page,
    script(
      { tool: "platform_open_project", args: { name: "odd" } },
      run("git clone -q http://gitea:3000/projects/odd.git odd"),
      { tool: "write", args: { filePath: "names.mjs", content: program } },
      run("node names.mjs"),
      { text: "Done." },
    ),
  );
  await page
    .getByText("Odd names")
    .first()
    .waitFor({ timeout: limit(60_000) }); // its card, with the commit
  await quiet(page);
  const hidden = /[^\P{C}\n]/u; // the program's text has one itself, as the member wrote it
  expect((await page.getByRole("complementary").allInnerTexts()).join("\n")).not.toMatch(hidden);
  await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: "Files", exact: true }).click();
  const tree = page.getByRole("navigation", { name: "Projects and files" });
  await tree.getByRole("link", { name: "odd", exact: true }).click();
  await page.getByLabel("Branch").selectOption({ label: "odd" }); // agent/<id>/odd: forty characters, as a hash has
  for (const [index, [shown, name]] of Object.entries(names).entries()) {
    await tree.getByRole("link", { name: shown, exact: true }).click();
    await page.getByRole("region", { name: "File", exact: true }).getByText(`The words of file ${index}.`).waitFor();
    const plain = innerPath.safeParse(name).success;
    expect(await page.getByRole("button", { name: /^Download/ }).count()).toBe(plain ? 2 : 1); // the project's own is there
    expect(await page.getByText("Its name holds characters").count()).toBe(plain ? 0 : 1);
  }
  expect(await page.locator("body").innerText()).not.toMatch(hidden);
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "odd-names");
  await toConversation(page);
  expect(visitor.errors).toEqual([]);
});
