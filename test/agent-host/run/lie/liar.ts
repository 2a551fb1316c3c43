import pLimit from "p-limit";
import type { RunResult } from "../../../../schema/proof/proof.ts";
import { command, makeRepository, mustRunAsAgent, quote, reachRegistry, runAsAgent, runChecks, writeFilesLine } from "../../clean-room.ts";
import { person } from "../setup/setup-author.ts";
import type { Base } from "./bases.ts";
import type { Told } from "./lie.ts";

const few = pLimit(3); // a pair has three addresses for runs
export type Project = { base: Base; repo: string; main: string };
/** A project on this base, with a clone of it in the agent's folder. */
export async function makeProject(base: Base, name = base.name): Promise<Project> {
  const repo = await makeRepository(person, name);
  const modes = (base.executable ?? []).map((path) => `chmod +x ${path} && `).join("");
  const begin = `git clone -q http://gitea:3000/${repo}.git base-${name} && cd base-${name} && ${writeFilesLine(base.before)} && ${modes}git add -A`;
  const main = await mustRunAsAgent(person, `${begin} && git commit -qm before && git push -q origin HEAD:main && git rev-parse HEAD`);
  return { base, repo, main };
}

let count = 0;
/** What a room says of this work, and whether it passes in its agent's own clone. */
export function prove({ base, repo, main }: Project, told: Told): Promise<{ here: boolean; said: string; result: RunResult }> {
  const branch = `work-${count++}`;
  const named = (script: string) => script.replaceAll("BRANCH", branch);
  return few(async () => {
    const clone = `git clone -q --no-hardlinks base-${repo.split("/")[1]} ${branch} && cd ${branch} && git remote set-url origin http://gitea:3000/${repo}.git && git checkout -q -B ${branch} ${main}`;
    const make = `${writeFilesLine(told.files ?? {})} && git add -A && { ${named(told.script ?? "true")}; }`;
    const hand = `git commit -q --allow-empty -m ${quote(branch)} && git push -q origin HEAD:refs/heads/${branch} && git rev-parse HEAD >../${branch}.commit`;
    await mustRunAsAgent(person, `{ ${clone} && ${make} && ${hand} && { ${named(told.after ?? "true")}; }; } >&2`);
    const here = await runAsAgent(
      person,
      `${base.packages ? `${reachRegistry} && ` : ""}cd ${branch} && mkdir -p ~/.tmp && export TMPDIR=$HOME/.tmp && ${base.check}`,
    );
    const commit = await mustRunAsAgent(person, `cat ${branch}.commit`);
    const begun = { main, handed: [] };
    const outputs = [base.source, ...(told.outputs ?? [])];
    const also = told.also ? { also: told.also, unasked: told.also } : {};
    const asked = { repo, branch, commit, begun, outputs, ...also, checks: [command("tests.0", base.check, { seconds: 60 })] };
    return { here: here.code === 0, said: `${here.out}${here.err}`.slice(-600), result: (await runChecks(person, asked)).result };
  });
}
