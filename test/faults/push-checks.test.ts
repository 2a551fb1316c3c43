import { afterAll, beforeAll, expect, test } from "vitest";
import { statusesOut } from "../../schema/git/commit-status.ts";
import { branchOut, repoCommitOut, repositoryDetail, repositoryOut } from "../../schema/git/repository.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart } from "../harness/kill-part.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { product } from "./product.ts";

/** Each part is killed while the checks of a pushed commit run: the commit stands as they say, once. */
const minute = 60_000;
const project = "cut-checks";
let ida: Person;
let member: string;
let events: Events;
let repository: string;
beforeAll(async () => {
  ida = await person(product, `ida-${Date.now()}@example.com`);
  const made = await provision(ida);
  made.events.close();
  member = made.actor.member;
  events = await ida.events(made.actor.id, 0, { steady: true });
  repository = repositoryOut.parse((await ida.call("POST", "/git/repos", { name: project })).body).repository.id;
  const ready = async () => repositoryDetail.parse((await ida.call("GET", `/git/repos/${repository}`)).body).repository.ready;
  await eventually("the repository is there", ready);
});
afterAll(() => events?.close());

test.for((["runner", "Gitea", "host", "engine"] as const).map((part) => ({ part })))(
  "kill -9 of $part while the checks of a push run: they end once more, and say how the commit stands",
  { timeout: limit(5 * minute) },
  async ({ part }) => {
    const content = `checks: [sleep 5 && grep -q ${part} part.txt, "test ! -e other.txt"]\n`;
    const files = [
      { path: ".growqr/environment.yaml", content },
      { path: "part.txt", content: `${part}\n` },
    ];
    const branch = `cut-${part.toLowerCase()}`;
    const made = await ida.call("POST", `/git/repos/${repository}/branch`, { name: branch, from: "main" });
    const expectedHead = branchOut.parse(made.body).branch.hash;
    const pushed = await ida.call("POST", `/git/repos/${repository}/commit`, { branch, expectedHead, files, message: `Cut ${part}` });
    const { commit: hash } = repoCommitOut.parse(pushed.body);
    const when = (...states: string[]) =>
      events.wait("commit.status", ({ body }) => body.hash === hash && states.includes(body.state), 4 * minute);
    await when("running");
    const back = await killPart(product, part, member);
    await back();
    expect((await when("passed", "failed", "error", "skipped")).body).toMatchObject({ state: "passed", checks: 2, failed: 0 });
    const { statuses } = statusesOut.parse((await ida.call("GET", `/projects/${project}/statuses?hash=${hash}`)).body);
    expect(statuses).toMatchObject([{ hash, state: "passed" }]);
    const begun = events.of("commit.status").filter(({ body }) => body.hash === hash && body.state === "running").length;
    console.info(`${part}: begun ${begun} times, ${Math.round((statuses[0]!.endedAt! - statuses[0]!.createdAt) / 1_000)} s`);
    expect(begun).toBeLessThanOrEqual(3);
  },
);
