import pLimit from "p-limit";
import { afterAll, beforeAll } from "vitest";
import type { PairAddresses } from "../../../schema/machine/instance.ts";
import type { RoomCheck } from "../../../schema/proof/proof.ts";
import type { Started } from "../../local/process.ts";
import {
  command,
  makeRepository,
  mustRunAsAgent,
  quote,
  type Ran,
  readPair,
  runChecks,
  startDaemonWithAuthor,
  writeFilesLine,
} from "../clean-room.ts";
import { newPerson, putStack } from "../runner-client.ts";

/** One task: a sum, as program and as server, with tests. */
export const outputs = ["src/sum.js", "src/server.js", "test/sum.test.js", "README.md"];
export const checks: RoomCheck[] = [
  command("tests.0", "node --test", { seconds: 20 }),
  command("tests.1", "node --run check", { seconds: 20 }),
  command("acceptance.0", "node src/sum.js 2 3", { contains: "5" }),
  command("acceptance.1", "node src/sum.js 20 22", { contains: "42" }),
  {
    name: "acceptance.2",
    kind: "url",
    url: "http://localhost:8080/?a=4&b=4",
    status: 200,
    contains: "sum: 8",
    serve: "node src/server.js",
    seconds: 8,
  },
  { name: "acceptance.3", kind: "file", file: "README.md", contains: "sum", seconds: 5 },
];

/** What was there before the task: the member's own checks. */
export const before: Record<string, string> = {
  "package.json": JSON.stringify({ name: "sum", scripts: { check: "sh check.sh" } }),
  "check.sh": 'set -e\n[ "$(node src/sum.js 1 1)" = 2 ]\n',
  "test/old.test.js":
    'const test = require("node:test");\ntest("one and two", () => require("node:assert").equal(require("../src/sum.js").sum(1, 2), 3));\n',
};
export const sum =
  "const sum = (a, b) => Number(a) + Number(b);\nmodule.exports = { sum };\nif (require.main === module) console.log(sum(...process.argv.slice(2)));\n";
const server = `const { sum } = require("./sum.js");
require("node:http").createServer((request, response) => {
  const at = new URL(request.url, "http://localhost").searchParams;
  response.end("sum: " + sum(at.get("a"), at.get("b")));
}).listen(8080);
`;
export const honestTest =
  'const test = require("node:test");\nconst { sum } = require("../src/sum.js");\ntest("adds", () => require("node:assert").equal(sum(2, 2), 4));\n';
export const honest: Record<string, string> = {
  "src/sum.js": sum,
  "src/server.js": server,
  "test/sum.test.js": honestTest,
  "README.md": "# sum\nAdds.\n",
};

export type Files = Record<string, string | null>;

/** Without the server where it says nothing more: each start of one takes its time. */
export const quick = checks.filter(({ kind }) => kind !== "url");

/** What is done with the honest work before it is handed in. */
export type Story = {
  /** On top of the honest work. */
  files?: Files;
  /** In the clone, before the commit; after the push. */
  script?: string;
  after?: string;
};
/**
 * An agent with one task, which it does honestly or not, each time on a branch of its own, pushed by its own
 * user from its own box.
 */
export function bringLyingAgent() {
  const person = newPerson();
  const few = pLimit(3); // a pair has three addresses for runs
  const commits = new Map<string, string>();
  let daemon: Started;
  let pair: PairAddresses;
  let repo = "";
  const url = () => `http://gitea:3000/${repo}.git`;
  /** The commit at which a script of the agent's leaves its clone, before `after` goes on in it. */
  const commitAfter = (script: string, after = "true") =>
    mustRunAsAgent(person, `{ ${script}; } >&2 && git rev-parse HEAD && ( ${after} ) >&2`);
  /** One clone per story, so that each has a working directory of its own. */
  async function work(name: string, { files, script, after }: Story): Promise<void> {
    const push = script?.startsWith("UNPUSHED")
      ? `git push -q origin HEAD~1:refs/heads/${name}`
      : script?.startsWith("OTHER")
        ? `git push -q origin HEAD~1:refs/heads/${name} HEAD:refs/heads/${name}-elsewhere`
        : `git push -q origin HEAD:refs/heads/${name}`;
    const steps = [
      `git clone -q --no-hardlinks base ${name} && cd ${name} && git remote set-url origin ${url()}`,
      writeFilesLine({ ...honest, ...files }).replaceAll("BOX", pair.opencode),
      "git add -A",
      `( ${script ?? "true"} )`,
      // what a story did to the index stays as it did it
      `git add -A . 2>/dev/null; git commit -qm ${quote(`work on ${name}`)}`, // else two of the same second and content are one commit
      push,
    ].join(" && ");
    commits.set(name, await commitAfter(steps, after?.replace("BRANCH", name)));
  }
  const look = (name: string, wanted: RoomCheck[] = checks): Promise<Ran> =>
    runChecks(person, { repo, branch: name, commit: commits.get(name)!, outputs, checks: wanted });
  beforeAll(async () => {
    daemon = await startDaemonWithAuthor(person);
    pair = await readPair(person);
    repo = await makeRepository(person, "sum");
    await mustRunAsAgent(
      person,
      `git clone -q ${url()} base && cd base && ${writeFilesLine(before)} && git add -A && git commit -qm before && git push -q origin main`,
    );
  });
  afterAll(async () => {
    await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
    await daemon?.stop();
  });
  return {
    ...{ person, few, commits, url, commitAfter, work, look },
    get repo() {
      return repo;
    },
  };
}
