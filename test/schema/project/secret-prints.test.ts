import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listSecretForms, printSecrets } from "../../../schema/project/secret-prints.ts";

/** Values of secrets by their prints (issue 10.15), as the program in Gitea's image finds them. */
const random = Uint8Array.from({ length: 40 }, (_, at) => (at * 73 + 11) & 255);
const pem = `-----BEGIN PRIVATE KEY-----\n${["A", "b", "C", "d"].map((letter, at) => `MIIE${letter.repeat(50 + at)}`).join("\n")}\n-----END PRIVATE KEY-----\n`;
const secrets = [
  { name: "API_KEY of shop", value: "sk live/1234+5678 ö" },
  { name: "SIGNING_KEY of shop", value: pem },
  { name: "SHORT of shop", value: "seven77" },
  { name: "LONG of shop", value: "x".repeat(100) + "the middle of it is what counts".repeat(3) + "y".repeat(100) },
];
let folder = "";
let program = "";
let prints = "";
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-prints-"));
  [program, prints] = [path.join(folder, "find"), path.join(folder, "prints")];
  const source = path.resolve(import.meta.dirname, "../../../agent-host/images/gitea/find-secrets.c");
  execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  writeFileSync(prints, await printSecrets(secrets, random));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const find = (text: string | Buffer, ...more: string[]) =>
  execFileSync(program, [prints, ...more], { input: text, encoding: "utf8", maxBuffer: 1 << 20 })
    .split("\n")
    .filter(Boolean);
const [{ value: key } = { value: "" }] = secrets;

test("a value is found as it is, in JSON, in an address, in hex, and in base64 of more than itself", () => {
  const base64 = (text: string, how: BufferEncoding = "base64") => Buffer.from(text).toString(how);
  const places = [
    `${key}`,
    `a${key}b`,
    JSON.stringify({ key }),
    `https://x/?k=${encodeURIComponent(key)}`,
    Buffer.from(key).toString("hex"),
  ];
  const encoded = ["", "u", "us", "use"].flatMap((before) => [base64(`${before}${key}`), base64(`${before}${key}:more`, "base64url")]);
  for (const text of [...places, new URLSearchParams({ key }).toString(), ...encoded])
    expect([text, find(text)]).toEqual([text, ["API_KEY of shop"]]);
});
test("of many lines one is found however it is indented, and of a long value its middle", () => {
  expect(find(pem.replaceAll("\n", "\r\n    "))).toEqual(["SIGNING_KEY of shop"]);
  expect(find(secrets[3]!.value)).toEqual(["LONG of shop"]);
});
test("what is no value, a part of one, or shorter than eight characters is not found", () => {
  for (const text of ["", "seven77 seven77", key.slice(0, -1), key.toUpperCase(), "-----BEGIN PRIVATE KEY-----", "x".repeat(100)])
    expect(find(text)).toEqual([]);
  expect(listSecretForms("seven77")).toEqual([]);
});
test("five megabytes of the worst text come to an end: their square would take hours", async ({ signal }) => {
  const found = promisify(execFile)(program, [prints], { signal }); // the test's own limit ends it
  found.child.stdin?.end(key.slice(0, -1).repeat(300_000));
  expect((await found).stdout).toBe("");
});
test("a value at the border of what is read at once is found", () => {
  for (const at of [1 << 20, (1 << 20) - 10, (1 << 20) - 70, 2 << 20]) expect(find(`${"a".repeat(at)}${key}`)).toEqual(["API_KEY of shop"]);
});
test("of a patch the added lines count: neither what is taken out nor what was there", () => {
  const patch = (lines: string) => `diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@ ${key}\n${lines}`;
  expect(find(patch(`+${key}\n`), "patch")).toEqual(["API_KEY of shop"]);
  expect(find(patch(`-${key}\n ${key}\n\\ ${key}\n`), "patch")).toEqual([]);
  expect(find(patch(`-a\n+b\ndiff --git a/${key} b/${key}\n`), "patch")).toEqual(["API_KEY of shop"]);
  const merged = (line: string) => `diff --cc a\n--- a/a\n+++ b/a\n@@@ -1,1 -1,1 +1,1 @@@\n${line}\n`;
  expect(["++", "+ ", " +", " -", "- ", "--"].map((mark) => find(merged(`${mark}${key}`), "patch").length)).toEqual([1, 1, 1, 0, 0, 0]);
});
test("the prints hold nothing of a value that is long enough to be read", async () => {
  const text = await printSecrets(secrets, random);
  for (const { value } of secrets) for (const form of listSecretForms(value)) expect(text).not.toContain(form);
});
