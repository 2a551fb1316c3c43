import { expect, it } from "vitest";
import { describeKept, listKept, listMadeExecutable } from "../../../schema/proof/kept.ts";
import type { RoomCheck } from "../../../schema/proof/proof.ts";

it("keeps what settles the checks, and all else beside the outputs, but for what holds a folder open", () => {
  const checks: RoomCheck[] = [{ name: "tests.0", kind: "command", command: "sh grade.sh && node src/sum.js", exitCode: 0, seconds: 5 }];
  const paths = ["src/sum.js", "src/number.js", "grade.sh", "test/sum.test.js", "test/tmp/.gitkeep", "package.json", "data/store.json"];
  expect(listKept(paths, { checks, outputs: ["src/sum.js", "test/sum.test.js"] })).toEqual({
    always: ["grade.sh", "test/sum.test.js", "package.json"],
    before: ["src/number.js", "data/store.json"],
  });
  const given = { checks, outputs: ["lib"], also: ["web"] };
  const files = ["lib/x/setup.toml", "lib/xy/a", "web/a"];
  expect(listKept(files, { ...given, installs: ["lib/x"] })).toEqual({ always: ["lib/x/setup.toml"], before: [] });
});

it("knows which files lines make executable", () => {
  const kept = ["scripts/run.sh", "verify.sh", "sub/verify.sh", "README.md"];
  expect(listMadeExecutable(["chmod +x ./verify.sh && ./verify.sh", "cat README.md"], kept)).toEqual(["verify.sh", "sub/verify.sh"]);
  expect(listMadeExecutable(["cd scripts; chmod 755 run.sh"], kept)).toEqual(["scripts/run.sh"]);
  expect(listMadeExecutable(["sh verify.sh"], kept)).toEqual([]);
});

it("tells of a file that a check would have changed, and of no other", () => {
  const kept = ["check.sh", "test/old.test.js", "web/test/old.test.js"];
  const told = (output: string) => / (\S+) settles how/.exec(describeKept(output, kept))?.[1];
  expect(told("sh: 1: cannot create test/old.test.js: Permission denied\n")).toBe("test/old.test.js");
  expect(told("Error: EACCES: permission denied, open '/workspace/a/work/p/web/test/old.test.js'")).toBe("web/test/old.test.js");
  expect(told("PermissionError: [Errno 13] Permission denied: '../check.sh'")).toBe("check.sh");
  expect(told("rm: cannot remove 'old.test.js': Operation not permitted")).toBe("test/old.test.js");
  const executable = (output: string) => / (\S+) is not executable/.exec(describeKept(output, kept))?.[1];
  expect(executable("sh: 1: ./check.sh: Permission denied")).toBe("./check.sh");
  expect(executable("bash: line 1: bin/other: Permission denied")).toBe("bin/other");
  expect(told("test/old.test.js:8: PermissionError: [Errno 13] Permission denied: '/etc/foo'")).toBe(undefined);
  expect(told("FAILED test/old.test.js::test_a - PermissionError: [Errno 13] Permission denied")).toBe(undefined);
  expect(told("Error: EACCES: permission denied, mkdir '/testdata'")).toBe(undefined);
  expect(describeKept("tar: .: Cannot utime: Operation not permitted", kept)).toContain("Folders that hold files of before");
  expect(told("ran test/old.test.js\nopen /etc/shadow: Permission denied\n")).toBe(undefined);
  const ofCargo =
    "error: failed to write /x/sums/check.sh\n\nCaused by:\n  failed to open: /x/sums/check.sh\n\nCaused by:\n  Permission denied (os error 13)\n";
  expect(told(ofCargo)).toBe("check.sh");
  expect(told("ran check.sh\n  Permission denied (os error 13)\n")).toBe(undefined);
  expect(told(`${"x".repeat(5_000_000)} EACCES`)).toBe(undefined);
  expect(told(`${" ".repeat(60_000)}\n${"Caused by:\n".repeat(5_000)}`)).toBe(undefined);
});
