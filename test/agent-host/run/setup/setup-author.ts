import pLimit from "p-limit";
import { afterAll, beforeAll, expect } from "vitest";
import { environmentPath } from "../../../../schema/environment/environment.ts";
import { printYaml } from "../../../../schema/wire/yaml.ts";
import type { Started } from "../../../local/process.ts";
import {
  type Asked,
  command,
  makeRepository,
  mustRunAsAgent,
  type Ran,
  runChecks,
  startAuthor,
  startDaemonWithAuthor,
} from "../../clean-room.ts";
import { newPerson, putStack } from "../../runner-client.ts";

export let person = newPerson();
/** How long a setup may take here. */
export const seconds = 15;

/** The author's pair, for the tests of one file; `more` is said to its daemon. */
export function bringAuthor(more: () => Promise<Record<string, string>> = async () => ({})): void {
  let daemon: Started;
  person = newPerson(); // files that run after this one in the same worker share this module
  beforeAll(async () => {
    daemon = await startDaemonWithAuthor(person, { SETUP_SECONDS: String(seconds), ...(await more()) }, startAuthor);
  });
  afterAll(async () => {
    await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
    await daemon?.stop();
  });
}

export type Files = Record<string, string>;
const writeAll = (files: Files) =>
  Object.entries(files)
    .map(([path, text]) => `mkdir -p "$(dirname ${path})" && echo ${Buffer.from(text).toString("base64")} | base64 -d >${path}`)
    .join(" && ");
let clones = 0;
/** A commit with these files on a branch, which is made from main where it is not there. */
export async function pushFiles(repo: string, branch: string, files: Files, script = ":"): Promise<string> {
  const folder = `clone-${clones++}`;
  const clone = `git clone -q http://gitea:3000/${repo}.git ${folder} && cd ${folder}`;
  const enter = `{ git checkout -q ${branch} 2>/dev/null || git checkout -q -b ${branch}; }`;
  const push = `git add -A && git commit -qm work && git push -q origin HEAD:${branch} && git rev-parse HEAD`;
  const out = await mustRunAsAgent(
    person,
    `${clone} && ${enter} && { ${[writeAll(files), script].filter(Boolean).join(" && ")}; } >&2 && ${push}`,
  );
  return out.split("\n").at(-1) ?? "";
}
export const environment = (over: object) => ({ [environmentPath]: printYaml(over) });
export const failures = ({ result }: Ran) => result.failures.map(({ why }) => why);
export const reason = ({ result }: Ran) => result.failures[0]?.reason ?? "";
export const installed = ({ lines }: Ran) => lines.some((line) => line.type === "step" && line.step === "setup");

let proofs = 0;
/** A project in which these checks run, each of which may say what it must print. */
export async function proveLines(files: Files, lines: readonly (string | [string, string])[], script?: string) {
  const repo = await makeRepository(person, `checks-${proofs++}`);
  const commit = await pushFiles(repo, "main", files, script);
  const checks = lines.map((line, at) => {
    const [text, contains] = typeof line === "string" ? [line] : line;
    return command(`tests.${at}`, text, contains === undefined ? {} : { contains });
  });
  return (await runChecks(person, { repo, branch: "main", commit, outputs: [], checks })).result;
}
export const reasonsOf = ({ failures }: Awaited<ReturnType<typeof proveLines>>) => failures.map(({ reason }) => reason);

/** A project in which each environment file that is asked about can not be made. */
export function bringFailingSetups() {
  let repo = "";
  let main = "";
  beforeAll(async () => {
    repo = await makeRepository(person, "wrong");
    main = await pushFiles(repo, "main", { "a.txt": "a" });
  });
  let count = 0;
  const few = pLimit(3); // a pair has three addresses for runs
  const ask = (given: string, more: Partial<Asked> = {}) =>
    few(async () => {
      const branch = `wrong-${count++}`;
      const commit = await pushFiles(repo, branch, { [environmentPath]: given });
      const asked = { repo, branch, commit, begun: { main, handed: [] }, outputs: [environmentPath], checks: [command("tests.0", "true")] };
      const ran = await runChecks(person, { ...asked, ...more });
      expect([ran.result.passed, failures(ran)]).toEqual([false, ["setup_failed"]]);
      return ran.result.failures[0]!;
    });
  const failing = async (given: string) => (await ask(given)).reason;
  const setUp = (line: string, more: object = {}) => failing(printYaml({ setup: [line], ...more }));
  return { ask, failing, setUp };
}
