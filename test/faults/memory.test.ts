import { afterAll, beforeAll, expect, test } from "vitest";
import { readOutboxIds } from "../../schema/memory/memory.ts";
import { newId } from "../../schema/wire/id.ts";
import { actorOf } from "../harness/actor-client.ts";
import { eventually } from "../harness/eventually.ts";
import { commitBeside, gitIn, inside, pidOf } from "../harness/member-containers.ts";
import { person, provision } from "../harness/person.ts";
import { startOf } from "../local/lock.ts";
import { product } from "./product.ts";

/**
 * A part dies while memories are written to Git: each memory that was acknowledged, or asked for again, is in
 * exactly one commit.
 */
let actor: string;
let member: string;
let close: () => void;

beforeAll(async () => {
  const olga = await person(product, `olga.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(olga, 120_000);
  ({ id: actor, member } = made.actor);
  close = made.events.close;
});
afterAll(() => close?.());
const git = (...args: string[]) => gitIn(product.instance, member, "growqr/memory", ...args);

async function killRunner(): Promise<void> {
  const pid = pidOf(product.folder, "runner");
  process.kill(pid, "SIGKILL");
  await eventually("the runner is dead", async () => startOf(pid) === undefined);
  await eventually("the runner runs again", async () => pidOf(product.folder, "runner") !== pid, 60_000);
}
async function killGitea(): Promise<void> {
  await inside(product.instance, "gitea", member, ["sh", "-c", "kill -9 $(pidof gitea)"]).catch(() => undefined); // its exec dies with it
}

test.each([
  ["the runner", killRunner],
  ["Gitea", killGitea],
])("kill -9 of %s while twenty memories are written: none is lost, none is there twice", async (_, kill) => {
  const calls = Array.from({ length: 20 }, (__, i) => ({ key: newId("req"), title: `Note ${i} ${newId("req").slice(-8)}` }));
  const grow = await actorOf(product, member, actor);
  const before = (await git("rev-parse", "main")).trim();
  const keep = ({ key, title }: { key: string; title: string }) =>
    grow.tool("remember", { kind: "decision", title, text: `Text of ${title}.` }, key);
  const first = Promise.allSettled(calls.map(keep));
  await eventually("the first is in Git", async () => (await git("rev-parse", "main")).trim() !== before);
  await kill();
  await first;
  for (const call of calls) await eventually(`${call.title} is taken`, async () => (await keep(call)).ok, 60_000);
  await eventually(
    "all are in Git",
    async () => {
      const index = await git("show", "main:index.md").catch(() => "");
      return calls.every((call) => index.includes(`[${call.title}]`));
    },
    90_000,
  );
  const log = (await git("log", "--format=%x00%B", `${before}..main`)).split("\0").filter(Boolean);
  const trailers = log.flatMap((message) => readOutboxIds(message));
  expect(trailers).toHaveLength(calls.length);
  expect(new Set(trailers).size).toBe(calls.length);
  const files = await git("ls-tree", "-r", "--name-only", "main", "decisions/");
  expect(
    files
      .trim()
      .split("\n")
      .filter((path) => calls.some((call) => path.includes(call.title.toLowerCase().replace(/ /g, "-")))),
  ).toHaveLength(calls.length);
  await grow.close();
});

test("a lock that stayed in the repository when Gitea died holds up no memory", async () => {
  const grow = await actorOf(product, member, actor);
  const title = `After a lock ${newId("req").slice(-8)}`;
  await inside(product.instance, "gitea", member, ["touch", "/var/lib/gitea/repos/growqr/memory.git/refs/heads/main.lock"]);
  await killGitea();
  const key = newId("req");
  await eventually("it is taken", async () => (await grow.tool("remember", { kind: "decision", title, text: "Kept." }, key)).ok, 60_000);
  await eventually("it is in Git", async () => (await git("show", "main:index.md")).includes(`[${title}]`), 60_000);
  await grow.close();
});

test("what somebody else committed stays in the index, and what they took away leaves it", async () => {
  const grow = await actorOf(product, member, actor);
  await commitBeside(product.instance, member, "notes/beside.md", "# Beside\n");
  for (const title of [`One ${newId("req").slice(-8)}`, `Two ${newId("req").slice(-8)}`]) {
    expect(await grow.tool("remember", { kind: "decision", title, text: "Kept." }, newId("req"))).toMatchObject({ ok: true });
    const index = () => git("show", "main:index.md");
    await eventually("it is in Git", async () => (await index()).includes(`[${title}]`), 60_000);
    expect(await index()).toContain("(<notes/beside.md>)");
  }
  await grow.close();
});
