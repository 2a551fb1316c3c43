import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { taskDetail, taskOut } from "../../schema/agent/team.ts";
import { auditHead } from "../../schema/audit/audit.ts";
import { cloneAddress, gitTokenMade } from "../../schema/git/git-token.ts";
import { readReceipt } from "../../schema/receipt/receipt.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { gitIn, inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/**
 * A sub-agent's word against a clean checkout: the whole product, the demo model at work. The tests follow
 * one another.
 */
const product = inject("product");
const here = product.instance;
let ida: Person;
let actor: string;
let member: string;
let stack: string;
let events: Events;
let task = "";

beforeAll(async () => {
  ida = await person(product, `ida-${Date.now()}@example.com`);
  const made = await provision(ida);
  ({ id: actor, member, stackId: stack } = made.actor);
  made.events.close();
  events = await ida.events(actor, 0, { steady: true });
});
afterAll(() => events?.close());

const page = z.object({ receipts: z.array(receiptView), next: z.string().nullable() });
const receipts = async (query = "") => page.parse((await ida.call("GET", `/receipts${query}`)).body).receipts;
const state = (wanted: string, ms: number, after = 0) =>
  events.wait(
    "task.state",
    (event) => event.seq > after && event.body.facts.state === wanted && (task === "" || event.body.taskId === task),
    ms,
  );

describe("a task that its agent calls complete", () => {
  test("is verified by a clean checkout, with a receipt and a note on its commit", async () => {
    await send(ida, actor, "delegate a page to coding in proven");
    const verified = await state("verified", 150_000);
    task = verified.body.taskId;
    const { commit } = verified.body.facts;
    const told = await events.wait("receipt", (event) => event.body.taskId === task, 5_000);
    expect(told.body).toMatchObject({ commit, repo: "projects/proven", state: "current" });
    expect(
      events
        .of("task.check")
        .filter((event) => event.body.taskId === task)
        .map((event) => event.body.state),
    ).toContain("passed");

    const [receipt] = await receipts(`?task=${task}`);
    expect(receipt).toMatchObject({ id: told.body.receiptId, commit, staleAt: null });
    const keys = await (await fetch(`${product.edgeUrl}/.well-known/jwks.json`)).json();
    const said = await readReceipt(receipt!.receipt, keys);
    expect(said.subject[0].digest.gitCommit).toBe(commit);
    const note = await gitIn(here, member, "projects/proven", "notes", "--ref=receipts", "show", commit!);
    expect(note.split("\n")).toContain(receipt!.receipt);

    const detail = taskDetail.parse((await ida.call("GET", `/tasks/${task}`)).body);
    const attempt = detail.runs.find((run) => run.kind === "shell");
    expect(attempt).toMatchObject({ task, exitCode: 0, completedAt: expect.any(Number) });
    expect(attempt?.worker).toBeUndefined();
    const left = execFileSync("docker", ["ps", "-aq", "--filter", `label=growqr.stack=${stack}`, "--filter", "label=growqr.part=run"]);
    expect(left.toString()).toBe("");
  });

  test("is no longer proven once its branch has a newer commit, until that is looked at too", async () => {
    const before = events.of("task.state").findLast((event) => event.body.taskId === task)!;
    const { branch } = receiptView.parse((await receipts(`?task=${task}`))[0]);
    const [, agent = ""] = /^agent\/(agt_\w+)\//.exec(branch) ?? [];
    const home = `/workspace/agents/${agent}`;
    const uid = (await inside(here, "opencode", member, ["stat", "-c", "%u:%g", home])).trim();
    const script = `cd $(mktemp -d -p ${home}) && export HOME=${home} && git clone -q -b ${branch} http://gitea:3000/projects/proven.git p && cd p && echo '<p>more</p>' >>index.html && git add -A && git commit -qm more && git push -q origin HEAD`;
    await inside(here, "opencode", member, ["bash", "-c", script], uid);
    await send(ida, actor, "hello"); // the end of any turn looks at the branches
    const stale = await events.wait("receipt", (event) => event.body.state === "stale", 60_000);
    expect(stale.body.commit).toBe(before.body.facts.commit);
    const again = await state("verified", 120_000, before.seq);
    expect(again.body.facts.commit).not.toBe(before.body.facts.commit);
    const all = await receipts(`?task=${task}`);
    expect(all.map((each) => each.staleAt === null)).toEqual([false, true]);
    expect((await receipts("?current=true")).map((each) => each.commit)).toEqual([again.body.facts.commit]);
  });
});

/** Runs a command as an agent that does what its script says. */
const bash = (command: string) => ({ tool: "bash", args: { command, description: command.slice(0, 40) } });
test("a package that an agent names beside its outputs is installed by the platform, and proven after its member's yes to the change", {
  timeout: limit(240_000),
}, async () => {
  const branch = "agent/'+process.cwd().split('/')[3]+'/package";
  const outputs = ["package.json", "package-lock.json", ".gitignore"];
  const steps = [
    bash("git clone -q http://gitea:3000/projects/proven.git package && cd package && git checkout -q main"),
    { tool: "write", args: { filePath: "package/days.cjs", content: 'console.log(require("ms")("2 days"));\n' } },
    { tool: "write", args: { filePath: "package/.gitignore", content: "node_modules\n" } },
    bash("cd package && npm init -y >/dev/null && npm install --no-audit ms@2.1.3 && git add -A && git commit -qm package"),
    bash(
      `cd package && node -e "require('child_process').execSync('git push -q origin HEAD:refs/heads/${branch}', { stdio: 'inherit' })" && echo "commit $(git rev-parse HEAD)"`,
    ),
    { tool: "platform_report_progress", args: { task: "$TASK", commit: "$COMMIT", state: "done", text: "It is done.", outputs } },
    { text: "Done." },
  ];
  const about = { id: "package", title: "Tell days in milliseconds", project: "proven", owner: "coding", outputs: ["days.cjs"] };
  const acceptance = [{ command: "node days.cjs", contains: "172800000" }];
  const made = await ida.call("POST", "/tasks", { spec: { ...about, description: script(...steps), acceptance } });
  const { id: packageTask } = taskOut.parse(made.body).task;
  const asked = await events.wait("approval.asked", ({ body }) => body.task === packageTask && body.subject.kind === "diff", 150_000);
  expect(asked.body.title).toBe("May it change package-lock.json, package.json?");
  expect(asked.body.subject).toMatchObject({
    diff: expect.stringMatching(/^ package-lock\.json:\n Packages added: ms 2\.1\.3\.\n@@[\s\S]*\n\+.*"ms"[\s\S]*\n package\.json:\n@@/),
  });
  expect((await receipts(`?task=${packageTask}`)).length).toBe(0);
  await ida.call("POST", `/approvals/${asked.body.id}/decision`, { decision: "allow", device: "your phone" });
  await events.wait("task.state", ({ body }) => body.taskId === packageTask && body.facts.state === "verified", 120_000);
  const [receipt] = await receipts(`?task=${packageTask}`);
  const keys = await (await fetch(`${product.edgeUrl}/.well-known/jwks.json`)).json();
  const { subject, predicate } = await readReceipt(receipt!.receipt, keys);
  expect(subject.slice(1).map(({ name }) => name)).toEqual(["days.cjs", ...outputs]);
  const { setup } = predicate; // installed by the platform, from the real registry
  expect([setup?.commands, setup?.files.map(({ name }) => name), setup?.unpinned]).toEqual([
    ["npm ci"],
    ["package.json", "package-lock.json"],
    [],
  ]);
});

describe("a stranger with stock git and a Git token", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-stranger-"));
  const clone = path.join(folder, "proven");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0" };
  const run = async (program: string, args: string[], cwd = clone) => {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: limit(60_000) });
    return stdout;
  };
  /** What a git that is refused tells its user. */
  const refusal = (...args: string[]) =>
    run("git", args, folder).then(
      () => "it was not refused",
      (error: { stderr: string }) => error.stderr,
    );
  const made = async (...repositories: string[]) => {
    const { gitToken, token } = gitTokenMade.parse((await ida.call("POST", "/git/tokens", { name: "Stranger", repositories })).body);
    return { id: gitToken.id, at: (repository: string) => cloneAddress(product.edgeUrl, repository, token) };
  };

  test("gets many things at once, which git asks for in a compressed body, and memory with a token for it", async () => {
    const script = `cd /var/lib/gitea/repos/projects/proven.git && export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x &&
      for n in $(seq 60); do git update-ref refs/many/$n $(git commit-tree -m $n 'main^{tree}'); done`;
    await inside(here, "gitea", member, ["sh", "-c", script]);
    const { at } = await made("projects/proven", "growqr/memory");
    await run("git", ["clone", "-q", at("projects/proven")], folder);
    await run("git", ["fetch", "-q", "origin", "refs/many/*:refs/many/*"]);
    expect((await run("git", ["for-each-ref", "--format=%(refname)", "refs/many"])).trim().split("\n")).toHaveLength(60);
    await run("git", ["clone", "-q", at("growqr/memory")], folder);
    expect(await run("git", ["rev-parse", "HEAD"], path.join(folder, "memory"))).toBe(
      await gitIn(here, member, "growqr/memory", "rev-parse", "main"),
    );
  });

  test("checks the audit of all that with one file, and finds in the member's own Git where it stood (SPEC 9.9)", async () => {
    const { at } = await made("growqr/audit");
    await expect
      .poll(() => refusal("ls-remote", at("growqr/audit")), { timeout: limit(150_000), interval: 1_000 })
      .toBe("it was not refused");
    await run("git", ["clone", "-q", at("growqr/audit")], folder);
    writeFileSync(path.join(folder, "audit.ndjson"), String((await ida.call("GET", "/audit/export")).body));
    const file = await fetch(`${product.edgeUrl}/verify-audit.mjs`, { redirect: "error" });
    writeFileSync(path.join(folder, "verify-audit.mjs"), await file.text());
    const anchors = ["--anchors", "audit", "--jwks", `${product.edgeUrl}/.well-known/jwks.json`];
    const said = await run("node", ["verify-audit.mjs", "audit.ndjson", ...anchors], folder);
    expect(said).toMatch(/ok {4}\d+ rows of mem_\w+, none changed, removed or moved[\s\S]*anchors say the same/);
    const rows = readFileSync(path.join(folder, "audit.ndjson"), "utf8");
    for (const action of [
      "POST /billing/trial",
      "provision",
      "send",
      "tool:delegate",
      "POST /stacks/{member}/receipts",
      "POST /git/tokens",
    ])
      expect(rows).toContain(`"action":"${action}"`);
    const anchored = await run("git", ["show", "HEAD:head.jws"], path.join(folder, "audit"));
    const { seq } = auditHead.parse(decodeJwt(anchored.trim()));
    const lines = rows.split("\n").filter(Boolean);
    writeFileSync(path.join(folder, "audit.ndjson"), lines.slice(0, seq - 1).join("\n"));
    await expect(run("node", ["verify-audit.mjs", "audit.ndjson", ...anchors], folder)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`rows ${seq} to ${seq} were removed from the end`),
    });
  });
});
