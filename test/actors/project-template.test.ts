import { expect, test } from "vitest";
import { composeTemplate, findTemplate, listTemplates } from "../../actors/project-template.ts";
import { environmentPath, readEnvironment } from "../../schema/environment/environment.ts";
import { editOwner } from "../../schema/project/edit.ts";
import { projectTitle, templateIds, titleOfProject } from "../../schema/project/template.ts";
import { specShape } from "../../schema/task/spec.ts";

/** What the templates of `schema/templates` say of themselves, before any of them is run. */
const titles = ["Bread and more", "Lisa’s bread – (2026)", "Čokoláda, 巧克力!", "x".repeat(80)];

test("there is a template of each kind, and those that serve say so", () => {
  expect(listTemplates().map(({ id, serves, image }) => `${id} ${serves} ${image}`)).toEqual([
    "landing-page true workshop",
    "blog true workshop",
    "web-app true workshop",
    "api-typescript true workshop",
    "api-go true full",
    "worker true workshop",
    "cli false workshop",
    "package false workshop",
  ]);
});

test.for(templateIds)("%s is whole for every title that a project may have", (id) => {
  for (const title of titles) {
    expect(projectTitle.parse(title)).toBe(title);
    const { files, tests, acceptance } = composeTemplate(id, { name: "lisas-bread", title });
    const texts = new Map(files.map(({ path, content }) => [path, content]));
    expect(texts.get("README.md")).toMatch(new RegExp(`^# ${title.replace(/[()]/g, "\\$&")}\n`, "u"));
    for (const [path, text] of texts) {
      expect(text, path).not.toMatch(/\{\{(name|title)/);
      if (path.endsWith(".json") && !path.startsWith("tsconfig")) expect(() => JSON.parse(text), path).not.toThrow();
    }
    expect(readEnvironment(texts.get(environmentPath) ?? "{}")).toMatchObject({ ok: true });
    const outputs = [...texts.keys()];
    const spec = { id: "template", title: `Begin from “${findTemplate(id).title}”`, project: "lisas-bread", owner: editOwner };
    expect(specShape.safeParse({ ...spec, outputs, tests, acceptance }).success).toBe(true);
  }
});

test("a title that would mean something in HTML, JSON, YAML or a shell is none", () => {
  for (const title of ["", " ", "<b>", 'a "b"', "a: b", "a\nb", "$(ls)", "{{name}}", "- a", "a`b`", "a\\b", "a&b", "'a'", "x".repeat(81)])
    expect(projectTitle.safeParse(title).success, title).toBe(false);
});

test("a project without a title is called after its name", () => {
  expect(["my-blog", "a1"].map(titleOfProject)).toEqual(["My blog", "A1"]);
});
