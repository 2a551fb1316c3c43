import { describe, expect, test } from "vitest";
import { cloneAddress, gitPasswordOf, gitTokenIn, gitTokenLife, isUploadPack } from "../../schema/git/git-token.ts";
import { expectLinear } from "../harness/linear.ts";

const token = `gqt_${"aB3-_".repeat(8)}xyz`;
const basic = (pair: string) => `Basic ${btoa(pair)}`;
const asked = { name: "Laptop", repositories: ["projects/bakery"] };

test("a token is for named repositories, to be read for 90 days unless said otherwise", () => {
  expect(gitTokenIn.parse({ ...asked, name: " Laptop ", repositories: ["projects/bakery", "growqr/memory"] })).toEqual({
    name: "Laptop",
    repositories: ["projects/bakery", "growqr/memory"],
    scope: "read",
    expiresIn: 90 * 86_400,
  });
});

test("what is no repository of a member's, twice the same, too many, too short or too long is refused", () => {
  const lists = [
    [],
    ["projects/a", "projects/a"],
    Array.from({ length: 21 }, (_, n) => `projects/p${n}`),
    ...[
      "growqr/other",
      "agent-x/a",
      "projects",
      "projects/",
      "projects/../growqr",
      "projects/a/b",
      "projects/a.wiki",
      "projects/a.GIT",
    ].map((name) => [name]),
    ["growqr/memory.wiki"],
  ];
  for (const repositories of lists) expect(gitTokenIn.safeParse({ ...asked, repositories }).success, String(repositories)).toBe(false);
  for (const expiresIn of [gitTokenLife.least - 1, gitTokenLife.most + 1, 3_600.5, "3600", Number.NaN])
    expect(gitTokenIn.safeParse({ ...asked, expiresIn }).success).toBe(false);
  for (const more of [{ name: " " }, { name: "a\nb" }, { scope: "write" }, { admin: true }])
    expect(gitTokenIn.safeParse({ ...asked, ...more }).success).toBe(false);
});

test("the password is read out of Basic authentication with any user name, and out of nothing else", () => {
  for (const user of ["x", "", "somebody@example.com"]) expect(gitPasswordOf(basic(`${user}:${token}`))).toBe(token);
  for (const header of [undefined, "", `Bearer ${token}`, `Basic ${token}`, "Basic !", "Basic A", basic(token)])
    expect(gitPasswordOf(header), header).toBeUndefined();
  expect(["x:", `${token}:`, `x:${token} `].map((pair) => gitPasswordOf(basic(pair)))).toEqual(["", "", `${token} `]);
});

test("the address to clone holds the token where git looks for it", () => {
  expect(cloneAddress("https://grow.example", "projects/bakery", token)).toBe(`https://x:${token}@grow.example/git/projects/bakery.git`);
});

describe("what git sends to upload-pack", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const want = `0032want ${"a".repeat(40)}\n`;
  test("is told from what it does not", () => {
    const fine = [`${want}00000009done\n`, "0000", "0014command=ls-refs\n0000", "0012command=fetch\n0001000ethin-pack\n0000"];
    for (const text of fine) expect(isUploadPack(bytes(text)), text).toBe(true);
    const garbage = [
      "",
      "x",
      "zzzz",
      "000",
      "0003",
      want.slice(0, 20),
      `${want}x`,
      `${want}0003`,
      "0014command=nonsense\n",
      "000cwant abc\n",
      "\0\0\0\0",
    ];
    for (const text of garbage) expect(isUploadPack(bytes(text)), text).toBe(false);
  });
  test("is told for a megabyte of the smallest packets in time in proportion to their number", () => {
    const packets = (count: number) => bytes("0000".repeat(count));
    expect(isUploadPack(packets(262_144))).toBe(true);
    expectLinear("packets", 65_536, packets, isUploadPack);
  });
});
