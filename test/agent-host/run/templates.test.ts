import { afterAll, beforeAll, expect, test } from "vitest";
import { composeTemplate, findTemplate } from "../../../actors/project-template.ts";
import { environmentPath, readEnvironment } from "../../../schema/environment/environment.ts";
import { editOwner } from "../../../schema/project/edit.ts";
import { templateIds } from "../../../schema/project/template.ts";
import { toRoomChecks } from "../../../schema/proof/proof.ts";
import { checksOf, specShape } from "../../../schema/task/spec.ts";
import { reachRegistries } from "../../harness/registries.ts";
import { limit } from "../../harness/suite/limit.ts";
import type { Started } from "../../local/process.ts";
import { makeRepository, mustRunAsAgent, runChecks, startDaemonWithAuthor, writeFilesLine } from "../clean-room.ts";
import { prepareLaterImage } from "../later-image.ts";
import { deploy, putBody, visit } from "../release/app-client.ts";
import { newPerson } from "../runner-client.ts";

/** Every template, as a project begins from it: proven from a clean clone, then served where it serves. */
const person = newPerson();
let daemon: Started;
beforeAll(async () => {
  await prepareLaterImage("full"); // with Go: minutes, once on a machine
  daemon = await startDaemonWithAuthor(person, await reachRegistries());
}, limit(900_000));
afterAll(() => daemon?.stop());

test.for(templateIds)("%s is proven from a clean clone, and serves what it is for", { timeout: limit(300_000) }, async (id) => {
  const name = `my-${id}`;
  const { files, tests, acceptance } = composeTemplate(id, { name, title: "Bread and more" });
  const repo = await makeRepository(person, name);
  const texts = Object.fromEntries(files.map(({ path, content }) => [path, content]));
  const clone = `rm -rf clone && git clone -q http://gitea:3000/${repo}.git clone && cd clone && git checkout -q -b edit/template`;
  const push = "git add -A && git commit -qm template && git push -q origin HEAD && git rev-parse origin/main HEAD";
  const pushed = await mustRunAsAgent(person, `{ ${clone} && ${writeFilesLine(texts)}; } >&2 && ${push}`);
  const [main = "", commit = ""] = pushed.split("\n").slice(-2);
  const spec = specShape.parse({ id: "template", title: "Begin", owner: editOwner, outputs: Object.keys(texts), tests, acceptance });
  const { result } = await runChecks(person, {
    ...{ repo, branch: "edit/template", commit, begun: { main, handed: [] }, outputs: spec.outputs, byMember: true },
    checks: toRoomChecks(checksOf(spec)),
  });
  expect(result.failures).toEqual([]);
  expect(texts["README.md"]).toMatch(/^# Bread and more\n/);
  if (!findTemplate(id).serves) return;
  const { end, lines } = await deploy(person, name, putBody(repo, commit));
  expect(end, JSON.stringify(lines)).toMatchObject({ served: true });
  const environment = readEnvironment(texts[environmentPath] ?? "{}");
  const path = environment.ok ? environment.value.health?.path : undefined;
  expect(await visit(person, name, path)).toMatchObject({ status: 200 });
});
