import { expect, test } from "vitest";
import { cloneAddress, gitTokenIn, gitTokenLife, gitTokenOf } from "../../schema/git-token.ts";

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

test("a token is read out of Basic authentication with any user name, and out of nothing else", () => {
  for (const user of ["x", "", "somebody@example.com"]) expect(gitTokenOf(basic(`${user}:${token}`))).toBe(token);
  for (const header of [
    undefined,
    "",
    `Bearer ${token}`,
    `Basic ${token}`,
    "Basic !",
    "Basic A",
    basic(token),
    basic(`${token}:`),
    basic(`x:${token}x`),
    basic("x:"),
    basic(`x:${token} `),
  ])
    expect(gitTokenOf(header), header).toBeUndefined();
});

test("the address to clone holds the token where git looks for it", () => {
  expect(cloneAddress("https://grow.example", "projects/bakery", token)).toBe(`https://x:${token}@grow.example/git/projects/bakery.git`);
});
