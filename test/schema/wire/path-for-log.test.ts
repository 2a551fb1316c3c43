import { expect, test } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { keyForLog, pathForLog } from "../../../schema/wire/path-for-log.ts";

const member = newId("mem");

test("a path in a log has the words of its route and ids, and no name that a person gave", () => {
  expect(pathForLog("/secrets/mother", "/secrets/:name")).toBe("/secrets/…");
  expect(pathForLog(`/stacks/${member}/projects/shop/secrets`, "/stacks/:member/projects/:project/secrets")).toBe(
    `/stacks/${member}/projects/…/secrets`,
  );
  expect(pathForLog("/projects/projects", "/projects/:project")).toBe("/projects/…"); // a word of the route is one in its place alone
  const port = "/stacks/:member{[A-Za-z0-9_]+}/ports/:port{[0-9]{4,5}}/:rest{.*}";
  expect(pathForLog(`/stacks/${member}/ports/4100/a/b`, port)).toBe(`/stacks/${member}/ports/4100/…/…`);
  expect(pathForLog("/stacks/x/files/a", "/stacks/:member/files/:rest{[^/]+}")).toBe("/stacks/…/files/…");
  expect(pathForLog("/sk-live-key/eyJhbGciOi", "/*")).toBe("/…/…");
  expect(pathForLog("/git/api/v1/mine", "/git/:rest{.*}", (_, place) => place < 2)).toBe("/git/api/v1/…");
});

test("a key of work has its kind, ids and commits", () => {
  const release = newId("rel");
  expect(keyForLog(`outbox:app:shop:${release}:1795935628710`)).toBe(`outbox:…:…:${release}:1795935628710`);
  expect(keyForLog("commit_status:projects/shop:991c828d496a9a91faa5c7b0fc95dc283172797a")).toBe(
    "commit_status:…/…:991c828d496a9a91faa5c7b0fc95dc283172797a",
  );
  expect(keyForLog("secrets")).toBe("secrets");
});
