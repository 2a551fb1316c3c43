import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline, Readable } from "node:stream";
import { createParser } from "eventsource-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type EgressRefusal, egressRefusal, egressRefusedEvent } from "../../schema/stack/egress-refusal.ts";
import { egressUse } from "../../schema/stack/egress-use.ts";
import { type GitServer, startGitServer } from "../harness/git-server.ts";
import { joinAuthorities, reachRegistries } from "../harness/registries.ts";
import type { Started } from "../local/process.ts";
import { hostInstance, startDaemon } from "./ground.ts";
import { agent, openShell, startAgent } from "./opencode/neighbours.ts";
import { callHost, limits, newPerson, placeStack, putStack, signStackTicket } from "./runner-client.ts";

/** What an agent's own shell can build with: programs of the image, packages of the real registries. */
const person = newPerson();
const me = agent(person.agent, 0);
const folderOutside = path.join(tmpdir(), `growqr-outside-${hostInstance.name}`);
let authorities: string;
let outside: GitServer;
let daemon: Started;
let shell: (script: string) => Promise<string>;

const endless = () =>
  Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1 << 16);
    })(),
  );

beforeAll(async () => {
  outside = await startGitServer(folderOutside, `outside.${hostInstance.name}.growqr-test.example`, {
    page: (answer) => answer.end("hello"),
    endless: (answer) => void pipeline(endless(), answer, () => undefined),
    slow: (answer) => void setInterval(() => answer.write("more"), 50).unref(),
  });
  authorities = joinAuthorities(path.join(folderOutside, "both.pem"), outside.ca);
  daemon = await startDaemon({ ...(await reachRegistries()), BOX_AUTHORITIES: authorities });
  await placeStack(person);
  const begun = await putStack(person, 1, "running");
  expect(begun.stack?.observed, JSON.stringify(begun.lines.at(-1) ?? begun.status)).toBe("running");
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

const readEgressUse = async () =>
  (await callHost("GET", `/stacks/${person.member}/egress`, { ticket: await signStackTicket(person) })).json(egressUse);

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
    expect(await lastLine('[ "$GRADLE_USER_HOME" = ~/.gradle ] && mkdir -p "$GRADLE_USER_HOME" && echo kept at home')).toBe("kept at home");
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
  it("loses a connection that is open to a name whose yes is taken back, and none to another", async () => {
    const { name, other } = outside;
    expect((await putReach([name, other])).status).toBe(200);
    const both = shell(`for host in ${other} ${name}; do (curl -sS -m 50 -o /dev/null https://$host/slow/$host 2>&1; echo "$host $?") & done
wait -n; curl -sS https://${name}/page/then; echo; jobs -r | wc -l; curl -sS -o /dev/null https://${name}/page/said; wait`);
    const asked = () => outside.asked.filter((path) => /^\/(slow|page\/(then|said))/.test(path)).length;
    await expect.poll(asked).toBe(2);
    expect((await putReach([name])).status).toBe(200);
    await expect.poll(asked).toBe(4); // one of them has ended, and that the other has not is printed
    expect((await putReach([])).status).toBe(200);
    const lines = (await both).split("\n").filter((line) => line && !line.startsWith("curl:"));
    expect(lines).toEqual([expect.stringMatching(`^${other} (18|52|56)$`), "hello", "1", expect.stringMatching(`^${name} (18|52|56)$`)]);
    expect(await lastLine(`curl -sS https://${other}/page || true`)).toContain("403");
  });
  it("is counted by name and day, and over a restart of the daemon", async () => {
    const { days, today, mostBytes } = await readEgressUse();
    expect(mostBytes).toBe(limits.egressMb * 1024 * 1024);
    expect(new Set(days.map(({ day }) => day)).size).toBe(1);
    const npm = days.find(({ name }) => name === "registry.npmjs.org");
    expect(npm?.requests).toBeGreaterThan(2);
    expect(npm?.bytes).toBeGreaterThan(2_000);
    expect(days.find(({ name }) => name === outside.name)?.requests).toBe(5); // what was refused is not among them
    expect(days.some(({ name }) => name === "example.org")).toBe(false);
    expect(today.bytes).toBe(days.reduce((sum, { bytes }) => sum + bytes, 0));
  });
  it("is cut where it goes beyond the plan's volume of a day, and then refused with the reason", async () => {
    expect((await putReach([outside.name])).status).toBe(200);
    const egressMb = 1 + Math.ceil((await readEgressUse()).today.bytes / 1024 ** 2);
    expect((await putStack(person, 2, "running", { limits: { ...limits, egressMb } })).stack?.observed).toBe("running");
    expect(await lastLine(`curl -sS -m 60 -o /dev/null https://${outside.name}/endless || echo "cut with $?"`)).toMatch(
      /^cut with (18|56)$/,
    );
    const said = hearRefusals(4); // the first two are of the tests before
    for (const name of [outside.name, "registry.npmjs.org"]) expect(await lastLine(`curl -sS https://${name}/ || true`)).toContain("429");
    const usedUp = [outside.name, "registry.npmjs.org"].map((name) => ({ name, port: 443, program: "curl", usedUp: true }));
    expect((await said).slice(2)).toEqual(usedUp);
    const used = await readEgressUse();
    expect(used.today.bytes).toBeGreaterThan(used.mostBytes);
    expect((await putStack(person, 3, "running")).stack?.observed).toBe("running");
    expect(await lastLine(`curl -sS https://${outside.name}/page`)).toBe("hello");
    expect((await putReach([])).status).toBe(200);
  });
  it("is told by name what it may not reach", async () => {
    expect(await lastLine("curl -sS -o /dev/null https://example.org/ || true")).toContain("403");
    expect(await shell("npm view ms version --registry=https://example.org/ 2>&1")).toContain("example.org");
  });
});
