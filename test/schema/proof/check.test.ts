import { expect, test } from "vitest";
import { checkShape, namedScripts, readAnswer, toNamedCheck } from "../../../schema/proof/check.ts";

const named = (check: object) => toNamedCheck("acceptance.0", checkShape.parse(check));

test("a check of an address says what its release answers there, where that is to be well", () => {
  const url = "http://localhost:8080/posts/hello?page=2";
  expect(readAnswer(named({ url, should_respond: { contains: "<h1>" } }))).toEqual({
    ...{ port: 8080, path: "/posts/hello?page=2", status: 200, contains: "<h1>" },
  });
  expect(readAnswer(named({ url: "http://127.0.0.1:3000", should_respond: 204 }))).toEqual({ port: 3000, path: "/", status: 204 });
  for (const status of [199, 301, 404, 500]) expect(readAnswer(named({ url, should_respond: status })), String(status)).toBeUndefined();
  for (const other of [{ command: "true" }, { file: "index.html" }]) expect(readAnswer(named(other))).toBeUndefined();
});
test("a command runs a script of the project where it begins with its path, or a shell with it", () => {
  const scripts = (command: string) => namedScripts(named({ command }));
  expect(["./run-tests.sh", "sh ./ci/run.sh fast", "bash ./run"].map(scripts)).toEqual([["run-tests.sh"], ["ci/run.sh"], ["run"]]);
  for (const command of ["npm test", "./../run.sh", "cd x && ./run.sh", "./.git/hooks/x", "./"])
    expect(scripts(command), command).toEqual([]);
});
