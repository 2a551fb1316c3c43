import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { requireAgent } from "../../actors/agent/agent.ts";
import { composeBriefing } from "../../actors/agent/briefing.ts";
import { moveBranchHead } from "../../actors/git/branch-head.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { viewProjectDetail } from "../../actors/release/project-view.ts";
import { newTaskOf } from "../../actors/task/task-control.ts";
import type { AgentServicesSeen } from "../../schema/stack/agent-services.ts";
import type { BoxSeen } from "../../schema/stack/box-image.ts";
import { box } from "../../schema/stack/stack.ts";
import { specShape } from "../../schema/task/spec.ts";
import { newId } from "../../schema/wire/id.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";
import type { AnswerHost } from "../harness/actor-world.ts";

/** What agents are told of the project that they work in. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-environment-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A repository as Gitea gives it, the same at every commit, and how often its root was read. */
function answerFiles(files: Record<string, string>, seen: { reads: number }): AnswerHost {
  const entry = (path: string, text: string) => ({ path, type: "blob", sha: "s", size: text.length });
  const listed = (inside: boolean) => {
    const all = Object.entries(files).filter(([name]) => name.includes("/") === inside);
    return all.map(([name, text]) => entry(name.slice(name.indexOf("/") + 1), text));
  };
  return ({ method, path: asked, body }) => {
    const [, tree] = /^\/git\/api\/v1\/repos\/projects\/bakery\/git\/trees\/([0-9a-z-]+)\?/.exec(asked) ?? [];
    if (tree === "of-growqr") return { status: 200, body: { tree: listed(true) } };
    if (tree !== undefined) {
      seen.reads += 1;
      return { status: 200, body: { tree: [...listed(false), { path: ".growqr", type: "tree", sha: "of-growqr" }] } };
    }
    if (method !== "POST" || !/^\/git\/api\/v1\/repos\/projects\/bakery\/file-contents\?/.test(asked)) return undefined;
    const { files: paths } = z.object({ files: z.array(z.string()) }).parse(JSON.parse(String(body)));
    const found = paths.map((name) => {
      const text = files[name] ?? "";
      return { path: name, type: "file", sha: "s", size: text.length, encoding: "base64", content: Buffer.from(text).toString("base64") };
    });
    return { status: 200, body: found };
  };
}
/** A sub-agent with a task in the project bakery, whose main stands at a commit that was heard of. */
async function startWorker(files: Record<string, string>) {
  const seen = { reads: 0 };
  const actor = await startActor(folder, { host: answerFiles(files, seen) });
  const spec = specShape.parse({ id: "page", title: "A page", owner: "coding", project: "bakery", outputs: ["index.html"] });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const moveMain = (hash: string) =>
    record(actor.self, newId("req"), (writer) => moveBranchHead(writer, `${box.projectOwner}/bakery`, "main", hash));
  const worker = (await actor.taskNamed("page")).worker!;
  const brief = async () => (await composeBriefing(actor.self, await requireAgent(actor.db, worker), newId("req"))).system ?? "";
  return { actor, brief, moveMain, seen };
}

test("an agent is told how its project is built and what AGENTS.md says, read once for each commit of main", async () => {
  const manifest = JSON.stringify({ scripts: { start: "node s.js" }, dependencies: { ms: "2.1.3" } });
  const files: Record<string, string> = { "package.json": manifest, "package-lock.json": "{}", "AGENTS.md": "Use tabs.\n" };
  const { actor, brief, moveMain, seen } = await startWorker(files);
  expect([await brief(), seen.reads]).toEqual(["", 0]); // nothing was heard of the project
  await moveMain("a".repeat(40));
  const text = await brief();
  expect(text).toContain("## The project bakery");
  expect(text).toContain("- Installs with npm ci from package-lock.json.\n- Starts with npm start on the port in PORT.");
  expect(text).toMatch(/AGENTS\.md of the repository says how to work in it.*\n\n> Use tabs\.\n>$/s);
  expect([await brief(), seen.reads]).toEqual([text, 1]);
  Object.assign(files, { "AGENTS.md": "Use spaces." });
  await moveMain("b".repeat(40));
  expect(await brief()).toMatch(/> Use spaces\.$/);
  await actor.close();
});
test("the services of its project are started for an agent, and it hears how to reach them, or that they are not there yet", async () => {
  const files: Record<string, string> = { ".growqr/environment.yaml": "services: [postgres]\n" };
  const { actor, brief, moveMain } = await startWorker(files);
  const readFiles = actor.host.answer;
  const asked: unknown[] = [];
  let status = 200;
  let seen: AgentServicesSeen = { variables: ["DATABASE_URL"] };
  actor.host.answer = (call) => {
    if (call.method !== "PUT" || !/^\/agents\/agt_\w+\/services$/.test(call.path)) return readFiles(call);
    asked.push(JSON.parse(String(call.body)));
    return { status, body: status === 200 ? seen : { error: { code: "unavailable", message: "Not now." } } };
  };
  await moveMain("a".repeat(40));
  expect(await brief()).toMatch(/## The project's services\n\nYour shell commands have DATABASE_URL\./);
  expect(asked).toEqual([{ project: "bakery", services: ["postgres"] }]);
  seen = { variables: ["DATABASE_URL"], warning: "Its databases hold 1100 MB." };
  expect(await brief()).toMatch(/Your shell commands have DATABASE_URL\.[\s\S]*\n\nIts databases hold 1100 MB\./);
  seen = { variables: [], trouble: "Building the image" };
  expect(await brief()).toMatch(/Its postgres could not be started for you yet: Building the image\. Variables/);
  status = 503;
  expect(await brief()).toMatch(/Its postgres could not be started for you yet: \S/);
  Object.assign(files, { ".growqr/environment.yaml": "services: []\n" });
  await moveMain("b".repeat(40));
  expect([(await brief()).includes("services\n"), asked.length]).toEqual([false, 4]);
  await actor.close();
});
describe("a project that is built in `full`", () => {
  const goFiles = { "go.mod": "module example.org/bakery\n" };
  /** The box, as its host tells of it. */
  async function startInBox(files: Record<string, string>, tell: () => object) {
    const started = await startWorker(files);
    const readFiles = started.actor.host.answer;
    const asked: unknown[] = [];
    started.actor.host.answer = (call) => {
      if (call.method !== "PUT" || call.path !== "/box") return readFiles(call);
      asked.push(JSON.parse(String(call.body)));
      return { status: 200, body: tell() };
    };
    return { ...started, asked };
  }
  const notices = async (actor: TestActor) => (await actor.events("notice")).map(({ text }) => text);

  test("has its box asked for; while that lacks Go, Rust and Java, the agent hears what to expect and the member how it gets them, once", async () => {
    let seen: BoxSeen = { image: "workshop", next: "workshop", preparing: "Building the image with Go, Rust and Java" };
    const { actor, brief, moveMain, asked } = await startInBox(goFiles, () => seen);
    await moveMain("a".repeat(40));
    expect(await brief()).toMatch(
      /## Commands that are missing here\n\n.*go, cargo.*are not there, and their image is still being made\. Install none/,
    );
    expect([asked, await notices(actor)]).toEqual([
      [{ image: "full" }],
      [expect.stringMatching(/^bakery needs Go, Rust or Java.*still preparing/)],
    ]);
    seen = { image: "workshop", next: "full" };
    expect(await brief()).toContain("are not there. Install none");
    const { box } = await viewProjectDetail(actor.self, "bakery", newId("req"));
    expect([box, (await notices(actor)).length]).toEqual([seen, 1]);
    seen = { image: "full", next: "full" };
    expect(await brief()).not.toContain("missing");
    expect(await viewProjectDetail(actor.self, "bakery", newId("req"))).not.toHaveProperty("box");
    await actor.close();
  });
  test("is such from the agent's own branch on, and a host that can't say holds no turn up", async () => {
    const { actor, brief, moveMain, asked } = await startInBox({}, () => ({ image: "workshop", next: "full" }));
    await moveMain("a".repeat(40));
    expect([(await brief()).includes("missing"), asked]).toEqual([false, []]);
    const { branch } = await actor.taskNamed("page");
    await record(actor.self, newId("req"), (writer) => moveBranchHead(writer, `${box.projectOwner}/bakery`, branch!, "b".repeat(40)));
    const readMain = actor.host.answer;
    actor.host.answer = (call) => {
      if (call.path.includes(`/git/trees/${"b".repeat(40)}`))
        return { status: 200, body: { tree: [{ path: "go.mod", type: "blob", sha: "s", size: 9 }] } };
      return readMain(call);
    };
    expect(await brief()).toContain("Commands that are missing here");
    const withBox = actor.host.answer;
    actor.host.answer = (call) => (call.path === "/box" ? { status: 503, body: {} } : withBox(call));
    expect(await brief()).toContain("The project bakery");
    await actor.close();
  });
});
test("an agent works on where main's commit is not there any more, and is told nothing of the project", async () => {
  const { actor, brief, moveMain } = await startWorker({});
  actor.host.answer = () => ({ status: 400, body: {} }); // as Gitea says it
  await moveMain("a".repeat(40));
  expect(await brief()).toBe("");
  await actor.close();
});
test("a wrong environment file is told with its errors, and large files are not read", async () => {
  const files = {
    ".growqr/environment.yaml": "start: x\nport: 80\n",
    "AGENTS.md": "a".repeat(200_000),
    "requirements.txt": "six==1.17.0\n",
  };
  const { actor, brief, moveMain } = await startWorker(files);
  await moveMain("a".repeat(40));
  const text = await brief();
  expect(text).toContain("nothing can be proven until it is mended:\n- .growqr/environment.yaml: port ");
  expect(text).toContain("- Installs with pip install from requirements.txt.");
  expect(text).not.toContain("> a");
  Object.assign(files, { ".growqr/environment.yaml": "#".repeat(200_000) });
  await moveMain("b".repeat(40));
  expect(await brief()).toContain("- .growqr/environment.yaml: is no text, or too large");
  await actor.close();
});
