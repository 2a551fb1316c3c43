import { environmentPath } from "../../../schema/environment/environment.ts";
import { type AppLine, type AppPut, type AppSeen, appLine, appSeen } from "../../../schema/release/release-host.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";
import { engine, mustRunAsAgent, writeFilesLine } from "../clean-room.ts";
import { hostInstance } from "../ground.ts";
import { type Answer, callHost, type Person, signStackTicket } from "../runner-client.ts";

/** Releases of projects, as an actor asks a host for them. */
export type Files = Record<string, string>;
export const environment = (over: object) => ({ [environmentPath]: printYaml(over) });
/** A commit on main in which these files are all there is. Answers its hash. */
export async function pushMain(person: Person, repo: string, files: Files): Promise<string> {
  const clone = `rm -rf clone && git clone -q http://gitea:3000/${repo}.git clone && cd clone && git rm -rqf --ignore-unmatch .`;
  const push = "git add -A && git commit -qm work --allow-empty && git push -q origin HEAD:main && git rev-parse HEAD";
  return (await mustRunAsAgent(person, `{ ${clone}; } >&2 && { ${writeFilesLine(files)}; } >&2 && ${push}`)).split("\n").at(-1) ?? "";
}
/** A server that answers its own word to every request. */
export const server = (word: string, more = "") =>
  `require("node:http").createServer((request, response) => { ${more}; response.end(${JSON.stringify(word)}) }).listen(process.env.PORT)\n`;
/** A project that is such a server. */
export const serverFiles = (word: string, over: object = {}, more = ""): Files => ({
  ...environment({ start: "node server.js", ...over }),
  "server.js": server(word, more),
});

export const putBody = (repo: string, commit: string, more: Partial<AppPut> = {}): AppPut => ({
  ...{ release: newId("rel"), repo, commit, env: {}, reach: [], watchSeconds: 0 },
  ...more,
});
export async function callApp(
  person: Person,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const ticket = await signStackTicket(person);
  return callHost(method, `/stacks/${person.member}/apps${path}`, { ticket, headers, ...(body === undefined ? {} : { body }) });
}
/** Names of the containers of a member's apps. */
export async function listAppNames({ member }: Person): Promise<string[]> {
  const label = [`growqr.instance=${hostInstance.label}`, "growqr.part=app"];
  const all = await engine.docker.listContainers({ all: true, filters: { label } });
  return all.map(({ Names }) => Names[0] ?? "").filter((name) => name.includes(member));
}
export type Deployed = { lines: AppLine[]; end: Extract<AppLine, { type: "end" }> };
/** PUT of a release, to its end. */
export async function deploy(person: Person, project: string, body: AppPut): Promise<Deployed> {
  const answer = await callApp(person, "PUT", `/${project}`, body);
  if (answer.status !== 200) throw new Error(`release: ${answer.status} ${answer.text}`);
  const lines = readLines(answer.text);
  const end = lines.at(-1);
  if (end?.type !== "end") throw new Error(`no end: ${JSON.stringify(end)}`);
  return { lines, end };
}
export const readLines = (text: string): AppLine[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => appLine.parse(JSON.parse(line)));
export async function seeApp(person: Person, project: string): Promise<AppSeen> {
  return (await callApp(person, "GET", `/${project}`)).json(appSeen);
}
export const visit = (person: Person, project: string, path = "/", headers: Record<string, string> = {}) =>
  callApp(person, "GET", `/${project}/http${path}`, undefined, headers);
export type ReleaseId = Id<"rel">;
