import { once } from "node:events";
import { Agent, createServer as createHttpServer, request, type Server } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { joinUpgrade } from "../../../agent-host/preview/join-upgrade.ts";
import { formatRefusal, formatUpgrade } from "../../../schema/wire/upgrade.ts";

/** A program in a box, the host's door before it, and a client that keeps its connections. */
let says: (socket: Socket, asked: string) => void = () => undefined;
const heard: string[] = [];
const program = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    heard.push(bytes.toString());
    says(socket, bytes.toString());
  });
});
let door: Server;
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
beforeAll(async () => {
  door = createHttpServer((_request, response) => response.end("the host's own answer"));
  door.on("upgrade", (incoming, socket, head) => {
    const far = connect(portOf(program), "127.0.0.1");
    joinUpgrade(socket, far, { request: formatUpgrade(incoming.url ?? "/", {}), head }).catch((error: unknown) =>
      socket.end(formatRefusal(error, "req_x")),
    );
  });
  await Promise.all([program, door].map((server) => new Promise<void>((done) => void server.listen(0, "127.0.0.1", done))));
});
afterAll(() => {
  program.close();
  door.close();
  door.closeAllConnections();
});

/** Whether a WebSocket was agreed to, and what was answered. */
function ask(agent: Agent): Promise<{ status: number; socket?: Socket; first?: Buffer }> {
  const headers = { connection: "Upgrade", upgrade: "websocket" };
  const asked = request({ host: "127.0.0.1", port: portOf(door), path: "/hot", headers, agent });
  return new Promise((resolve, reject) => {
    asked.once("error", reject);
    asked.once("upgrade", (_answer, socket, first) => resolve({ status: 101, socket: socket as Socket, first }));
    asked.once("response", (answer) => answer.resume().once("end", () => resolve({ status: answer.statusCode ?? 0 })));
    asked.end();
  });
}
async function askPlain(agent: Agent): Promise<string> {
  const asked = request({ host: "127.0.0.1", port: portOf(door), path: "/secret-of-another-member", agent });
  const answered = once(asked, "response");
  asked.end();
  const [answer] = await answered;
  let text = "";
  for await (const bytes of answer) text += bytes;
  return text;
}

test.each([
  ["an ordinary answer", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"],
  ["an answer without end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbread\r\n"],
  ["another status", "HTTP/1.1 1010 Odd\r\n\r\n"],
  ["no HTTP", "bread\r\n\r\n"],
  ["a head without end", `HTTP/1.1 101 Yes\r\nx: ${"a".repeat(20_000)}`],
])("%s to one who asks for a WebSocket is refused, and the next call never reaches the program", async (_what, answer) => {
  says = (socket) => socket.write(answer);
  heard.length = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask(agent)).status).toBe(502);
  expect(await askPlain(agent)).toBe("the host's own answer");
  expect(heard.join("")).not.toContain("secret");
  agent.destroy();
});

test("a program that agrees is joined, in one piece or in many", async () => {
  says = (socket, asked) => {
    if (!asked.startsWith("GET")) return void socket.write(`heard ${asked}`);
    for (const letter of "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n") socket.write(letter);
    socket.write("hello");
  };
  const agent = new Agent();
  const { status, socket, first } = await ask(agent);
  expect(status).toBe(101);
  let said = String(first);
  socket!.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  socket!.write("bread");
  await expect.poll(() => said).toBe("helloheard bread");
  socket!.destroy();
});

test("a program that hangs up, and a caller who leaves before it answers, end the other side", async () => {
  says = (socket) => socket.destroy();
  expect((await ask(new Agent())).status).toBe(503);
  const reached = new Promise<Socket>((resolve) => {
    says = (socket) => resolve(socket);
  });
  const asked = request({ host: "127.0.0.1", port: portOf(door), headers: { connection: "Upgrade", upgrade: "websocket" } });
  asked.on("error", () => undefined);
  asked.end();
  const far = await reached;
  const ended = once(far, "close");
  asked.destroy();
  await ended;
});

test("to one who never reads, a program can say no more than the line holds; whoever comes beside them is answered", async () => {
  const flood = Buffer.alloc(1024 * 1024, "bread");
  let [said, stopped] = [0, false];
  says = (socket, asked) => {
    if (!asked.startsWith("GET")) return;
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    const say = () => {
      while (said < 400 && socket.write(flood)) said++;
      stopped = said < 400;
    };
    socket.on("drain", () => {
      said++; // what filled it up is on its way
      say();
    });
    say();
  };
  const { status, socket } = await ask(new Agent());
  expect(status).toBe(101);
  socket!.pause();
  let before = -1;
  await expect
    .poll(() => {
      const same = stopped && said === before;
      before = said;
      return same;
    })
    .toBe(true);
  expect(said).toBeLessThan(100); // megabytes, most of them in the kernel's own buffers
  expect(await askPlain(new Agent())).toBe("the host's own answer");
  socket!.destroy();
});
