import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execInContainer } from "../../agent-host/docker.ts";
import { stackExport } from "../../schema/account/export.ts";
import { dockerName } from "../../schema/machine/instance.ts";
import { eventually } from "../harness/eventually.ts";
import type { Started } from "../local/process.ts";
import { boxName, engine, makeRepository, mustRunAsAgent, startAuthor, startDaemonWithAuthor } from "./clean-room.ts";
import { hostInstance } from "./ground.ts";
import { callHost, newPerson, putStack, signRelayTicket, signStackTicket } from "./runner-client.ts";

/** SPEC 3.6: what a member takes along of their stack, read with stock Git and tar. */
const person = newPerson();
const run = promisify(execFile);
let daemon: Started;
let repo = "";
let folder: string;
beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, {}, startAuthor);
  repo = await makeRepository(person, "Shop");
  const inClone = [
    "echo one >one && git add -A && git commit -qm one && git push -q origin HEAD:main HEAD:refs/heads/other",
    "git tag v1 && git push -q origin v1",
    "printf 'node_modules\\nbuild/\\n*.log\\n' >.gitignore && git add -A && git commit -qm ignore && git push -q origin HEAD:main",
    "mkdir node_modules && echo made >node_modules/made && echo noise >a.log",
    "mkdir build && echo built >build/b && echo staged >staged && git add staged",
    "echo two >>one && echo new >'-new\nline' && ln -s /etc/passwd link",
  ].join(" && ");
  const loose = "mkdir -p attachments .cache lone && echo photo >attachments/photo.txt && echo again >.cache/again";
  const fresh = "mkdir fresh && cd fresh && git init -q && echo first >first && git add first";
  const spoilt = "mkdir spoilt && cd spoilt && git init -q && echo kept >kept && git add -A && git commit -qm k && rm -r .git/objects";
  const lone = "cd lone && git init -q && echo work >work && git add -A && git commit -qm work";
  await mustRunAsAgent(
    person,
    `git clone -q http://gitea:3000/${repo}.git clone && (cd clone && ${inClone}) && ${loose} && (${lone}) && (${fresh}) && (${spoilt})`,
  );
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-export-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const get = async (rest: string, more: Parameters<typeof callHost>[2] = {}) =>
  callHost("GET", `/stacks/${person.member}/exports${rest}`, { ticket: await signStackTicket(person), bytes: true, ...more });
async function save(rest: string, name: string): Promise<void> {
  const answer = await get(rest);
  expect([rest, answer.status], answer.text.slice(0, 300)).toEqual([rest, 200]);
  writeFileSync(path.join(folder, name), Buffer.from(answer.text, "latin1"));
}
const git = async (...args: string[]) => (await run("git", args, { cwd: folder })).stdout.trim();
/** Files below the folder, with what they hold; of a link, where it leads. */
function readFiles(below: string): Record<string, string> {
  const all = readdirSync(path.join(folder, below), { recursive: true, withFileTypes: true });
  const read = (file: string, isLink: boolean) => (isLink ? `→ ${readlinkSync(file)}` : readFileSync(file, "utf8").trim());
  return Object.fromEntries(
    all
      .filter((each) => each.isFile() || each.isSymbolicLink())
      .map((each) => path.join(each.parentPath, each.name))
      .map((file) => [path.relative(path.join(folder, below), file), file] as const)
      .filter(([name]) => !name.includes(".git/"))
      .map(([name, file]) => [name, read(file, name.endsWith("link"))]),
  );
}

describe("a stack's export", () => {
  it("names repositories that have commits, and the folders of agents and of the member", async () => {
    await makeRepository(person, "other");
    const listed = stackExport.parse(JSON.parse((await get("")).text));
    expect(listed.repositories).toEqual(expect.arrayContaining(["projects/other", "projects/shop"]));
    expect(listed.folders).toEqual([person.agent, "member"]);
  });

  it("gives a repository whole: a clone of it has each branch and tag, and begins at main", async () => {
    await save("/repositories/projects/shop", "shop.bundle");
    await git("clone", "-q", "shop.bundle", "shop");
    expect(readFileSync(path.join(folder, "shop", "one"), "utf8")).toBe("one\n");
    expect((await git("-C", "shop", "branch", "-r", "--format=%(refname:short)")).split("\n")).toEqual(
      expect.arrayContaining(["origin/main", "origin/other"]),
    );
    expect(await git("-C", "shop", "tag")).toBe("v1");
    expect(await git("-C", "shop", "log", "-1", "--format=%s")).toBe("ignore");
  });

  it("gives of a folder what no repository holds, and the whole of a clone that was pushed nowhere", async () => {
    await save(`/folders/${person.agent}`, "files.tar");
    await run("tar", ["-xf", "files.tar"], { cwd: folder });
    rmSync(path.join(folder, "files.tar"));
    expect(readFiles(".")).toEqual({
      "attachments/photo.txt": "photo",
      "clone/one": "one\ntwo",
      "clone/-new\nline": "new",
      "clone/link": "→ /etc/passwd",
      "clone/staged": "staged",
      "clone/a.log": "noise",
      "fresh/first": "first",
      "spoilt/kept": "kept",
    });
    expect(await git("-C", "lone", "show", "HEAD:work")).toBe("work");
  });

  it("gives nothing of a folder that is not there", async () => {
    expect((await get("/folders/member")).status).toBe(204);
  });

  it("refuses a repository that has lost an object before the first byte of it, in place of breaking off", async () => {
    const lost = await makeRepository(person, "lost");
    await mustRunAsAgent(
      person,
      `git clone -q http://gitea:3000/${lost}.git lost-clone && cd lost-clone && echo x >x && git add -A && git commit -qm x && git push -q origin HEAD:main`,
    );
    const forget = "cd /var/lib/gitea/repos/projects/lost.git && rm -f objects/$(git rev-parse HEAD:x | sed 's#^..#&/#')";
    const gitea = dockerName(hostInstance, "gitea", person.member);
    expect((await execInContainer(engine, gitea, { cmd: ["bash", "-c", forget], user: "1000:1000" })).code).toBe(0);
    const answer = await get("/repositories/projects/lost");
    expect(answer.status).toBe(502);
  });

  it("ends what packs it when its reader has left, however little was read", async () => {
    await mustRunAsAgent(person, "head -c 300000000 /dev/urandom >large && ln large again");
    const [began, left] = [Promise.withResolvers<void>(), new AbortController()];
    const onData = () => {
      began.resolve();
      return false;
    };
    const reading = get(`/folders/${person.agent}`, { onData, signal: left.signal }).catch(() => undefined);
    const isPacking = async () => (await execInContainer(engine, boxName(person), { cmd: ["pgrep", "-x", "tar"], user: "0:0" })).code === 0;
    await began.promise;
    expect(await isPacking()).toBe(true);
    left.abort();
    await reading;
    await eventually("nothing packs any more", async () => !(await isPacking()));
    await mustRunAsAgent(person, "rm large again");
  });

  it("is opened by a ticket of the member for just that, and leads to nothing else", async () => {
    const relayed = `/stacks/${person.member}/exports`;
    expect((await get("", { ticket: await signRelayTicket(person, relayed) })).status).toBe(200);
    expect((await get("", { ticket: await signRelayTicket(newPerson(), relayed) })).status).toBe(404);
    for (const rest of [
      "/repositories/projects/..%2fshop",
      "/repositories/../shop",
      "/repositories/projects/%2e%2e",
      "/folders/root",
      "/folders/agt_x",
    ])
      expect([rest, (await get(rest)).status]).toEqual([rest, 404]);
    expect((await get("/repositories/projects/none")).status).toBe(502);
  });

  it("needs a stack that runs", async () => {
    await putStack(person, 50, "stopped");
    for (const rest of ["", "/repositories/projects/shop", `/folders/${person.agent}`])
      expect([rest, (await get(rest)).status]).toEqual([rest, 503]);
  });
});
