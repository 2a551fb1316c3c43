import { type Agent, createServer, request, type Server } from "node:http";
import { type AddressInfo, connect, type Server as Listener, createServer as listen, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { endFreeConnections, forwardRequest, keepConnections, sendError } from "../../../agent-host/gateway/forward.ts";
import { newId } from "../../../schema/wire/id.ts";

/** Connections into a program that are kept from one visit to the next, and what a program may do to them. */
let program: Listener;
let front: Server;
let pool: Agent;
/** What has come to the program: the number of the connection, and the first line of the request. */
let seen: string[] = [];
let connections: Socket[] = [];
let says: (socket: Socket, nth: number) => void = () => undefined;
const portOf = (server: Listener | Server) => (server.address() as AddressInfo).port;
const open = () =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(portOf(program), "127.0.0.1");
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
beforeAll(async () => {
  program = listen((socket) => {
    const name = connections.push(socket);
    let nth = 0;
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      const line = /^([A-Z]+ \S+) HTTP/.exec(String(bytes))?.[1];
      if (line === undefined) return;
      seen.push(`${name} ${line}`);
      says(socket, ++nth);
    });
  });
  front = createServer((incoming, outgoing) => {
    const requestId = newId("req");
    const to = { url: `http://localhost:1${incoming.url}`, keep: false, headers: incoming.headers, firstByte: 20_000, requestId, pool };
    forwardRequest(incoming, outgoing, to).catch((error: unknown) => sendError(outgoing, error, requestId));
  });
  await Promise.all([program, front].map((server) => new Promise<void>((done) => void server.listen(0, "127.0.0.1", done))));
});
beforeEach(() => {
  pool?.destroy();
  pool = keepConnections(open);
  [seen, connections] = [[], []];
});
afterAll(() => {
  pool.destroy();
  program.close();
  front.close();
});

const offer = "keep-alive: timeout=5\r\n";
const bread = (more = offer) => `HTTP/1.1 200 OK\r\n${more}content-length: 5\r\n\r\nbread`;
/**
 * Asks over a connection of its own, and answers once that is closed: the one to the program is free then.
 */
const ask = (method: string, path: string, body = "", length = body.length) =>
  new Promise<[number | undefined, string]>((resolve, reject) => {
    const headers = length > 0 ? { "content-length": length } : {};
    const asked = request({ port: portOf(front), method, path, agent: false, headers });
    asked.once("error", reject);
    if (body.length === length) asked.end(body);
    else asked.write(body);
    asked.once("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("error", reject).once("end", () => asked.destroy());
      answer.once("close", () => resolve([answer.statusCode, text]));
    });
  });

test("a program that offers it is asked by the same connection again and again", async () => {
  says = (socket) => socket.write(bread());
  expect(await ask("GET", "/a")).toEqual([200, "bread"]);
  expect(await ask("POST", "/b", "two")).toEqual([200, "bread"]);
  expect(await ask("GET", "/c")).toEqual([200, "bread"]);
  expect(seen).toEqual(["1 GET /a", "1 POST /b", "1 GET /c"]);
});

test.each([
  ["does not offer it: it may serve one connection at a time", ""],
  ["closes so soon that it could do so just when it is used", "keep-alive: timeout=1\r\n"],
  ["says that it closes", "connection: close\r\n"],
])("a program has each call by a connection of its own where it %s", async (_what, more) => {
  says = (socket) => socket.write(bread(more));
  for (const path of ["/a", "/b"]) expect(await ask("GET", path)).toEqual([200, "bread"]);
  expect(seen).toEqual(["1 GET /a", "2 GET /b"]);
  await Promise.all(connections.map((each) => each.destroyed || new Promise((resolve) => each.once("close", resolve)))); // none is left open
});

test("what a program does to a connection that is used again is its own failure, and the next call has another", async () => {
  says = (socket, nth) => (nth === 1 ? socket.write(bread()) : socket.destroy());
  await ask("GET", "/a");
  expect((await ask("GET", "/b"))[0]).toBe(503);
  expect(await ask("GET", "/c")).toEqual([200, "bread"]);
  expect(seen).toEqual(["1 GET /a", "1 GET /b", "2 GET /c"]); // asked once each
});

test("an answer before the end of what is sent ends the sending", async () => {
  says = (socket) => socket.write(bread());
  expect(await ask("POST", "/a", "begun", 1_000_000)).toEqual([200, "bread"]);
  await new Promise((resolve) => (connections[0]!.destroyed ? resolve(true) : connections[0]!.once("close", resolve)));
  expect(await ask("GET", "/b")).toEqual([200, "bread"]);
  expect(seen).toEqual(["1 POST /a", "2 GET /b"]);
});

test("once its program is to end, none is kept, and what is under way goes on", async () => {
  let answer: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    says = (socket, nth) => {
      if (nth === 1 && connections.length === 1) return void socket.write(bread());
      answer = () => socket.write(bread());
      resolve();
    };
  });
  await ask("GET", "/a");
  const [free] = connections;
  const asked = ask("GET", "/b");
  await begun;
  endFreeConnections(pool);
  answer();
  expect(await asked).toEqual([200, "bread"]);
  await new Promise((resolve) => (free!.destroyed ? resolve(true) : free!.once("close", resolve)));
  expect(Object.keys(pool.freeSockets)).toEqual([]);
});
