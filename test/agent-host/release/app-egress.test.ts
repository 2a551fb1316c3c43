import { lookup } from "node:dns/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppSeen, appSeen } from "../../../schema/release/release-host.ts";
import { egressUse } from "../../../schema/stack/egress-use.ts";
import { eventually } from "../../harness/eventually.ts";
import { type GitServer, startGitServer } from "../../harness/git-server.ts";
import { joinAuthorities } from "../../harness/registries.ts";
import type { Started } from "../../local/process.ts";
import { makeRepository, readPair, startDaemonWithAuthor } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";
import { callApp, deploy, pushMain, putBody, seeApp, serverFiles, visit } from "./app-client.ts";

/** What is deployed reaches the names of its environment file that its member allows (issue 10.3, 10.4). */
const person = newPerson();
const folder = path.join(tmpdir(), `growqr-app-egress-${hostInstance.name}`);
let outside: GitServer;
let plain: Server;
let settings: Record<string, string>;
let daemon: Started;
let repo = "";

beforeAll(async () => {
  outside = await startGitServer(folder, `mail.${hostInstance.name}.growqr-test.example`, {
    page: (answer) => answer.end("hello"),
    endless: (answer) => void setInterval(() => answer.write("more"), 50).unref(),
  });
  const { address } = await lookup(outside.name);
  plain = createServer((_request, response) => response.end("plain hello"));
  await new Promise<void>((resolve) => plain.listen(80, address, resolve));
  settings = { BOX_AUTHORITIES: joinAuthorities(path.join(folder, "both.pem"), outside.ca) };
  daemon = await startDaemonWithAuthor(person, settings);
  repo = await makeRepository(person, "shop");
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
  await outside?.stop();
  plain?.close();
});

/** A server that runs what is posted to it, as a program of its own would do it. */
const shell = `if (request.method === "POST") { let line = ""; request.on("data", (part) => (line += part)).on("end", () =>
  require("node:child_process").execFile("bash", ["-c", line], (error, out, said) => response.end(out + said))); return }`;
const run = async (project: string, line: string) =>
  (
    await callHost("POST", `/stacks/${person.member}/apps/${project}/http/`, { ticket: await signStackTicket(person), raw: line })
  ).text.trim();
const curl = (project: string, url: string) => run(project, `curl -sS -m 10 ${url} || true`);
const setReach = async (project: string, names: string[]): Promise<AppSeen> =>
  (await callApp(person, "PUT", `/${project}/reach`, { names })).json(appSeen);
const release = async (project: string, over: object, reach: string[] = []) =>
  deploy(person, project, putBody(repo, await pushMain(person, repo, serverFiles(project, over, shell)), { reach }));
const mailer = () => {
  const migrate = `curl -sS https://${outside.name}/page >/data/migrated`;
  return { start: "node server.js", migrate, network: [outside.name, outside.other, outside.inside] };
};

describe("an app whose environment file names something beyond its machine", () => {
  it("reaches what its member allowed, over https and http, by curl and by fetch of Node; so does its migration", async () => {
    const { end } = await release("mailer", mailer(), [outside.name, outside.inside]);
    expect(end.failed).toBeUndefined();
    expect(await run("mailer", "cat /data/migrated")).toBe("hello");
    expect(await curl("mailer", `https://${outside.name}/page`)).toBe("hello");
    expect(await curl("mailer", `http://${outside.name}/page`)).toBe("plain hello");
    const fetches = ["https", "http"].map((scheme) => `fetch("${scheme}://${outside.name}/page").then((a) => a.text()).then(console.log)`);
    expect(await run("mailer", `node -e '${fetches[0]}'; node -e '${fetches[1]}'`)).toBe("hello\nplain hello");
    expect(await run("mailer", "ls /sys/class/net; curl -sS http://127.0.0.1:$PORT/")).toBe("lo\nmailer");
  });
  it("is refused every other name, every address and every port, and each name is told once", async () => {
    const { gitea, opencode, bridgeAddress } = await readPair(person);
    const names = [
      `https://${outside.other}/page`,
      "https://registry.npmjs.org/ms",
      "https://example.org/",
      `https://${outside.name}:8443/`,
    ];
    const addresses = ["169.254.169.254", "10.0.0.1", "127.0.0.1:22", gitea, opencode, bridgeAddress, hostInstance.gateway.address];
    for (const url of [...names, ...addresses.map((each) => `http://${each}/`), "http://localhost:22/"].flatMap((each) => [each, each]))
      expect([url, await run("mailer", `curl -s -m 10 --noproxy '' -o /dev/null -w '%{http_connect} %{http_code}' ${url}`)]).toEqual([
        url,
        url.startsWith("https:") ? "403 000" : "000 403",
      ]);
    // It is allowed, and leads inside.
    expect(await run("mailer", `curl -s -m 10 -o /dev/null -w '%{http_connect}' https://${outside.inside}/`)).not.toBe("200");
    const targets = [`${gitea}/3000`, `${opencode}/4100`, `${bridgeAddress}/22`, `${hostInstance.gateway.address}/8081`, "1.1.1.1/443"];
    const direct = `for to in ${targets.join(" ")}; do timeout 2 bash -c "</dev/tcp/$to" 2>/dev/null && echo $to; done; echo none`;
    expect(await run("mailer", `${direct}; timeout 5 getent hosts ${outside.name} || echo nameless`)).toBe("none\nnameless");
    const refused = (await seeApp(person, "mailer")).network?.refused ?? [];
    expect(refused.slice(0, 4)).toEqual([
      { name: outside.other, port: 443, asked: true },
      { name: "registry.npmjs.org", port: 443, asked: false },
      { name: "example.org", port: 443, asked: false },
      { name: outside.name, port: 8443, asked: true },
    ]);
    expect(refused).toHaveLength(names.length + addresses.length + 1);
    await run("mailer", `for n in $(seq 40); do curl -s -o /dev/null https://n$n.example.org/; done`);
    expect((await seeApp(person, "mailer")).network?.refused).toHaveLength(20);
  });
  it("is open to a name from the yes on, closed with its end, and a connection that is open then ends", async () => {
    expect((await setReach("mailer", [outside.name, outside.other])).network).toEqual({
      reach: [outside.name, outside.other],
      refused: [],
    });
    expect(await curl("mailer", `https://${outside.other}/page`)).toBe("hello");
    const endless = run("mailer", `curl -sS -m 60 -o /dev/null https://${outside.other}/endless; echo "ended with $?"`);
    await eventually("it is let out", async () => outside.asked.includes("/endless"));
    await setReach("mailer", [outside.name]);
    expect(await endless).toMatch(/^ended with (18|52|56)$/m);
    expect(await curl("mailer", `https://${outside.other}/page`)).toContain("403");
    expect(await curl("mailer", `https://${outside.name}/page`)).toBe("hello");
    expect((await callApp(person, "PUT", "/mailer/reach", { names: ["10.0.0.1"] })).status).toBe(400);
    expect((await callApp(person, "PUT", "/none/reach", { names: [] })).status).toBe(404);
  });
  it("keeps its way over an end of its own, and of the daemon", async () => {
    await run("mailer", "kill -9 $PPID").catch(() => undefined); // its answer is lost
    await eventually("it is back", async () => (await curl("mailer", `https://${outside.name}/page`)) === "hello", 30_000);
    await daemon.kill();
    daemon = await startDaemon(settings);
    await eventually("the way is open again", async () => (await curl("mailer", `https://${outside.name}/page`)) === "hello", 30_000);
    expect(await curl("mailer", `https://${outside.other}/page`)).toContain("403");
  });
  it("is counted as its own, within its member's volume of a day", async () => {
    const use = (await callHost("GET", `/stacks/${person.member}/egress`, { ticket: await signStackTicket(person) })).json(egressUse);
    const counted = use.days.filter(({ app }) => app === "mailer");
    expect(counted.map(({ name }) => name).sort()).toEqual([outside.name, outside.other, outside.inside].sort());
    expect(use.today.requests).toBe(use.days.reduce((sum, { requests }) => sum + requests, 0));
  });
});

describe("an app whose environment file names a service and names of the internet", () => {
  const counts = `if (request.url === "/view") return void require("node:child_process").execFile("psql",
    ["-qAt", "-c", "INSERT INTO view DEFAULT VALUES", "-c", "SELECT count(*) FROM view"], (error, out, said) => response.end(out + said));`;
  it("counts its views in Postgres, and calls out after its member's yes alone", async () => {
    const migrate = "psql -q -c 'CREATE TABLE IF NOT EXISTS view (at timestamptz DEFAULT now())'";
    const over = { services: ["postgres"], network: [outside.name], migrate, start: "node server.js" };
    const commit = await pushMain(person, repo, serverFiles("counter", over, counts + shell));
    const { end } = await deploy(person, "counter", putBody(repo, commit));
    expect([end.failed, end.served]).toEqual([undefined, true]);
    const view = async () => (await visit(person, "counter", "/view")).text.trim();
    expect([await view(), await view()]).toEqual(["1", "2"]);
    expect(await curl("counter", `https://${outside.name}/page`)).toContain("403");
    expect((await seeApp(person, "counter")).network?.refused).toEqual([{ name: outside.name, port: 443, asked: true }]);
    await setReach("counter", [outside.name]);
    expect(await curl("counter", `https://${outside.name}/page`)).toBe("hello");
    expect([await view(), await run("counter", "ls /sys/class/net")]).toEqual(["3", "lo"]);
    expect((await callApp(person, "DELETE", "/counter?data=true")).status).toBe(200);
  });
});

describe("an app whose environment file names nothing", () => {
  it("has loopback alone, whatever its member allows its agents", async () => {
    expect((await release("alone", { start: "node server.js" }, [outside.name])).end.served).toBe(true);
    expect(await run("alone", "env | grep -ic proxy; (</dev/tcp/127.0.0.1/1023) 2>/dev/null || echo closed; ls /sys/class/net")).toBe(
      "0\nclosed\nlo",
    );
    expect((await visit(person, "alone")).text).toBe("alone");
    expect((await seeApp(person, "alone")).network).toBeUndefined();
  });
});
