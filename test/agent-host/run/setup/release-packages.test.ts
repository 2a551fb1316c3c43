import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../../schema/proof/proof.ts";
import type { AppPut } from "../../../../schema/release/release-host.ts";
import { type Asked, command, mustRunAsAgent, runChecks } from "../../clean-room.ts";
import { deploy, environment, putBody, server, visit } from "../../release/app-client.ts";
import { bringRegistryAuthor, makeProject, manifest, person, usesMs, volumes } from "./registry-author.ts";

/** Issue 25.1: a release is made of the packages that its receipt names. */
bringRegistryAuthor();

const say = `require("ms")("2 days") + " " + `;
const [[path, text]] = Object.entries(environment({ start: "node server.js" })) as [[string, string]];
const files = `mkdir -p ${path.split("/").slice(0, -1).join("/") || "."}\ncat >${path} <<'E'\n${text}\nE
cat >server.js <<'S'\n${server("").replace('end("")', `end(${say}"served")`)}S`;
/** A project on main, and on a branch of a task. */
async function makeBoth(name: string, script: string): Promise<Asked> {
  const project = await makeProject(name, `${script}\n${files}`);
  await mustRunAsAgent(person, `cd ${name} && git push -q origin HEAD:refs/heads/task`);
  return project;
}
const provenBy = ({ setup, image }: RunResult, snapshot = setup?.snapshot ?? ""): Pick<AppPut, "proven"> => ({
  proven: { snapshot, image: image.sha256, more: false },
});
const other = "0".repeat(64);

describe("a release of a project with packages", () => {
  it("is made of those that the branch was proven with, though main's own would be installed anew", async () => {
    const { repo, commit, ...project } = await makeBoth("open", manifest({ dependencies: { ms: "^2.1.0" } }));
    const { result } = await runChecks(person, { ...project, repo, commit, branch: "task", checks: [usesMs] });
    expect([result.failures, result.setup?.unpinned]).toEqual([[], ["package.json"]]);
    const body = putBody(repo, commit, provenBy(result));
    const { end } = await deploy(person, "open", body);
    expect(end).toMatchObject({ served: true, made: { snapshot: result.setup?.snapshot }, current: body.release });
    expect([(await visit(person, "open")).text, await volumes()]).toEqual(["172800000 served", [expect.any(String)]]);

    const stranger = putBody(repo, commit, provenBy(result, other));
    const refused = await deploy(person, "open", stranger);
    expect(refused.end).toMatchObject({
      served: false,
      failed: {
        step: "setup",
        reason: expect.stringMatching(/^What was installed for it is not .*package\.json leaves open which versions come/),
      },
      current: body.release,
    });
    expect((await visit(person, "open")).text).toBe("172800000 served");
  });
  it("that its environment file's own commands make has those of its own commit, and not those of before its task", async () => {
    const commands = ["npm ci", "cp word.js node_modules/ms/word.js"];
    const said = Object.values(environment({ start: "node server.js", setup: commands })).join("");
    const worded = (word: string) => `echo 'module.exports = "${word}"' >word.js
mkdir -p .growqr && cat >${path} <<'E'\n${said}\nE
echo '${server("").replace('end("")', 'end(require("ms/word"))').trim()}' >server.js`;
    const script = `${manifest({ dependencies: { ms: "2.1.3" } })}\nnpm install --package-lock-only --no-audit\n${worded("first")}`;
    const { repo, ...project } = await makeProject("worded", script);
    const change = `cd worded && git checkout -q -b task && ${worded("second").split("\n")[0]} && git add -A && git commit -qm second`;
    const commit = (await mustRunAsAgent(person, `{ ${change} && git push -q origin task; } >&2 && git rev-parse HEAD`)).trim();
    const { result } = await runChecks(person, {
      ...project,
      repo,
      commit,
      branch: "task",
      outputs: ["word.js"],
      checks: [usesMs, command("tests.1", "grep -q second word.js")],
    });
    expect(result.failures).toEqual([]);
    await mustRunAsAgent(person, "cd worded && git push -q origin task:main");
    const { end } = await deploy(person, "worded", putBody(repo, commit, provenBy(result)));
    expect([end.served, end.failed, (await visit(person, "worded")).text]).toEqual([true, undefined, "second"]);
  });
  it("whose lockfile settles them serves with what is installed anew", async () => {
    const script = `${manifest({ dependencies: { ms: "2.1.3" } })}\nnpm install --package-lock-only --no-audit`;
    const { repo, commit, ...project } = await makeBoth("settled", script);
    const { result } = await runChecks(person, { ...project, repo, commit, checks: [usesMs] });
    const body = putBody(repo, commit, provenBy(result, other));
    const { end } = await deploy(person, "settled", body);
    expect([end.served, end.made?.snapshot, (await visit(person, "settled")).text]).toEqual([
      true,
      result.setup?.snapshot,
      "172800000 served",
    ]);
  });
});
