import { execFileSync } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPackageIssues } from "../../schema/quest/quest.ts";
import { packageOut } from "../../schema/quest/quest-package.ts";
import { newId } from "../../schema/wire/id.ts";
import { addRepository, type GitServer, startGitServer } from "../harness/git-server.ts";
import type { Started } from "../local/process.ts";
import { engine } from "./clean-room.ts";
import { folder, hostInstance, startDaemon } from "./ground.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "./runner-client.ts";

/**
 * Quests from an address outside: an https Git server of the test's own, with a public address and a name
 * that the operator allows.
 */
const person = newPerson();
const quest = "printf 'id: small\\n' >quest.yaml; printf 'Lead.\\n' >lead.md; mkdir -p more && printf 'id: other\\n' >more/quest.yaml";
const served = path.join(folder, "git-server");
let server: GitServer;
let daemon: Started;
let pinned = "";

beforeAll(async () => {
  const sideband = (data: Buffer) => Buffer.concat([Buffer.from((data.length + 5).toString(16).padStart(4, "0")), Buffer.from([1]), data]);
  const packet = Buffer.concat([Buffer.from("000dpackfile\n"), sideband(Buffer.from("PACK and no more"))]);
  server = await startGitServer(served, `git.${hostInstance.name}.growqr-test.example`, {
    "garbage.git": (answer) => answer.end(packet),
    "nothing.git": (answer) => answer.end("<html>"),
    "elsewhere.git": (answer) => answer.writeHead(302, { location: `https://${server.name}/small.git/git-upload-pack` }).end(),
    "endless.git": (answer) => {
      const piece = sideband(Buffer.alloc(60_000));
      const more = () => {
        while (!answer.destroyed && answer.write(piece));
      };
      answer.on("drain", more).on("error", () => answer.destroy());
      answer.write("000dpackfile\n");
      more();
    },
  });
  pinned = addRepository(served, "small", [quest]);
  daemon = await startDaemon({ EGRESS_ALLOW: `${server.name},${server.inside}`, NODE_EXTRA_CA_CERTS: server.ca });
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
  await server?.stop();
});

const take = async (url: string, commit: string, more: object = {}) =>
  callHost("POST", `/stacks/${person.member}/packages`, {
    ticket: await signStackTicket(person),
    body: { id: newId("wrk"), url, commit, ...more },
  });
const refusal = async (url: string, commit: string, more: object = {}) => {
  const answer = await take(url, commit, more);
  return `${answer.status} ${answer.text}`;
};

describe("a quest's package from outside", () => {
  it("is read at its commit, whole or from a folder, in a room that is gone afterwards", async () => {
    const whole = (await take(server.url("small"), pinned)).json(packageOut);
    expect(whole.files.map((file) => [file.path, file.mode])).toEqual(
      ["lead.md", "more/quest.yaml", "quest.yaml"].map((name) => [name, "100644"]),
    );
    expect(whole.texts).toEqual({ "lead.md": "Lead.\n", "quest.yaml": "id: small\n" });
    expect((await take(server.url("small"), pinned, { folder: "more" })).json(packageOut).texts).toEqual({ "quest.yaml": "id: other\n" });
    const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=run"] };
    expect(await engine.docker.listContainers({ all: true, filters })).toEqual([]);
  });
  it("is refused, and nothing is asked, where the operator does not allow the address", async () => {
    const before = server.asked.length;
    expect(await refusal("https://example.org/small.git", pinned)).toMatch(/^400 .*not among the addresses/);
    expect(await refusal(`https://x.${server.name}/small.git`, pinned)).toMatch(/^400 .*not among the addresses/);
    expect(await refusal("https://203.0.113.99/small.git", pinned)).toMatch(/^400 .*not among the addresses/);
    expect(await refusal(`https://${server.name}:8443/small.git`, pinned)).toMatch(/^400 .*without port/);
    expect(await refusal(`http://${server.name}/small.git`, pinned)).toMatch(/^400 /);
    expect(await refusal(`https://${server.inside}/small.git`, pinned)).toMatch(/^400 .*can't be reached/);
    expect(server.asked.length).toBe(before);
  });
  it.each([
    ["a commit that is not there", "small", "f".repeat(40), /^400 .*(repository says|does not have that commit)/],
    ["a repository that is not there", "none", "f".repeat(40), /^400 .*answered 404/],
    ["an answer that is not Git's", "nothing", "f".repeat(40), /^400 .*not answer as a Git repository/],
    ["a pack that is none", "garbage", "f".repeat(40), /^400 .*no sound Git commit/],
    ["an answer without end", "endless", "f".repeat(40), /^400 .*larger than/],
    ["an address that leads elsewhere", "elsewhere", "f".repeat(40), /^400 .*leads elsewhere/],
  ])("is refused with the reason: %s", async (_what, name, commit, said) => {
    expect(await refusal(server.url(name), commit)).toMatch(said);
  });
  it("is refused when a few folders hold each other and list without end", async () => {
    const tree = `tree() { for n in 0 1 2 3 4 5 6 7 8 9; do printf '%s %s\\t%s\\n' "$1" "$2" $n; done | git mktree; }`;
    const bomb = `t=$(tree '100644 blob' $(git hash-object -w --stdin </dev/null)); for level in 1 2 3 4 5 6 7 8; do t=$(tree '040000 tree' $t); done`;
    const name = "-c user.name=T -c user.email=t@example.test";
    addRepository(served, "bomb", [
      quest,
      `${tree}; ${bomb}; git ${name} commit -q --allow-empty -m first; git branch bomb $(git ${name} commit-tree -m x $t)`,
    ]);
    const commit = execFileSync("git", ["-C", path.join(served, "bare", "bomb.git"), "rev-parse", "bomb"])
      .toString()
      .trim();
    expect(await refusal(server.url("bomb"), commit)).toMatch(/^400 .*more than 5000 files/);
  });
  it.each([
    ["link", "ln -s /etc/passwd stolen.md", "stolen.md"],
    ["modules", "printf '[submodule \"x\"]\\n\\tpath = x\\n\\turl = x\\n' >.gitmodules", ".gitmodules"],
    ["attributes", "printf '* filter=x\\n' >.gitattributes", ".gitattributes"],
    ["huge", "head -c 400000 /dev/zero >huge.bin", "huge.bin"],
    ["many", "for n in $(seq 201); do : >f$n; done", ""],
    ["hooks", "mkdir hooks && printf '#!/bin/sh\\ntouch /tmp/hooked\\n' >hooks/post-checkout && chmod +x hooks/post-checkout", undefined],
  ])("with %s is listed and not read where it is unfit; nothing of it runs", async (name, command, path) => {
    const commit = addRepository(served, name, [quest, command]);
    const { files, texts } = (await take(server.url(name), commit)).json(packageOut);
    expect(findPackageIssues(files).map((issue) => issue.path)).toEqual(path === undefined ? [] : expect.arrayContaining([path]));
    expect(Object.keys(texts)).toEqual(path === undefined ? ["lead.md", "quest.yaml"] : []);
  });
});
