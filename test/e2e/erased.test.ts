import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createClient } from "@libsql/client";
import { beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { Edge } from "../../actors/runner/edge.ts";
import { loadMachine } from "../../actors/runner/machine.ts";
import { erasureOut } from "../../schema/account/erasure.ts";
import { attachment } from "../../schema/conversation/attachment.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { projectCommandOut } from "../../schema/project/project-command.ts";
import { newId } from "../../schema/wire/id.ts";
import { type Found, hunt, type Store, type Trace } from "../harness/hunt.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { runnerFolder } from "../local/runner.ts";
import { Owner } from "./owner.ts";

/**
 * Issue 26.10: a member plants a word of its own by each door that a person uses, has their account erased,
 * and then every byte of every store is searched for these words, their address and their ids. The tests
 * follow one another.
 */
const product = inject("product");
const { ports } = readInstance(product.instance);
const minutes = 60_000;
skipAfterFailure();
/** Words that stand nowhere else, so that one that is found was planted here. */
const word = () => Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => String.fromCharCode(97 + (byte % 26))).join("");
const words = {
  ...{ address: word(), message: word(), file: word(), shell: word(), attachment: word(), memory: word(), goal: word() },
  ...{ project: word(), title: word(), command: word(), variable: word().toUpperCase(), variableValue: word() },
  ...{ secret: word(), secretValue: word(), token: word(), webhook: word() },
};
const traces: Trace[] = Object.entries(words).map(([name, text]) => ({ name, text }));
const address = `${words.address}@example.com`;
let owner: Owner;
/** The member's key, as the edge tells it to the runner. */
const askKey = () => new Edge(loadMachine(runnerFolder(product.folder), product.edgeUrl)).memberKey(owner.member, newId("req"));

/** The doubles of the identity provider, the mail and payment services and the model are other companies'. */
const doubles = ["identity", "mail", "model", "payments"].flatMap((name) => [`${name}.log`, `${name}.json`]);
const partFolders = ["libsql", "engine", "host", "runner", "edge"] as const;
let stores: Store[];
const run = promisify(execFile);
beforeAll(async () => {
  const docker = (await run("docker", ["info", "--format", "{{.DockerRootDir}}"])).stdout.trim();
  stores = [
    ...partFolders.map((name) => ({ name, folders: [path.join(product.folder, name)] })),
    { name: "rest of the state folder", folders: [product.folder], except: [...doubles, ...partFolders] },
    // `merged` shows what lies in `diff` of the layers, which are searched.
    { name: "docker", folders: [docker, "/run/docker"], except: ["merged"] },
    { name: "temporary", folders: [tmpdir(), "/var/tmp", "/dev/shm"] },
  ];
  owner = await Owner.provision(address);
  const { actor } = z.object({ actor: z.object({ stackId: z.string() }) }).parse((await owner.person.call("GET", "/actors/me")).body);
  const { key: bytes } = await askKey();
  const key = Buffer.from(bytes).toString("base64url");
  for (const [name, text] of Object.entries({ member: owner.member, stack: actor.stackId, agent: owner.actor, key }))
    traces.push({ name, text });
});

async function huntAll(when: string): Promise<Found[]> {
  const began = Date.now();
  const all = await Promise.all(stores.map((store) => hunt(traces, store)));
  const parts = all.map(({ files, bytes }, at) => `${stores[at]!.name} ${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
  console.info(`${when}: ${traces.length} traces in ${((Date.now() - began) / 1000).toFixed(1)} s; ${parts.join("; ")}`);
  return all.flatMap(({ found }) => found);
}
/** Traces of what was found, by store. */
const tracesIn = (found: readonly Found[], store: string) =>
  [...new Set(found.filter((each) => each.store === store).map(({ trace }) => trace))].sort();

test("a member's words stand in every store where they should: the hunt finds what is there", { timeout: limit(6 * minutes) }, async () => {
  const { person, events, actor } = owner;
  const call = async (method: string, where: string, body: object) => {
    const answer = await person.call(method, where, body);
    expect([method, where, answer.status < 300, answer.body]).toEqual([method, where, true, expect.anything()]);
    return answer.body;
  };
  const ready = events.wait("project.step", ({ body }) => body.step === "ready" || body.state === "failed", 4 * minutes);
  await call("POST", "/projects", { name: words.project, template: "landing-page", title: words.title });
  expect((await owner.allowUntil(ready)).body.state).toBe("done");
  await call("PUT", `/secrets/${words.secret}`, { value: words.secretValue, origin: "https://example.com" });
  await call("PUT", `/projects/${words.project}/secrets/${words.variable}`, { value: words.variableValue });
  await call("POST", "/git/tokens", { name: words.token, repositories: ["growqr/memory"] });
  await call("PUT", "/memory/file", { path: `notes/${words.memory}.md`, text: `${words.memory}\n`, base: null });
  await call("POST", "/goals", { title: words.goal });
  await call("POST", "/reminders/webhook", { url: `https://${words.webhook}.example.com/` });
  const line = { command: `echo ${words.command}`, seconds: 60 };
  const { id } = projectCommandOut.parse(await call("POST", `/projects/${words.project}/commands`, line)).command;
  await events.wait("project.command", ({ body }) => body.commandId === id && body.state === "complete", 2 * minutes);
  const headers = { authorization: `Bearer ${await person.token()}`, "content-type": "application/octet-stream" };
  const given = { method: "POST", headers, body: words.attachment };
  attachment.parse(await (await fetch(`${product.edgeUrl}/actors/${actor}/attachments?name=a.txt`, given)).json());
  const steps = [
    { tool: "write", args: { filePath: "note.txt", content: words.file } },
    { tool: "bash", args: { command: `echo ${words.shell} | tee said.txt`, description: "say" } },
    { text: "Done." },
  ];
  const { turnId } = await send(person, actor, `${words.message} ${script(...steps)}`);
  await events.wait("turn.state", ({ body }) => body.turnId === turnId && body.state === "done");

  const found = await huntAll("before");
  const ids = ["agent", "member"];
  expect(tracesIn(found, "libsql")).toEqual([...ids, "address", "project", "secret", "stack", "token", "variable", "webhook"].sort());
  expect(tracesIn(found, "engine")).toEqual([...ids, "stack"].sort()); // what was said is there, sealed with the member's key
  expect(tracesIn(found, "host")).toEqual(expect.arrayContaining([...ids, "project", "stack"]));
  const kept = ["attachment", "file", "goal", "memory", "message", "project", "shell", "title", "variable"];
  expect(tracesIn(found, "docker")).toEqual(expect.arrayContaining([...ids, "stack", ...kept]));
  expect(tracesIn(found, "rest of the state folder")).toEqual(expect.arrayContaining(ids)); // logs
  // Values of secrets are sealed wherever they rest, and so is the member's key.
  const sealed = ["secretValue", "variableValue", "key"];
  expect(found.filter(({ trace }) => sealed.includes(trace))).toEqual([]);
});

test("the account is erased", { timeout: limit(4 * minutes) }, async () => {
  const { person } = owner;
  owner.events.close();
  const { confirmBy } = erasureOut.parse((await person.call("GET", "/account/erasure")).body);
  expect((await person.call("POST", "/account/erasure", { confirm: confirmBy })).status).toBe(202);
  const state = async () => {
    const { status, body } = await person.call("GET", "/account/erasure").catch(() => ({ status: 401, body: null })); // the sign-in is deleted
    return status === 200 ? erasureOut.parse(body).state : "erased";
  };
  await expect.poll(state, { timeout: limit(2 * minutes), interval: 500 }).toBe("erased");
  await expect(askKey()).rejects.toMatchObject({ code: "not_found" });
});

/** What may stay, where, and why. Everything else that is found is a fault. */
const ids = ["member", "stack", "agent"];
const allowed: { store: string; file: RegExp; traces: readonly string[] }[] = [
  // libSQL's server refuses `secure_delete`, VACUUM and checkpoints: free pages and its two logs keep deleted
  // rows until they are written over (edge/README.md). No row has them any more, which is looked at below.
  {
    store: "libsql",
    file: /\/libsql\/dbs\/default\/(data|data-wal|wallog)$/,
    traces: [...ids, "address", "project", "secret", "token", "variable", "webhook"],
  },
  // The engine keeps the pages of a destroyed actor's database: what was said is sealed there with the
  // member's key, which is gone; ids, which name nobody, are not sealed.
  { store: "engine", file: /\/engine\/\d+\.(log|sst)$/, traces: ids },
  // Who reads logs needs to know whom a line is about: ids, which name nobody once the rows are gone. The
  // daemon's own lines also say which project a release or a run is of. Docker's rotation ends them.
  { store: "rest of the state folder", file: /\/(edge|host|runner)\.log$/, traces: ids },
  { store: "rest of the state folder", file: /\/host\.log$/, traces: ["project"] },
  // Who asked how often, by id: free pages of workerd's own databases.
  { store: "edge", file: /\/edge\/ratelimit\/.*\.sqlite(-wal)?$/, traces: ids },
  // Free pages of Docker's own lists: names and labels of containers, volumes and networks that are gone.
  {
    store: "docker",
    file: /\/(volumes\/metadata|network\/files\/local-kv|io\.containerd\.metadata\.v1\.bolt\/meta)\.db$/,
    traces: [...ids, "project"],
  },
];

test("no byte of theirs is left in any store, but what is allowed there with its reason", { timeout: limit(2 * minutes) }, async () => {
  const found = await huntAll("after");
  const isAllowed = ({ store, file, trace }: Found) =>
    allowed.some((each) => each.store === store && each.file.test(file) && each.traces.includes(trace));
  expect(found.filter((each) => !isAllowed(each))).toEqual([]);
});

test("no row of the database, no object of Docker, no rule of the network and no actor of the engine is theirs", async () => {
  const client = createClient({ url: `http://127.0.0.1:${ports.libsql}` });
  const tables = await client.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
  const rows = await Promise.all(tables.rows.map(({ name }) => client.execute(`select * from "${String(name)}"`)));
  client.close();
  const lists = [
    ["docker", "ps", "-a", "--no-trunc", "--format", "{{json .}}"],
    ["docker", "volume", "ls", "--format", "{{json .}}"],
    ["docker", "network", "ls", "--format", "{{json .}}"],
    ["docker", "images", "-a", "--format", "{{json .}}"],
    ["nft", "list", "ruleset"],
    ["ps", "-e", "-o", "args"],
  ];
  const printed = await Promise.all(lists.map(([command = "", ...args]) => run(command, args, { maxBuffer: 1 << 26 })));
  const all = [JSON.stringify(rows.map((each) => each.rows)), ...printed.map(({ stdout }) => stdout)];
  const left = all.flatMap((text, at) =>
    traces.flatMap(({ name, text: trace }) => (text.includes(trace) ? [[lists[at - 1] ?? "rows", name]] : [])),
  );
  expect(left).toEqual([["rows", "member"]]); // of the erasure itself, so that a token which outlives it makes no member
});
