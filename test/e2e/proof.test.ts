import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { receiptView } from "../../schema/proof.ts";
import { readReceipt } from "../../schema/receipt.ts";
import { taskDetail } from "../../schema/team.ts";
import { gitIn, inside } from "../local/inside.ts";
import { type Events, type Person, person, provisioned, send } from "../local/person.ts";

/** A sub-agent's word against a clean checkout: the whole product, the demo model at work. The tests follow one another. */
const product = inject("product");
const here = product.instance;
let ida: Person;
let actor: string;
let member: string;
let events: Events;
let task = "";

beforeAll(async () => {
  ida = await person(product, `ida-${Date.now()}@example.com`);
  const made = await provisioned(ida);
  ({ id: actor, member } = made.actor);
  made.events.close();
  events = await ida.events(actor, 0, { steady: true });
});
afterAll(() => events?.close());

const page = z.object({ receipts: z.array(receiptView), next: z.string().nullable() });
const receipts = async (query = "") => page.parse((await ida.call("GET", `/receipts${query}`)).body).receipts;
const state = (of: string, ms: number, after = 0) =>
  events.wait(
    "task.state",
    (event) => event.seq > after && event.body.facts.state === of && (task === "" || event.body.taskId === task),
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
    const left = execFileSync("docker", ["ps", "-aq", "--filter", `label=growqr.instance=${here}`, "--filter", "label=growqr.part=run"]);
    expect(left.toString()).toBe("");
  });

  test("is no longer proven once its branch has a newer commit, until that one is looked at too", async () => {
    const before = events.of("task.state").findLast((event) => event.body.taskId === task)!;
    const { branch } = receiptView.parse((await receipts(`?task=${task}`))[0]);
    const [, agent = ""] = /^agent\/(agt_\w+)\//.exec(branch) ?? [];
    const home = `/workspace/agents/${agent}`;
    const uid = (await inside(here, "opencode", member, ["stat", "-c", "%u:%g", home])).trim();
    const script = `cd $(mktemp -d -p ${home}) && export HOME=${home} && git clone -q -b ${branch} http://gitea:3000/projects/proven.git p && cd p && echo '<p>more</p>' >>index.html && git commit -qam more && git push -q origin HEAD`;
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
