import { expect, test } from "vitest";
import { listRemembered } from "../../../actors/memory/remembered.ts";
import { memoryFileTable } from "../../../schema/memory/memory-file.table.ts";
import { startActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

const folder = ownFolder();

test("what is remembered is told with its files: the profile, then facts and decisions, the newest first, and no list of a folder", async () => {
  const actor = await startActor(folder);
  const file = (path: string, at: number, content: string | null = null) => ({ path, title: `Title of ${path}`, at, content, hash: null });
  await actor.db.delete(memoryFileTable);
  await actor.db
    .insert(memoryFileTable)
    .values([
      file("profile.md", 1, "# Profile\n\nName: Mara\n"),
      file("profile/old.md", 2, "# Old\n\nThey had a café.\n"),
      file("profile/new.md", 3, `# New\n\n${"They bake. ".repeat(100)}`),
      file("decisions/README.md", 9),
      file("decisions/a.md", 4),
      file("decisions/b.md", 5),
      file("goals/g.md", 6, "# Goal\n"),
    ]);
  const { facts, decisions } = await listRemembered(actor.db);
  expect(facts.map(({ path, text }) => [path, text.slice(0, 16)])).toEqual([
    ["profile.md", "Name: Mara"],
    ["profile/new.md", "They bake. They "],
    ["profile/old.md", "They had a café."],
  ]);
  expect(facts[1]?.text).toHaveLength(600);
  expect(decisions.map(({ path }) => path)).toEqual(["decisions/b.md", "decisions/a.md"]);
  await actor.close();
});
