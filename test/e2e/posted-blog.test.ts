import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskOut } from "../../schema/agent/team.ts";
import { projectDetail } from "../../schema/project/project.ts";
import { limit } from "../harness/suite/limit.ts";
import { root } from "../local/process.ts";
import { Owner } from "./owner.ts";
import { look } from "./preview/preview-visitor.ts";

/**
 * SPEC 9.12: a blog by a specification that somebody has written themselves. It is posted as it stands, and
 * ends at an address that answers.
 */
const minutes = 60_000;
let owner: Owner;
beforeAll(async () => {
  owner = await Owner.provision("wanda@example.com");
});
afterAll(() => owner?.events.close());

const sample = `id: task-001
title: Create blog website
owner: manager
priority: high
inputs:
  - type: template
    name: simple-static
outputs:
  - path: /workspace/tasks/task-001/src
acceptance:
  - url: http://devsite:8080
  - should_respond: 200
tests:
  - run: ./run-tests.sh
`;
const written = readFileSync(path.join(root, "schema/specs/create-blog.yaml"), "utf8");

test.for([
  ["the sample of another house", sample, "create-blog-website", "/"],
  ["create-blog.yaml", written, "blog", "/posts/hello"],
] as const)(
  "%s is built, tested, reviewed, merged, and after one yes its address answers",
  { timeout: limit(8 * minutes) },
  async ([, spec, project, page]) => {
    const { events, person: wanda } = owner;
    const posted = await wanda.call("POST", "/tasks", { spec });
    expect(posted.status).toBe(202);
    const { task } = taskOut.parse(posted.body);
    expect(task).toMatchObject({ owner: "coding", project, plan: expect.stringMatching(/^pln_/) });
    const watched = events.wait("release.handoff", ({ body }) => body.project === project && body.to === "monitoring", 7 * minutes);
    await owner.allowUntil(watched);
    const handed = events
      .of("task.handoff")
      .flatMap(({ body }) => (body.planId === task.plan ? [`${body.fromOwner} ${body.toOwner}`] : []));
    const online = events.of("release.handoff").flatMap(({ body }) => (body.project === project ? [`${body.from} ${body.to}`] : []));
    expect([...handed, ...online]).toEqual([
      "coding testing",
      "testing reviewer",
      "reviewer repo",
      "merge deployment",
      "deployment monitoring",
    ]);
    const asked = events.of("approval.asked").filter(({ body }) => body.title === `Put ${project} online?`);
    expect(asked).toHaveLength(1);
    const { project: seen, receipt } = projectDetail.parse((await wanda.call("GET", `/projects/${project}`)).body);
    expect([seen.state, receipt]).toEqual(["running", expect.stringMatching(/^rct_/)]);
    const { headers } = await owner.enter(project);
    const answer = await look(seen.address!, page, { headers });
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining("<h1>")]);
    await events.wait("app.state", ({ body }) => body.project === project && body.state === "well", 2 * minutes);
  },
);
