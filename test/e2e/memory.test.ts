import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { readOutboxIds } from "../../schema/memory/memory.ts";
import {
  goalOut,
  goalsOut,
  memoryDiffOut,
  memoryFileOut,
  memoryHistoryOut,
  memoryTreeOut,
  writtenOut,
} from "../../schema/memory/memory-api.ts";
import { readIndex } from "../../schema/memory/memory-index.ts";
import { proposalDecideOut, proposalsOut } from "../../schema/proposal.ts";
import { searchOut } from "../../schema/search/search.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { actorOf } from "../harness/actor-client.ts";
import { eventually } from "../harness/eventually.ts";
import { gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

/** The member's memory on real Git. The tests follow one another. */
const product = inject("product");
let mia: Person;
let actor: string;
let member: string;
let events: Events;
let grow: Awaited<ReturnType<typeof actorOf>>;

beforeAll(async () => {
  mia = await person(product, `mia.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(mia);
  ({ id: actor, member } = made.actor);
  events = made.events;
  grow = await actorOf(product, member, actor);
});
afterAll(async () => {
  events?.close();
  await grow?.close();
});
const git = (...args: string[]) => gitIn(product.instance, member, "growqr/memory", ...args);
const index = async () => readIndex(await git("show", "main:index.md"));
/** The commit of a change; its answer does not wait long for it. */
const landed = ({ outboxId }: { outboxId: string }) =>
  eventually("its commit", async () => (await git("log", "-1", "--format=%H", `--grep=Outbox: ${outboxId}`, "main")).trim() || undefined);
const hashOf = (text: string) => /commit ([0-9a-f]{40})/.exec(text)?.[1] ?? "";

describe("the one writer", () => {
  test("keeps an index from the first commit on", async () => {
    expect((await index()).map((entry) => entry.path)).toContain("profile.md");
  });

  test("ten memories at once reach Git in fewer commits, each in exactly one, with its trailer, file and line in the index", async () => {
    const titles = Array.from({ length: 10 }, (_, i) => `Choice ${i} of ${newId("req").slice(-6)}`);
    const before = Number(await git("rev-list", "--count", "main"));
    const answers = await Promise.all(
      titles.map((title) => grow.tool("remember", { kind: "decision", title, text: `Because of ${title}.` })),
    );
    for (const answer of answers) expect(answer).toMatchObject({ ok: true, text: expect.stringMatching(/commit [0-9a-f]{40}/) });
    const added = Number(await git("rev-list", "--count", "main")) - before;
    expect(added).toBeLessThan(10);
    const log = (await git("log", "--format=%x00%H%n%B", "main")).split("\0").filter(Boolean);
    const trailers = log.flatMap((message) => readOutboxIds(message));
    expect(new Set(trailers).size).toBe(trailers.length);
    const listed = await index();
    for (const [i, title] of titles.entries()) {
      const path = listed.find((entry) => entry.title === title)?.path ?? "";
      expect(await git("show", `main:${path}`)).toContain(`Because of ${title}.`);
      expect(await git("show", "--stat=300", "--format=", hashOf(answers[i]!.text))).toContain(path);
    }
    const batched = log.filter((message) => readOutboxIds(message).length > 1);
    expect(batched.length).toBeGreaterThan(0);
  });

  test("the same call again is the same memory, and its commit is an event with all its trailers", async () => {
    const [key, given] = [newId("req"), { kind: "decision", title: "Only once", text: "One commit." }];
    const [first, second] = [await grow.tool("remember", given, key), await grow.tool("remember", given, key)];
    expect(hashOf(second.text)).toBe(hashOf(first.text));
    expect((await index()).filter((entry) => entry.title === "Only once")).toHaveLength(1);
    const told = await events.wait("commit", (event) => event.body.hash === hashOf(first.text));
    expect(told.body.outboxId).toMatch(/^out_/);
  });
});

describe("proposals", () => {
  const propose = async (title: string, text: string) => {
    const answer = await grow.tool("remember", { kind: "profile", title, text });
    return /prp_[0-9A-Z]{26}/.exec(answer.text)?.[0] ?? "";
  };
  const decide = async (id: string, body: object) =>
    proposalDecideOut.parse((await mia.call("POST", `/proposals/${id}/decide`, body)).body);

  test("what is said about the person waits for their word, and nothing that is remembered changes before", async () => {
    const remembered = () => git("log", "--format=%H", "main", "--", "profile.md", "profile", "goals", "decisions", "index.md");
    const before = await remembered();
    const id = await propose("Prefers mornings", "Works best before ten.");
    const made = await events.wait("proposal.made", (event) => event.body.proposalId === id);
    expect(made.body).toMatchObject({ kind: "profile", title: "Prefers mornings", text: "Works best before ten." });
    await eventually("Git keeps it as open", async () =>
      (await git("ls-tree", "-r", "--name-only", "main")).includes(`snapshots/open/${id}.yaml`),
    );
    expect(await remembered()).toBe(before);
    const { proposals } = proposalsOut.parse((await mia.call("GET", "/proposals?state=pending")).body);
    expect(proposals[0]).toMatchObject({ id, state: "pending", agentId: actor });
  });

  test("of many answers at once one counts, and the others are told which", async () => {
    const id = await propose("Speaks Swedish", "Swedish and English.");
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => decide(id, { decision: i % 2 ? "accept" : "reject", device: `device ${i}` })),
    );
    const won = answers.filter((answer) => answer.decided);
    expect(won).toHaveLength(1);
    for (const answer of answers)
      expect(answer.proposal).toMatchObject({ state: won[0]!.proposal.state, decidedBy: won[0]!.proposal.decidedBy });
  });

  test("accepted with the member's own words it is a commit, and taking it back is another", async () => {
    const id = await propose("Likes tea", "Drinks green tea.");
    const accepted = await decide(id, { decision: "accept", text: "Drinks black tea.", device: "phone" });
    expect(accepted).toMatchObject({ decided: true, proposal: { state: "accepted", edited: true } });
    const { path } = accepted.proposal;
    await eventually("the commit", async () => (await git("show", `main:${path}`)).includes("black tea"));
    const held = await eventually("the hash", async () => (await decide(id, { decision: "accept" })).proposal.hash ?? undefined);
    expect(await git("log", "-1", "--format=%B", held)).toContain("edited by the member");
    expect(await decide(id, { decision: "revert" })).toMatchObject({ decided: true, proposal: { state: "reverted" } });
    await eventually("it is gone", async () => !(await git("ls-tree", "-r", "--name-only", "main")).includes(path));
    expect(await git("log", "-1", "--format=%s", "main")).toMatch(/^memory\(revert\): take back Likes tea/);
    expect((await index()).map((entry) => entry.path)).not.toContain(path);
  });

  test("another member's proposal is not there", async () => {
    const id = await propose("Secret", "Something private.");
    const bob = await person(product, "bob@example.com");
    expect(await bob.call("POST", `/proposals/${id}/decide`, { decision: "accept" })).toMatchObject({ status: 404 });
    expect(await bob.call("GET", "/memory")).toMatchObject({ status: 404 });
    expect(await mia.call("POST", `/proposals/${newId("prp")}/decide`, { decision: "accept" })).toMatchObject({ status: 404 });
  });
});

describe("goals", () => {
  test("a goal that an agent sets is proposed; accepted, it is a file and on the list", async () => {
    const answer = await grow.tool("set_goal", {
      title: "Learn the cello",
      why: "For the quartet.",
      steps: [{ text: "Find a teacher" }, { text: "Practise" }],
    });
    const id = /prp_[0-9A-Z]{26}/.exec(answer.text)?.[0];
    expect(goalsOut.parse((await mia.call("GET", "/goals")).body)).toMatchObject({ goals: [], proposed: [{ id, kind: "goal" }] });
    await mia.call("POST", `/proposals/${id}/decide`, { decision: "accept" });
    const { goals } = goalsOut.parse((await mia.call("GET", "/goals")).body);
    expect(goals).toMatchObject([{ title: "Learn the cello", state: "active", done: 0 }]);
    await eventually("the file", async () => (await git("show", `main:${goals[0]!.path}`)).includes("For the quartet."));
  });

  test("the member changes it with progress in sight, once per idempotency key", async () => {
    const [goal] = goalsOut.parse((await mia.call("GET", "/goals")).body).goals;
    const change = { steps: [{ text: "Find a teacher", done: true }, { text: "Practise" }] };
    const put = () => mia.call("PATCH", `/goals/${goal!.id}`, change, { "idempotency-key": "goal-1" });
    const commits = async () => (await git("log", "--format=%H", "main", "--", goal!.path)).trim().split("\n");
    const before = await commits();
    const [first, second] = [goalOut.parse((await put()).body), goalOut.parse((await put()).body)];
    expect(first).toMatchObject({ goal: { done: 50 } });
    expect(second.goal).toMatchObject({ done: 50, steps: first.goal.steps });
    await eventually("its commit", async () => (await commits()).length > before.length);
    const [hash] = await commits();
    expect(await commits()).toHaveLength(before.length + 1);
    const told = await events.wait("goal.state", (event) => event.body.progress === 50);
    expect(told.body).toMatchObject({ goalId: goal!.id, state: "active" });
    const diff = memoryDiffOut.parse((await mia.call("GET", `/memory/commits/${hash}`)).body);
    expect(diff.files.map((file) => file.path)).toContain(goal!.path);
  });

  test("a goal of a megabyte, and one that is not there, are refused and change nothing", async () => {
    const before = await git("rev-parse", "main");
    expect(await mia.call("POST", "/goals", { title: "Big", why: "x".repeat(1_000_000) })).toMatchObject({ status: 413 });
    expect(await mia.call("POST", "/goals", { title: "x".repeat(200) })).toMatchObject({ status: 400 });
    expect(await mia.call("PATCH", `/goals/${newId("gol")}`, { title: "Other" })).toMatchObject({ status: 404 });
    expect(await git("rev-parse", "main")).toBe(before);
  });
});

describe("the member's own hand", () => {
  test("tree, file and history say which commit and who", async () => {
    const tree = memoryTreeOut.parse((await mia.call("GET", "/memory")).body);
    expect(tree.head).toBe((await git("rev-parse", "main")).trim());
    expect(tree.entries.map((entry) => entry.path)).toEqual(expect.arrayContaining(["index.md", "profile.md", "goals"]));
    const path = tree.entries.find((entry) => entry.title === "Only once")!.path;
    const file = memoryFileOut.parse((await mia.call("GET", `/memory/file?path=${path}`)).body);
    expect(file.text).toContain("One commit.");
    const history = memoryHistoryOut.parse((await mia.call("GET", `/memory/commits?path=${path}`)).body);
    expect(history.commits).toMatchObject([{ hash: file.commit, agents: [actor] }]);
    const all = memoryHistoryOut.parse((await mia.call("GET", "/memory/commits?limit=2")).body);
    const more = memoryHistoryOut.parse((await mia.call("GET", `/memory/commits?limit=2&cursor=${all.next}`)).body);
    expect(new Set([...all.commits, ...more.commits].map((commit) => commit.hash)).size).toBe(4);
  });

  test("a commit that the memory does not have is not found", async () => {
    const nowhere = "0123456789".repeat(4);
    for (const path of [`/memory?ref=${nowhere}`, `/memory/file?path=profile.md&ref=${nowhere}`, `/memory/commits/${nowhere}`])
      expect([path, await mia.call("GET", path)]).toMatchObject([path, { status: 404, body: { error: { code: "not_found" } } }]);
  });

  test("a file of as many bytes as the description says is kept, and one byte more is refused", async () => {
    const largest = '"\n'.repeat(limits.memoryTextBytes / 2 - 1).concat("é"); // as JSON twice as long
    const put = (text: string) => mia.call("PUT", "/memory/file", { path: "large.md", text, base: null });
    expect(await put(`${largest}a`)).toMatchObject({ status: 400, body: { error: { issues: [{ path: "text" }] } } });
    expect(await put(`${largest}${"x".repeat(limits.memoryBodyBytes)}`)).toMatchObject({ status: 413 });
    const hash = await landed(writtenOut.parse((await put(largest)).body));
    expect(await git("show", `${hash}:large.md`)).toBe(largest);
    const file = memoryFileOut.parse((await mia.call("GET", "/memory/file?path=large.md")).body);
    expect(file).toMatchObject({ text: largest, bytes: limits.memoryTextBytes });
    await landed(writtenOut.parse((await mia.call("PUT", "/memory/file", { path: "large.md", text: null, base: file.commit })).body));
  });

  test("an edit is a commit, over what was seen and nothing newer; taking it back is a commit", async () => {
    const seen = memoryFileOut.parse((await mia.call("GET", "/memory/file?path=profile.md")).body);
    const edit = (text: string) => mia.call("PUT", "/memory/file", { path: "profile.md", text, base: seen.commit });
    const kept = await landed(writtenOut.parse((await edit(`${seen.text}Lives in Lund.\n`)).body));
    expect(await git("show", "main:profile.md")).toContain("Lives in Lund.");
    expect(await edit("older words")).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
    const back = await landed(writtenOut.parse((await mia.call("POST", `/memory/commits/${kept}/revert`, {})).body));
    expect(await git("show", "main:profile.md")).toBe(seen.text);
    expect(await git("log", "-1", "--format=%s", back)).toContain("take back");
    expect(await mia.call("POST", `/memory/commits/${kept}/revert`, {})).toMatchObject({ status: 409 });
  });

  test("of a commit that took several changes along a file's history names its own, and only that one is shown and taken back", async () => {
    const titles = Array.from({ length: 10 }, (_, i) => `Part ${i} of ${newId("req").slice(-6)}`);
    await Promise.all(titles.map((title) => grow.tool("remember", { kind: "decision", title, text: "As agreed." })));
    const listed = await index();
    const pathOf = (title: string) => listed.find((entry) => entry.title === title)!.path;
    const named = (title: string) => `memory(decision): ${title}`;
    const commitOf = async (title: string) => {
      const [commit] = memoryHistoryOut.parse((await mia.call("GET", `/memory/commits?path=${pathOf(title)}`)).body).commits;
      expect(commit).toMatchObject({ title: named(title), outbox: [expect.any(String)] });
      return { ...commit!, title, path: pathOf(title) };
    };
    const commits = await Promise.all(titles.map(commitOf));
    const batch = commits.find(({ changes }) => changes.length > 1)!;
    const other = commits.find(({ hash, path }) => hash === batch.hash && path !== batch.path)!;
    expect(batch.changes).toEqual(expect.arrayContaining([named(batch.title), named(other.title)]));
    const whole = memoryDiffOut.parse((await mia.call("GET", `/memory/commits/${batch.hash}`)).body);
    expect(whole.files.map((file) => file.path)).toEqual(expect.arrayContaining([batch.path, other.path, "index.md"]));
    const part = memoryDiffOut.parse((await mia.call("GET", `/memory/commits/${batch.hash}?path=${batch.path}`)).body);
    expect(part.files.map((file) => file.path)).toEqual([batch.path]);
    const back = await landed(
      writtenOut.parse((await mia.call("POST", `/memory/commits/${batch.hash}/revert`, { paths: [batch.path] })).body),
    );
    expect(await git("log", "-1", "--format=%s", back)).toContain(batch.title);
    const left = await index();
    expect(titles.filter((title) => !left.some((entry) => entry.title === title))).toEqual([batch.title]);
  });

  test.each([
    ["a path that climbs", { path: "../x", text: "x", base: null }],
    ["a hook", { path: ".git/hooks/x", text: "x", base: null }],
    ["the index", { path: "index.md", text: "x", base: null }],
    ["the state of a task", { path: `tasks/${newId("tsk")}/spec.yaml`, text: "x", base: null }],
    ["an open question", { path: `snapshots/open/${newId("apr")}.yaml`, text: "x", base: null }],
    ["a policy that can't be read", { path: "policies/commands.yaml", text: "rules: 5", base: null }],
  ])("%s is refused and changes nothing", async (_, input) => {
    const before = await git("rev-parse", "main");
    expect(await mia.call("PUT", "/memory/file", input)).toMatchObject({ status: 400 });
    expect(await git("rev-parse", "main")).toBe(before);
  });
});

describe("search", () => {
  const search = async (query: string) => searchOut.parse((await mia.call("GET", `/memory/search?${query}`)).body);
  test("finds a decision by its words and says file, line and commit", async () => {
    const kept = await grow.tool("remember", {
      kind: "decision",
      title: "Hosting",
      text: "First line.\n\nWe deploy the zeppelin to our own box.\n\nLast.",
    });
    const found = await eventually("a hit", async () => (await search("q=zeppelin")).hits.find((hit) => hit.source === "decisions"));
    expect(found).toMatchObject({
      title: "Hosting",
      repo: "growqr/memory",
      commit: hashOf(kept.text),
      excerpt: expect.stringContaining("zeppelin"),
    });
    const lines = (await git("show", `${found.commit}:${found.path}`)).split("\n");
    expect(lines[found.line! - 1]).toContain("zeppelin");
  });

  test("finds what was said, and only where it is looked for", async () => {
    await send(mia, actor, "thanks for the marmalade");
    const hit = await eventually("a message", async () => (await search("q=marmalade&in=messages")).hits[0]);
    expect(hit).toMatchObject({ source: "messages", path: null, seq: expect.any(Number) });
    expect((await search("q=marmalade&in=memory,decisions")).hits).toEqual([]);
    expect(await mia.call("GET", "/memory/search?q=x&in=elsewhere")).toMatchObject({ status: 400 });
  });

  test.each(['"', "a AND (", "NEAR(", "*", "col:x", "💥"])("a query of %s is words, not syntax", async (query) => {
    expect((await search(`q=${encodeURIComponent(query)}`)).hits).toEqual(expect.any(Array));
  });

  test("an answer that used memory says why: file, line and commit stand with its turn", async () => {
    const { turnId } = await send(
      mia,
      actor,
      script({ tool: "platform_recall", args: { query: "zeppelin" } }, { text: "On our own box." }),
    );
    const why = await events.wait("message.why", (event) => event.body.turnId === turnId, 60_000);
    expect(why.body).toMatchObject({
      query: "zeppelin",
      sources: [{ path: expect.stringMatching(/^decisions\//), line: expect.any(Number), commit: expect.any(String) }],
    });
    await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
  });
});

describe("a long conversation", () => {
  test("is shortened to a file, and goes on in a new session that knows the summary", async () => {
    const word = `Kestrel ${newId("req").slice(-6)}`;
    for (let i = 0; i < 4; i++) {
      const { turnId } = await send(mia, actor, `Keep ${word} in view. ${"lorem ipsum dolor ".repeat(1_750)}`);
      await events.wait("turn.state", (event) => event.body.turnId === turnId && ["done", "failed"].includes(event.body.state), 60_000);
    }
    const short = await events.wait("conversation.summary", (event) => event.body.number === 1, 60_000);
    expect(await eventually("its file", async () => git("show", `main:${short.body.path}`).catch(() => undefined))).toContain(word);
    const { turnId } = await send(mia, actor, `hello again after ${word}`);
    await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
    const last = JSON.stringify((await requestsWith(product, `hello again after ${word}`)).at(-1));
    expect(last.replaceAll(`hello again after ${word}`, "")).toContain(word);
  });
});
