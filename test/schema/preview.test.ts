import { describe, expect, test } from "vitest";
import { findPageFolder, previewKey, previewSource } from "../../schema/preview/preview.ts";
import { previewLabel, previewPath, readPreviewHost } from "../../schema/preview/preview-access.ts";
import { newId } from "../../schema/wire/id.ts";

describe("the pages of a commit", () => {
  test("are those of the folder nearest to the root that has an index.html", () => {
    expect(findPageFolder(["site/about/index.html", "site/index.html", "README.md"])).toBe("site");
    expect(findPageFolder(["index.htm", "site/index.html"])).toBe("");
    expect(findPageFolder(["b/index.html", "a/index.html"])).toBe("a");
  });
  test("are none where no page was brought, or only what tests and packages hold", () => {
    expect(findPageFolder([])).toBeUndefined();
    expect(findPageFolder(["page.html", "myindex.html", "src/index.ts"])).toBeUndefined();
    const others = ["node_modules/a/index.html", "test/index.html", "tests/site/index.html", ".cache/index.html", "a/fixtures/index.html"];
    expect(findPageFolder(others)).toBeUndefined();
  });
  test("are none where a bundler has to make them first", () => {
    expect(findPageFolder(["index.html", "vite.config.ts", "src/main.tsx"])).toBeUndefined();
    expect(findPageFolder(["web/index.html", "web/src/main.tsx", "server.ts"])).toBeUndefined();
    expect(findPageFolder(["web/index.html", "web/vite.config.mjs", "docs/index.html"])).toBe("docs");
    expect(findPageFolder(["index.html", "src/main.js", "app.config.ts"])).toBe("");
    expect(findPageFolder(["index.html"], ["vite.config.ts", "src/main.tsx"])).toBeUndefined(); // of an earlier commit
  });
});

describe("the host name of a preview", () => {
  const id = newId("pvw");
  test("leads back to its id, in upper and lower case", () => {
    const host = `${previewLabel(id)}.preview.localhost:20000`;
    expect(host).toBe(host.toLowerCase());
    expect(readPreviewHost(host, "preview.localhost:20000")).toBe(id);
  });
  test("is none below another domain, with more labels, or of another length", () => {
    const domain = "preview.example";
    const label = previewLabel(id);
    for (const host of [
      domain,
      `${label}.evil.example`,
      `${label}.preview.example.evil`,
      `a.${label}.${domain}`,
      `${label}x.${domain}`,
      `.${domain}`,
    ])
      expect([host, readPreviewHost(host, domain)]).toEqual([host, undefined]);
  });
});

test("a way in leads to a path of the preview and to no other host", () => {
  for (const path of ["/", "/a?b#c", "/%2e%2e/"]) expect(previewPath.safeParse(path).success).toBe(true);
  for (const path of ["", "a", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\nb", `/${"a".repeat(2_001)}`])
    expect([path.slice(0, 20), previewPath.safeParse(path).success]).toEqual([path.slice(0, 20), false]);
});

test("a source names a branch's folder or a port that programs may have, and each of them is one thing to look at", () => {
  const pages = { kind: "pages", repo: "projects/a", branch: "main", folder: "" } as const;
  const port = { kind: "port", agent: newId("agt"), port: 5_173 } as const;
  for (const source of [pages, port]) expect(previewSource.parse(source)).toEqual(source);
  for (const bad of [
    { ...port, port: 80 },
    { ...port, port: 65_536 },
    { ...port, host: "x" },
    { ...pages, branch: "../x" },
    { kind: "file" },
  ])
    expect(previewSource.safeParse(bad).success).toBe(false);
  const keys = [pages, { ...pages, folder: "site" }, { ...pages, branch: "b" }, port, { ...port, port: 5_174 }].map(previewKey);
  expect(new Set(keys).size).toBe(keys.length);
});
