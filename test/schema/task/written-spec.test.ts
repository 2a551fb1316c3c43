import { describe, expect, test } from "vitest";
import { planPostIn } from "../../../schema/plan/plan-post.ts";
import { printSpec, readSpec, specLimits } from "../../../schema/task/spec.ts";
import { taskPostIn } from "../../../schema/task/task-post.ts";
import { readWrittenSpec } from "../../../schema/task/written-spec.ts";
import { printYaml, readDocument } from "../../../schema/wire/yaml.ts";

const paths = (over: Record<string, unknown>) => {
  const result = readWrittenSpec(printYaml({ id: "T001", title: "Greet", owner: "coding", outputs: ["src/hello.js"], ...over }));
  return result.ok ? [] : result.issues.map((issue) => issue.path);
};

describe("a spec in words of another house", () => {
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
  test("is taken as it stands", () => {
    const result = readWrittenSpec(sample);
    expect(result).toMatchObject({
      ok: true,
      value: {
        inputs: ["template: simple-static"],
        outputs: ["src"],
        acceptance: [{ url: "http://localhost:8080", should_respond: 200 }],
        tests: [{ command: "./run-tests.sh", exit_code: 0 }],
        deploy: true,
      },
    });
    expect(result.ok && readSpec(printSpec(result.value))).toEqual(result);
    expect(taskPostIn.parse({ spec: sample })).toEqual({ spec: result.ok && result.value });
  });
  test("means the same as fields, sent alone and in a plan", () => {
    const read = readWrittenSpec(sample);
    const fields = readDocument(sample, specLimits);
    const spec = fields.ok && fields.value.toJS();
    expect(taskPostIn.parse({ spec })).toEqual({ spec: read.ok && read.value });
    expect(planPostIn.parse({ plan: { title: "A blog", tasks: [spec] } })).toMatchObject({ plan: { tasks: [read.ok && read.value] } });
    const both = { ...spec, inputs: [{ type: "template", name: ["a", "b"] }], outputs: [{ path: "/etc/passwd" }] };
    const wrong = planPostIn.safeParse({ plan: { title: "A blog", tasks: [both] } }).error?.issues;
    expect(JSON.stringify(wrong)).toMatch(/"tasks",0,"inputs".*"tasks",0,"outputs"/);
  });
  test("is refused where its parts are no check", () => {
    expect(paths({ acceptance: [{ url: "http://devsite:8080" }] })).toEqual(["acceptance.0.should_respond"]);
    expect(paths({ acceptance: [{ should_respond: 200 }] })).toHaveLength(1);
    expect(paths({ acceptance: [{ command: "true" }, { should_respond: 200 }] })).toHaveLength(1);
    expect(paths({ acceptance: [{ url: "http://devsite:8080", should_respond: 200 }, { should_respond: 404 }] })).toHaveLength(1);
    expect(taskPostIn.safeParse({ spec: "id: [" }).error?.issues.length).toBeGreaterThan(0);
    expect(paths({ inputs: [{ type: { a: 1 }, name: "x" }] })[0]).toMatch(/^inputs/);
    expect(paths({ acceptance: [{ url: "http://169.254.169.254:80", should_respond: 200 }] })).toEqual(["acceptance.0.url"]);
    for (const path of ["/workspace/", "/workspace/tasks/x/../../etc", "/workspace/tasks/x/.git/hooks/y", "/etc/passwd"])
      expect(new Set(paths({ outputs: [{ path }] }))).toEqual(new Set(["outputs.0"]));
  });
});
