import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { checkBridgeFilter, checkLandlock, runDoctor } from "../../agent-host/cli/doctor.ts";
import { readHostSettings } from "../../agent-host/config.ts";
import { imageDigests } from "../../agent-host/images.ts";

it("the doctor names a bridge filter that is missing or off, and a kernel without Landlock, with what to do", async () => {
  expect(checkBridgeFilter("1\n")).toContain("pass the walls");
  expect(() => checkBridgeFilter("0\n")).toThrow(/switched off.*sysctl/);
  expect(() => checkBridgeFilter(undefined)).toThrow(/not loaded.*modprobe/);
  const state = mkdtempSync(path.join(os.tmpdir(), "doctor-"));
  try {
    const checks = await runDoctor(readHostSettings({ STATE_FOLDER: state }));
    expect(checks.find(({ name }) => name === "br_netfilter")).toMatchObject({ ok: true });
    expect(checks.find(({ name }) => name === "landlock")).toMatchObject({ ok: true });
    expect(() => checkLandlock(-1)).toThrow(/5\.19/);
    expect(checks.find(({ name }) => name === "nsenter")).toMatchObject({ ok: true });
  } finally {
    rmSync(state, { recursive: true });
  }
});

const digest = `sha256:${"ab".repeat(32)}`;
it("what is pulled is named by its digest; a tag, a short hash or an unknown name is refused at start", () => {
  expect(imageDigests.parse(`opencode=${digest},debian=${digest}`)).toEqual({ opencode: digest, debian: digest });
  for (const wrong of ["opencode=latest", "opencode=sha256:abcd", `other=${digest}`, digest, "bookworm-slim"])
    expect(imageDigests.safeParse(wrong).success).toBe(false);
  expect(() => readHostSettings({ STATE_FOLDER: "/x", GROWQR_IMAGE_DIGESTS: "gitea=latest" })).toThrow(/digest/);
  expect(() => readHostSettings({ STATE_FOLDER: "/x", EGRESS_TRUSTED: "10.0.0.0/8,all" })).toThrow(/all is no IPv4 address or range/);
});

it("no script pulls an image by a name alone, and pip takes no file without its hash", () => {
  const pulls = execFileSync(
    "grep",
    ["-rnE", 'docker pull|docker\\.pull|"pip3", \\["install', path.resolve(import.meta.dirname, "../../agent-host")],
    { encoding: "utf8" },
  );
  for (const line of pulls.trim().split("\n")) expect(line).toMatch(/debian@\$1|pull\(remote\)|\.\.\.options/);
});

it("boxes reach the public names and an operator's own, or the own alone", () => {
  const names = (env: Record<string, string>) =>
    readHostSettings({ STATE_FOLDER: "/x", EGRESS_ALLOW: "a.test,.b.test", ...env }).egress.names;
  expect(names({})).toEqual(expect.arrayContaining(["pypi.org", "github.com", "a.test", ".b.test"]));
  expect(names({ EGRESS_PUBLIC: "off" })).toEqual(["a.test", ".b.test"]);
});
