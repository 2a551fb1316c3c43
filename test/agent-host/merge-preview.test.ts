import { afterAll, beforeAll, expect, test } from "vitest";
import { findConflictPlaces, mergeOut } from "../../schema/merge.ts";
import type { Started } from "../local/process.ts";
import { makeRepository, mustRunAsAgent, startDaemonWithAuthor } from "./clean-room.ts";
import { callHost, newPerson, putStack, signStackTicket } from "./runner-client.ts";

/** What git says of a merge before anybody makes it, in a member's real Gitea. */
const [person, other] = [newPerson(), newPerson()];
let daemon: Started;
let repo = "";

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "merges");
  await mustRunAsAgent(
    person,
    `git clone -q http://gitea:3000/${repo}.git m && cd m && printf 'a\\nb\\nc\\nd\\ne\\nf\\ng\\nh\\ni\\nj\\n' > poem.txt && printf 'x\\n' > gone.txt && printf '\\0\\1' > logo.bin && printf 'q\\n' > 'odd "*.txt' && git add -A && git commit -q -m base && git push -q origin HEAD:main`,
  );
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

/** A branch with one commit on where main was first; answers its hash. */
const branch = (name: string, steps: string) =>
  mustRunAsAgent(
    person,
    `cd m && git checkout -q -B ${name} $(git log --format=%H --grep=^base -1 origin/main) && ${steps} && git add -A && git commit -q -m "Change on ${name}" && git push -q origin HEAD:${name} && git rev-parse HEAD`,
  );
async function preview(from: string, into = "main") {
  const answer = await callHost("POST", `/stacks/${person.member}/merges`, {
    ticket: await signStackTicket(person),
    body: { repo, into, from },
  });
  if (answer.status !== 200) throw new Error(`merges: ${answer.status} ${answer.text}`);
  return answer.json(mergeOut);
}
const refs = () => mustRunAsAgent(person, "cd m && git ls-remote origin");

test("a branch that touches other lines merges without a conflict", async () => {
  const from = await branch("end", "printf 'k\\n' >> poem.txt");
  expect(await preview(from)).toMatchObject({ from, conflicts: [], more: 0 });
});

test("every file in conflict is told with both sides, its marks and who made which, and no ref is moved by asking", async () => {
  const from = await branch(
    "theirs",
    `sed -i -e 's/^b$/their b/' -e 's/^i$/their i/' poem.txt && rm gone.txt && printf '\\0\\2' > logo.bin && printf 'theirs\\n' > 'odd "*.txt'`,
  );
  const main = await branch(
    "ours",
    `sed -i -e 's/^b$/our b/' -e 's/^i$/our i/' poem.txt && printf 'y\\n' > gone.txt && printf '\\0\\3' > logo.bin && printf 'ours\\n' > 'odd "*.txt'`,
  ).then(() => mustRunAsAgent(person, "cd m && git push -q origin ours:main && git rev-parse ours"));
  const before = await refs();
  const seen = await preview(from);
  expect(await refs()).toBe(before);
  expect(seen).toMatchObject({ into: main, from, more: 0 });
  const by = new Map(seen.conflicts.map((each) => [each.path, each]));
  expect([...by.keys()].sort()).toEqual(["gone.txt", "logo.bin", 'odd "*.txt', "poem.txt"]);
  const poem = by.get("poem.txt")!;
  expect(findConflictPlaces(poem.marked!, main, from)).toMatchObject([
    { line: 2, ours: "our b\n", theirs: "their b\n", before: "a\n", after: "c\nd\ne\n" },
    { line: 9, ours: "our i\n", theirs: "their i\n", before: "f\ng\nh\n", after: "j\n" },
  ]);
  expect(poem.ours.by).toMatchObject({ commit: main, author: "Author", title: "Change on ours" });
  expect(poem.theirs.by).toMatchObject({ commit: from, title: "Change on theirs" });
  expect(by.get("gone.txt")).toMatchObject({ ours: { there: true, text: "y\n" }, theirs: { there: false, text: null } });
  expect(by.get("logo.bin")).toMatchObject({ marked: null, ours: { there: true, text: null }, theirs: { there: true, text: null } });
  expect(by.get('odd "*.txt')?.ours).toMatchObject({ text: "ours\n", by: { commit: main } });
});

test("an unknown commit or branch is not found, a name that is none is refused, and a stranger's ticket opens nothing", async () => {
  const asked = async (body: object, as = person) =>
    (
      await callHost("POST", `/stacks/${person.member}/merges`, {
        ticket: await signStackTicket(as),
        body: { repo, into: "main", from: "0".repeat(40), ...body },
      })
    ).status;
  expect(await asked({})).toBe(404);
  expect(await asked({ into: "nowhere" })).toBe(404);
  expect(await asked({ from: "--help" })).toBe(400);
  expect(await asked({ into: "main..x" })).toBe(400);
  expect(await asked({ repo: "../../etc" })).toBe(400);
  expect(await asked({}, other)).toBe(404);
});
