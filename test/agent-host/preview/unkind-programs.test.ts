import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Server as Listener, createServer as listen, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forwardRequest, sendError } from "../../../agent-host/gateway/forward.ts";
import { errorBody } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";

/**
 * Programs in a box may answer whatever they like: a caller gets an answer or a clear refusal, and nothing
 * breaks.
 */
let program: Listener;
let front: Server;
let says: (socket: Socket) => void = () => undefined;
const portOf = (server: Listener | Server) => (server.address() as AddressInfo).port;
beforeAll(async () => {
  program = listen((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => says(socket));
  });
  front = createServer((request, response) => {
    const requestId = newId("req");
    const port = portOf(program);
    const to = { url: `http://localhost:${port}${request.url}`, keep: false, headers: {}, firstByte: 20_000, requestId };
    const reached = async () => {
      const socket = connect(port, "127.0.0.1");
      return new Promise<Socket>((resolve, reject) => socket.once("connect", () => resolve(socket)).once("error", reject));
    };
    forwardRequest(request, response, { ...to, connect: reached }).catch((error: unknown) => sendError(response, error, requestId));
  });
  await Promise.all([program, front].map((server) => new Promise<void>((done) => void server.listen(0, "127.0.0.1", done))));
});
afterAll(() => {
  program.close();
  front.close();
});

const ask = () => fetch(`http://127.0.0.1:${portOf(front)}/x`);
const head = "HTTP/1.1 200 OK\r\n";
const long = "a".repeat(8_000);
test.each([
  ["text that is no HTTP", "bread, fresh\r\n\r\n"],
  ["bytes of nothing", "\0\xff\xfe\x01\r\n\r\n"],
  ["headers without end", `${head}${`x-a: ${long}\r\n`.repeat(20)}\r\n`],
  ["a header of 1 MB", `${head}x-a: ${"a".repeat(1_000_000)}\r\n\r\n`],
  ["a control character in a header", `${head}x-a: b\x01c\r\n\r\n`],
  ["a length that is none", `${head}content-length: many\r\n\r\n`],
  ["two lengths", `${head}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`],
  ["a length and chunks", `${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc`],
  ["a status that is none", "HTTP/1.1 7 Seven\r\n\r\n"],
  ["a status below all", "HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n"],
  ["a status of zeros", "HTTP/1.1 000 None\r\ncontent-length: 0\r\n\r\n"],
  ["a WebSocket that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"],
])("%s is refused as what the program did", async (_what, bytes) => {
  says = (socket) => socket.end(Buffer.from(bytes, "latin1"));
  const answer = await ask();
  expect([answer.status, errorBody.parse(await answer.json()).error.code]).toEqual([502, "upstream"]);
});

test("a program that hangs up without a word is away", async () => {
  says = (socket) => socket.destroy();
  const answer = await ask();
  expect([answer.status, errorBody.parse(await answer.json()).error.code]).toEqual([503, "unavailable"]);
});

test.each([
  ["a body shorter than its length", `${head}content-length: 100\r\n\r\nonly this`],
  ["a chunk that breaks off", `${head}transfer-encoding: chunked\r\n\r\n5\r\nbread\r\nzz\r\n`],
])("%s begins, and is cut off instead of being taken for whole", async (_what, bytes) => {
  says = (socket) => socket.end(bytes);
  const answer = await ask();
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow();
});

test("after each of them a kind program is shown", async () => {
  says = (socket) => socket.end(`${"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n".repeat(100)}${head}content-length: 5\r\n\r\nbread`);
  const answer = await ask();
  expect([answer.status, await answer.text()]).toEqual([200, "bread"]);
});
