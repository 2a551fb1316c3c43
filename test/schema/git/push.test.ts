import { expect, test } from "vitest";
import {
  formatPushRefusal,
  judgePushBranch,
  judgePushCommand,
  type PushHead,
  readPushHead,
  saysPushRefused,
} from "../../../schema/git/push.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

const [old, next, none] = ["a".repeat(40), "b".repeat(40), "0".repeat(40)];
const encode = (text: string) => new TextEncoder().encode(text);
const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, "0")}${text}`;
const first = line(`${old} ${next} refs/heads/prices\0 report-status side-band-64k agent=git/2.39`);

test("the commands of a push are read from its beginning, whatever chunks it comes in, and the pack is left alone", () => {
  const whole = encode(`${line(`shallow ${old}`)}${first}${line(`${none} ${next} refs/tags/v1\n`)}0000PACK`);
  for (let end = 0; end < whole.length - 4; end++) expect(readPushHead(whole.subarray(0, end)), String(end)).toBeUndefined();
  expect(readPushHead(whole)).toEqual({
    commands: [
      { from: old, to: next, ref: "refs/heads/prices" },
      { from: none, to: next, ref: "refs/tags/v1" },
    ],
    capabilities: ["report-status", "side-band-64k", "agent=git/2.39"],
    end: whole.length - 4,
  });
  expect(readPushHead(encode("0000"))).toEqual({ commands: [], capabilities: [], end: 4 });
});

test("what no stock git sends is no push: lengths that lie, other lines, a second list of capabilities, two names in one", () => {
  for (const text of [
    "zzzz",
    "0001",
    "0004",
    line("want something"),
    line("push-cert\0 report-status"),
    line(`${old} ${next} HEAD`),
    line(`${old} ${next} refs/heads/a refs/heads/main`),
    line(`${old} ${next} refs/heads/a\0 report-status\0refs/heads/main`),
    `${first}${line(`${old} ${next} refs/heads/b\0 delete-refs`)}`,
    line(`${old.slice(1)} ${next} refs/heads/a`),
  ])
    expect(readPushHead(encode(`${text}0000`)), text).toBeNull();
});

test("a member pushes to branches of their own, never to main, the agents' own, tags, notes or the platform's refs", () => {
  for (const branch of ["prices", "fix/menu-2", "mainly", "agents"]) expect(judgePushBranch(branch), branch).toBeUndefined();
  for (const branch of ["main", "agent/agt_1/x", "agent", "a b", "a..b", "-a", "a.lock", "ünder", ""])
    expect(judgePushBranch(branch), branch).toBeTypeOf("string");
  for (const ref of ["refs/heads/main", "refs/tags/v1", "refs/notes/receipts", "refs/pull/1/head", "refs/for/main", "refs/growqr/x"])
    expect(judgePushCommand({ from: old, to: next, ref }), ref).toBeTypeOf("string");
  expect(judgePushCommand({ from: old, to: none, ref: "refs/heads/prices" })).toContain("removes no branch");
  expect(judgePushCommand({ from: none, to: next, ref: "refs/heads/prices" })).toBeUndefined();
});

test("a refusal is a report that git prints, with a reason for each ref, and is known as one", () => {
  const head: PushHead = {
    commands: [
      { from: old, to: next, ref: "refs/heads/main" },
      { from: old, to: next, ref: "refs/heads/x" },
    ],
    capabilities: ["report-status", "side-band-64k"],
    end: 0,
  };
  const text = new TextDecoder().decode(formatPushRefusal(head, "Nothing was taken.", ["main is proven"]));
  expect(text).toContain("\u0002Nothing was taken.\n");
  expect(text).toContain("ng refs/heads/main main is proven\n");
  expect(text).toContain("ng refs/heads/x another branch of this push was refused\n");
  expect(text.endsWith("0000")).toBe(true);
  expect(saysPushRefused(encode(text))).toBe(true);
  expect(saysPushRefused(encode("0030\u0001000eunpack ok\n0019ok refs/heads/x\n00000000"))).toBe(false);
  expect(formatPushRefusal({ ...head, capabilities: [] }, "Nothing was taken.", [])).toHaveLength(0);
});

test("a megabyte of the worst commands is read in time in proportion to its length", () => {
  const command = (name: string) => line(`${old} ${next} refs/heads/${name}`);
  expectLinear("long commands", 4, (count) => encode(command("a/".repeat(30_000)).repeat(count)), readPushHead);
  expectLinear("many commands", 2_500, (count) => encode(command("a").repeat(count)), readPushHead);
  expectLinear("a long command", 15_000, (size) => encode(command(fillText("a/")(size))), readPushHead);
  expectLinear("a branch", 250_000, fillText("a/"), judgePushBranch);
  expectLinear("an answer", 250_000, (size) => new Uint8Array(size).fill(110), saysPushRefused);
});
