import { expect, test } from "vitest";
import { secretPrintsPut } from "../../schema/project/secret-prints.ts";
import { ownFolder } from "../harness/fixtures.ts";
import { AppMachine, openProject, startDeployer } from "./release/deployer.ts";

/** The way of a secret's prints to the member's Gitea (issue 10.15): the machine's answers are the test's. */
const folder = ownFolder();

test("a secret that was kept is looked for in pushes from then on: the machine gets prints, never the value, and a machine that is away gets them later", async () => {
  const puts: string[] = [];
  let away = true;
  const actor = await startDeployer(folder, new AppMachine(), {
    runs: ["secrets"],
    host: ({ path, body }) => {
      if (path !== "/secret-prints") return undefined;
      if (away) return { status: 503, body: {} };
      puts.push(secretPrintsPut.parse(JSON.parse(String(body))).text);
      return { status: 200, body: { kept: true } };
    },
  });
  await actor.act("followSecrets", {});
  await actor.settle();
  expect([puts, await actor.queued("secrets")]).toEqual([[], []]); // no project, so no secret
  await openProject(actor);
  await actor.act("followSecrets", {});
  await actor.settle();
  expect((await actor.queued("secrets")).map(({ attempts }) => attempts)).toEqual([1]);
  away = false;
  await actor.settle(Date.now() + 2_000);
  expect([puts.length, await actor.queued("secrets")]).toEqual([1, []]);
  expect(puts[0]).toContain("API_KEY of bakery");
  expect(puts[0]).not.toContain("a secret of mine");
  await actor.act("followSecrets", {});
  await actor.settle();
  expect(puts[1]).not.toBe(puts[0]); // under another key
});
