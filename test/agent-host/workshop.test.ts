import { tmpdir } from "node:os";
import path from "node:path";
import { createParser } from "eventsource-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type EgressRefusal, egressRefusal, egressRefusedEvent } from "../../schema/stack/egress-refusal.ts";
import { type GitServer, startGitServer } from "../harness/git-server.ts";
import { joinAuthorities, reachRegistries } from "../harness/registries.ts";
import type { Started } from "../local/process.ts";
import { hostInstance, startDaemon } from "./ground.ts";
import { agent, openShell, startAgent } from "./opencode/neighbours.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "./runner-client.ts";

/** What an agent's own shell can build with: programs of the image, packages of the real registries. */
const person = newPerson();
const me = agent(person.agent, 0);
const folderOutside = path.join(tmpdir(), `growqr-outside-${hostInstance.name}`);
let authorities: string;
let outside: GitServer;
let daemon: Started;
let shell: (script: string) => Promise<string>;

beforeAll(async () => {
  outside = await startGitServer(folderOutside, `outside.${hostInstance.name}.growqr-test.example`, {
    page: (answer) => answer.end("hello"),
  });
  authorities = joinAuthorities(path.join(folderOutside, "both.pem"), outside.ca);
  daemon = await startDaemon({ ...(await reachRegistries()), BOX_AUTHORITIES: authorities });
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  expect((await startAgent(person, me)).status).toBe(200);
  shell = await openShell(person, me);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
  await outside?.stop();
});

const refusedFrame = z.object({ payload: z.object({ type: z.literal(egressRefusedEvent), properties: egressRefusal }) });
/** So many refusals among the agent's events, as the actor hears them. */
async function hearRefusals(count: number): Promise<EgressRefusal[]> {
  const heard: EgressRefusal[] = [];
  const read = (text: string) => {
    heard.length = 0;
    const onEvent = ({ data }: { data: string }) =>
      heard.push(...[refusedFrame.safeParse(JSON.parse(data)).data?.payload.properties ?? []].flat());
    createParser({ onEvent }).feed(text);
    return heard.length >= count;
  };
  const where = `/stacks/${person.member}/agents/${me.id}/opencode/global/event`;
  await callHost("GET", where, { ticket: await signStackTicket(person), onData: read });
  return heard;
}
const putReach = async (names: string[]) =>
  callHost("PUT", `/stacks/${person.member}/agents/${me.id}/reach`, { ticket: await signStackTicket(person), body: { names } });

/** The last line of what a script prints; all of it where a command fails. */
async function lastLine(script: string): Promise<string> {
  const lines = (await shell(`{ set -e -o pipefail\n${script}\n} 2>&1 || echo "ended with $?"`)).trimEnd().split("\n");
  const last = lines.at(-1) ?? "";
  return last.startsWith("ended with") ? lines.slice(-40).join("\n") : last;
}

describe("an agent's shell (SPEC 9.3, 9.4)", () => {
  it("has the programs that ordinary projects are built with", async () => {
    const programs =
      "node npm npx pnpm yarn python3 python pip uv gcc g++ make pkg-config git curl jq rg sqlite3 psql redis-cli unzip zip tar patch";
    expect(await lastLine(`for name in ${programs}; do command -v $name >/dev/null || echo "no $name"; done; node --version`)).toMatch(
      /^v24\./,
    );
  });
  it("compiles and runs a program of two files", async () => {
    const script = `mkdir -p c && cd c
printf 'int twice(int n) { return 2 * n; }\\n' >twice.c
printf '#include <iostream>\\nextern "C" int twice(int);\\nint main() { std::cout << twice(21) << std::endl; }\\n' >main.cc
printf 'main: main.o twice.o\\n\\tg++ -o main main.o twice.o\\n' >Makefile
make -s && ./main`;
    expect(await lastLine(script)).toBe("42");
  });
  it("installs npm's packages and runs them", async () => {
    const script = `mkdir -p js && cd js && npm init -y >/dev/null
npm install --no-audit ms@2.1.3 semver@7.7.2 && node -e 'console.log(require("ms")("2 days"), require("semver").major("3.2.1"))'`;
    expect(await lastLine(script)).toBe("172800000 3");
  });
  it("installs with pnpm and yarn from a lockfile that npm did not write", async () => {
    const script = `mkdir -p pn ya && echo '{"name":"x","version":"1.0.0","dependencies":{"ms":"2.1.3"}}' | tee pn/package.json >ya/package.json
(cd pn && pnpm install && rm -r node_modules && pnpm install --frozen-lockfile)
(cd ya && yarn install && rm -r node_modules && yarn install --frozen-lockfile)
for folder in pn ya; do (cd $folder && node -p 'require("ms")("1s")'); done | paste -sd' '`;
    expect(await lastLine(script)).toBe("1000 1000");
  });
  it("installs Python's packages in a virtual environment, by itself, and with uv", async () => {
    const script = `python3 -m venv py && py/bin/pip install -q six==1.17.0 && pip install -q six==1.17.0
uv venv -q uvenv && uv pip install -q --python uvenv/bin/python six==1.17.0
for python in py/bin/python python3 uvenv/bin/python; do $python -c 'import six; print(six.__version__)'; done | paste -sd' '`;
    expect(await lastLine(script)).toBe("1.17.0 1.17.0 1.17.0");
  });
  it("reaches a registry by fetch of Node, of Python and by curl", async () => {
    const script = `node -e 'fetch(process.argv[1]).then((a) => console.log("node", a.status))' https://registry.npmjs.org/ms
python3 -c 'import sys, urllib.request as u; print("python", u.urlopen(sys.argv[1]).status)' https://pypi.org/simple/six/
curl -sS -o /dev/null -w 'curl %{http_code}\\n' https://registry.npmjs.org/ms`;
    expect(await shell(script)).toBe("node 200\npython 200\ncurl 200\n");
  });
  it("is let to a name that its member allowed, and only it; until then each refusal is said with the program's name", async () => {
    const fetched = () => lastLine(`curl -sS https://${outside.name}/page || true`);
    const said = hearRefusals(2);
    expect(await fetched()).toContain("403");
    expect(await fetched()).toContain("403"); // the same name a moment later is not said again
    expect(await lastLine(`python3 -c 'import urllib.request as u; u.urlopen("https://${outside.name}:8443/")' || true`)).toContain("403");
    expect(await said).toEqual([
      { name: outside.name, port: 443, program: "curl" },
      { name: outside.name, port: 8443, program: "python3" },
    ]);
    expect((await putReach([outside.name])).status).toBe(200);
    expect(await fetched()).toBe("hello");
    await daemon.stop();
    daemon = await startDaemon({ ...(await reachRegistries()), BOX_AUTHORITIES: authorities });
    expect(await fetched()).toBe("hello"); // it is in the ledger
    expect((await putReach([])).status).toBe(200);
    expect(await fetched()).toContain("403");
    for (const wrong of ["10.0.0.1", "*.example.org", ".example.org", "localhost", "a b.example.org", "EXAMPLE.org"])
      expect((await putReach([wrong])).status).toBe(400);
  });
  it("is told by name what it may not reach", async () => {
    expect(await lastLine("curl -sS -o /dev/null https://example.org/ || true")).toContain("403");
    expect(await shell("npm view ms version --registry=https://example.org/ 2>&1")).toContain("example.org");
  });
});
