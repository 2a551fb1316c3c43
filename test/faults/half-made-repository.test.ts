import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { taskOut } from "../../schema/agent/team.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { fillDisk } from "../harness/fill-disk.ts";
import { gitIn, inspect } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";
import { product } from "./product.ts";

/** A stack whose Gitea has a small disk of its own. The disk is full while projects are begun. */
const minute = 60_000;
let ada: Person;
let member: string;
let events: Events;
let disk: string;
let away: string;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" }).trim();

beforeAll(async () => {
  away = mkdtempSync(path.join(tmpdir(), "half-made-"));
  ada = await person(product, `ada.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(ada);
  made.events.close();
  member = made.actor.member;
  events = await ada.events(made.actor.id, 0, { steady: true });
  await ada.call("POST", `/actors/${made.actor.id}/stop`, { scope: "stack" });
  await eventually("the stack stands still", async () => (await inspect(product.instance, "gitea", member)).State.Status === "exited");
  disk = run("docker", "volume", "inspect", "-f", "{{.Mountpoint}}", dockerName(readInstance(product.instance), "gitea-data", member));
  run("cp", "-a", `${disk}/.`, away);
  run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk);
  run("cp", "-a", `${away}/.`, disk);
  run("chown", "-R", "1000:1000", disk);
  await ada.call("POST", `/actors/${made.actor.id}/start`);
  const view = async () => z.object({ actor: actorView }).parse((await ada.call("GET", "/actors/me")).body).actor;
  await eventually("the stack is up", async () => (await view()).status === "ready", 2 * minute);
  expect((await ada.call("POST", "/goals", { title: "Up" })).status).toBe(200);
  await events.wait("commit", (event) => event.body.title.includes("Up"), minute);
});
const giteaName = () => dockerName(readInstance(product.instance), "gitea", member);
afterAll(async () => {
  events?.close();
  run("docker", "rm", "-f", giteaName());
  run("umount", "-l", disk);
  rmSync(away, { recursive: true, force: true });
});

/** Fills the disk up to so many bytes. */
function leave(bytes: number): void {
  rmSync(path.join(disk, "fill"), { force: true });
  expect(fillDisk(disk, bytes)).toBe("ENOSPC");
}
async function begun(project: string): Promise<string> {
  const acceptance = [{ file: `${project}.md`, contains: "Written by the demo model" }];
  const spec = { id: project, title: `A page, ${project}`, project, owner: "testing", outputs: [`${project}.md`], acceptance };
  return taskOut.parse((await ada.call("POST", "/tasks", { spec })).body).task.id;
}

/** The member is told that the project waits; then there is room again. */
async function waited(project: string): Promise<void> {
  await events.wait("notice", (event) => event.body.text.startsWith(`The project ${project} could not be made yet`), minute);
  rmSync(path.join(disk, "fill"));
}
async function whole(project: string, task: string): Promise<void> {
  await events.wait("project.created", (event) => event.body.name === project, minute);
  expect(await gitIn(product.instance, member, `projects/${project}`, "log", "--format=%s", "main")).toContain("Initial commit");
  await events.wait("task.state", (event) => event.body.taskId === task && event.body.facts.state === "verified", 2 * minute);
}

test.for([0, 100_000])("a project begun with %i bytes left is told to wait, and whole once there is space", async (bytes) => {
  leave(bytes);
  const task = await begun(`left-${bytes}`);
  await waited(`left-${bytes}`);
  await whole(`left-${bytes}`, task);
});

/** A repository as an interrupted creation leaves it: Gitea knows it, and it has no first commit. */
async function makeHalf(project: string): Promise<void> {
  const ledger = new DatabaseSync(path.join(product.folder, "host/ledger.sqlite"), { readOnly: true });
  const row = ledger.prepare("SELECT value FROM secret WHERE member = ? AND name = 'writer'").get(member);
  ledger.close();
  const address = run("docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", giteaName());
  const authorization = `token ${z.object({ value: z.string() }).parse(row).value}`;
  const post = async (where: string, body: object) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await fetch(`http://${address}:3000/api/v1${where}`, { method: "POST", headers, body: JSON.stringify(body) });
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await post("/orgs", { username: "projects", visibility: "private" })).toMatch(/^(201|422) /);
  expect(await post("/orgs/projects/repos", { name: project, private: true, auto_init: false, default_branch: "main" })).toMatch(/^201 /);
}

// Both are made just before the project is begun: between two tries of the product they would race one.
test("a repository that was left without a first commit is made anew", async () => {
  await makeHalf("no-commit");
  await whole("no-commit", await begun("no-commit"));
});

test("a repository of which Git has nothing but the folder is made anew", async () => {
  await makeHalf("no-git");
  run("sh", "-c", `rm -rf ${disk}/repos/projects/no-git.git/*`);
  await whole("no-git", await begun("no-git"));
});
