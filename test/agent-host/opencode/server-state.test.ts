import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { makeCommandEnv, serverTitle } from "../../../agent-host/opencode/opencode-config.ts";
import type { Started } from "../../local/process.ts";
import { startDaemon } from "../ground.ts";
import { newPerson, placeStack, putStack } from "../runner-client.ts";
import { agent, callOpenCode, openShell, registerSession, runAsUser, startAgent, stopAgent } from "./neighbours.ts";

/**
 * A server's state decides what it allows: permissions, plugins, sign-ins. Its agent must not write any of
 * it.
 */
const person = newPerson();
const me = agent(person.agent, 0);
const here = encodeURIComponent(me.work);
const servers = `/workspace/servers/${me.id}`;
let daemon: Started;
let shell: (script: string) => Promise<string>;

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  expect((await startAgent(person, me)).status).toBe(200);
  shell = await openShell(person, me);
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

const session = async () => {
  const made = await callOpenCode(person, me, "POST", `/session?directory=${here}`, { title: "t" });
  const { id } = made.json(z.looseObject({ id: z.string() }));
  await registerSession(person, id, me);
  return id;
};
/** The model's calls of file tools, and what came of them. */
async function use(steps: { tool: string; args: Record<string, unknown> }[]): Promise<string> {
  const id = await session();
  const text = `SCRIPT:${JSON.stringify([...steps, { text: "Done." }])}END`;
  await callOpenCode(person, me, "POST", `/session/${id}/message?directory=${here}`, { parts: [{ type: "text", text }] });
  return (await callOpenCode(person, me, "GET", `/session/${id}/message?directory=${here}`)).text;
}

describe("what a server keeps", () => {
  it("is closed to its agent's commands: they read none of it and change none of it", async () => {
    const query = (file: string, sql: string) =>
      `node -e 'new (require("node:sqlite").DatabaseSync)("${file}").exec("${sql}")' 2>&1; echo "ended $?"`;
    expect(await shell(query("mine.db", "create table x (y)"))).toContain("ended 0");
    const database = `${servers}/data/opencode/opencode.db`;
    expect((await runAsUser(person, me, `test -s ${database}`)).code).toBe(0); // it is there
    expect(await shell(query(database, "update session set permission = null"))).toContain("ended 1");
    const tries = [
      `cat ${database}`,
      `echo x >${servers}/data/x`,
      `mv ${servers}/data ~/data`,
      `rm -r ${servers}/data`,
      `ln ${database} ~/db`,
    ];
    expect(await shell(tries.map((line) => `${line} 2>&1; echo "ended $?"`).join("\n"))).not.toMatch(/ended 0/);
    expect((await runAsUser(person, me, `test -s ${database} && ! test -e ${servers}/data/x`)).code).toBe(0);
  });
  it("is not written by the file tools either, through a link or by its name; the workspace is", async () => {
    await shell(`ln -sfn ${servers} away; ln -sf ${servers}/data/new ahead; echo one >own.txt`);
    const write = (filePath: string) => ({ tool: "write", args: { filePath, content: "stolen" } });
    const said = await use([
      write("fine.txt"),
      write("away/data/x"),
      write("ahead"),
      { tool: "read", args: { filePath: `${me.work}/away/log` } },
    ]);
    expect(said.match(/This folder belongs to the platform/g)?.length).toBeGreaterThanOrEqual(3);
    expect((await runAsUser(person, me, `cat fine.txt; ls ${servers}/data/x ${servers}/data/new 2>&1`)).out).toMatch(
      /^stolenls: .*No such.*\n.*No such/,
    );
  });
  it("is written and read by no tool whose folder becomes a link between the look and the act", async () => {
    const swap = (folder: string, link: string) =>
      `setsid perl -e 'my ($a, $b) = ("${folder}", "${link}"); while (1) { syscall(316, -100, $a, -100, $b, 2) }' >/dev/null 2>&1 </dev/null &`; // renameat2, exchange
    await shell(`mkdir -p plain/opencode known; touch known/environ known/maps; ln -sfn ${servers}/data led; ln -sfn /proc/self seen
      (${swap("plain", "led")} ${swap("known", "seen")})`);
    const target = (n: number) => (n % 3 ? `plain/hit-${n}` : "plain/opencode/opencode.db");
    const steps = Array.from({ length: 12 }, (_, n) => ({ tool: "write", args: { filePath: target(n), content: "planted" } }));
    const looks = Array.from({ length: 5 }, () => ({ tool: "read", args: { filePath: `${me.work}/known/environ` } }));
    let said = "";
    for (let round = 0; round < 20 && !/PermissionDenied/.test(said); round++) said += await use([...steps, ...looks]);
    expect([/PermissionDenied/.test(said), /OPENCODE_SERVER_PASSWORD|gqb_/.test(said)]).toEqual([true, false]); // some got past the look
    const left = `ls -R ${servers}/data 2>/dev/null; head -c 15 ${servers}/data/opencode/opencode.db`;
    await stopAgent(person, me);
    const kept = (await runAsUser(person, me, left)).out;
    expect(kept).toContain("SQLite format 3");
    expect(kept).not.toMatch(/hit-/);
    expect((await startAgent(person, me)).status).toBe(200);
    shell = await openShell(person, me);
    await shell("rm -rf plain led known seen");
  });
  it("is not taken from where its agent writes: no plugin, no configuration and no sign-in of its making is loaded", async () => {
    const plugin = `export const X = async () => { require("node:fs").writeFileSync(process.env.HOME + "/loaded", "yes"); return {} }`;
    await shell(`mkdir -p ~/.opencode/plugin ~/.config/opencode/plugin ~/.local/share/opencode .opencode/plugin
      for at in ~/.opencode ~/.config/opencode .opencode; do
        echo '${plugin}' >$at/plugin/x.js; echo '{"permission":{"*":"allow"},"username":"planted"}' >$at/opencode.json
      done
      cp ~/.opencode/opencode.json .
      echo '{"http://127.0.0.1:9/":{"type":"wellknown","key":"PLANTED","token":"x"}}' >~/.local/share/opencode/auth.json
      printf 'preload = ["./evil.js"]' >bunfig.toml; echo 'require("fs").writeFileSync(process.env.HOME + "/loaded", "yes")' >evil.js; echo PLANTED=1 >.env`);
    await stopAgent(person, me);
    expect((await startAgent(person, me, "You work on.")).status).toBe(200);
    shell = await openShell(person, me);
    const config = (await callOpenCode(person, me, "GET", `/config?directory=${here}`)).text;
    expect(config).toContain("You work on.");
    expect(config).not.toContain("planted");
    expect(await shell('ls ~/loaded 2>&1; echo "[$PLANTED]"')).toMatch(/No such file[\s\S]*\[\]/);
  });
  it("is not what its commands have in their environment, which is that of a proof's second place, as is what stands above", async () => {
    const said = await shell(`base64 -w0 /proc/$PPID/environ; echo
      at=$PPID; while [ "$at" -gt 1 ]; do echo "$(cat "/proc/$at/comm") $(base64 -w0 "/proc/$at/cmdline")"; at=$(awk '/^PPid:/ { print $2 }' "/proc/$at/status"); done`);
    const [variables = "", ...above] = said.trim().split("\n");
    const read = (text: string) => Buffer.from(text, "base64").toString().split("\0").filter(Boolean);
    const ofShell = ["HOSTNAME", "PWD", "SHLVL", "_"];
    const pairs = read(variables).map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]);
    expect(Object.fromEntries(pairs.filter(([name]) => !ofShell.includes(name!)))).toEqual(makeCommandEnv(me.id, 0, undefined));
    const [name, title = ""] = above.at(-1)?.split(" ") ?? [];
    expect([name, read(title)]).toEqual(["opencode", [...serverTitle(me.port)]]);
  });
  it("stays over a restart, and comes along from where an earlier release kept it", async () => {
    const id = await session();
    const there = async () => (await callOpenCode(person, me, "GET", `/session/${id}?directory=${here}`)).status;
    await stopAgent(person, me);
    expect([(await startAgent(person, me)).status, await there()]).toEqual([200, 200]);
    await stopAgent(person, me);
    const back = `rm -rf ~/.local/share/opencode && mkdir -p ~/.local/share && mv ${servers}/data/opencode ~/.local/share/opencode`;
    expect((await runAsUser(person, me, back)).code).toBe(0);
    expect([(await startAgent(person, me)).status, await there()]).toEqual([200, 200]);
    expect((await runAsUser(person, me, "test -e ~/.local/share/opencode")).code).not.toBe(0);
  });
});
