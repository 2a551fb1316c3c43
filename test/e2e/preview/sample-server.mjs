import { createHash } from "node:crypto";
import { createServer } from "node:http";

/**
 * A program as an agent may write one: run in the box by the tests of previews. It listens on loopback alone.
 */
const page = '<!doctype html><html><head><title>Guests</title></head><body><h1>Guest book</h1><img src="/missing.png"></body></html>';
const large = Buffer.alloc(3_000_000, "0123456789");

const held = [];

function range(header) {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(header ?? "") ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to) };
}

const server = createServer(async (request, answer) => {
  const pathname = request.url.split("?")[0]; // of “//” no address can be made
  if (pathname === "/written") {
    const { searchParams } = new URL(request.url, "http://localhost");
    return answer.writeHead(200, { "content-type": "text/html" }).end(searchParams.get("html"));
  }
  if (pathname === "/") return answer.writeHead(200, { "content-type": "text/html", "x-frame-options": "DENY" }).end(page);
  if (pathname === "/said") {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    const told = JSON.stringify({ method, url, headers, bytes: body.length });
    const cookies = [
      "mine=1; Path=/; Domain=localhost; SameSite=Lax",
      "growqr_preview=forged; Path=/",
      "__Host-growqr_preview=forged; Path=/",
    ];
    return answer.writeHead(200, { "content-type": "application/json", "set-cookie": cookies, "clear-site-data": '"*"' }).end(told);
  }
  if (pathname === "/large") {
    const part = range(request.headers.range);
    if (!part) return answer.writeHead(200, { "content-length": large.length }).end(large);
    const headers = { "content-range": `bytes ${part.from}-${part.to}/${large.length}` };
    return answer.writeHead(206, headers).end(large.subarray(part.from, part.to + 1));
  }
  if (pathname === "/away") return answer.writeHead(302, { location: `http://localhost:${server.address().port}/said?from=away` }).end();
  if (pathname === "/slow") {
    answer.writeHead(200, { "content-type": "text/plain" });
    answer.write("first\n");
    held.push(answer);
    return;
  }
  if (pathname === "/slow-end") {
    for (const each of held.splice(0)) each.end("second\n");
    return answer.end();
  }
  if (pathname === "/taken") {
    // Says what it has by now of an upload that has not ended.
    request.once("data", (first) => answer.writeHead(200).end(`${first}`));
    return;
  }
  if (pathname === "/raw") return request.socket.end("bread, fresh\r\n\r\n");
  if (pathname === "/into")
    return answer.writeHead(302, { location: new URL(request.url, "http://localhost").searchParams.get("to") }).end();
  if (pathname.includes("//") || /%2f/i.test(request.url)) return answer.end(request.url);
  if (pathname === "/end") return answer.end("bye", () => process.exit(0));
  answer.writeHead(404).end("no such page");
});

/** One text frame, short enough for a length in one byte. */
const frame = (text) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
server.on("upgrade", (request, socket) => {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  socket.write(frame(`hello ${request.headers.host} ${request.headers.origin}`));
  socket.on("data", (data) => (data[0] & 15) === 1 && socket.write(frame(`heard ${(data[1] ?? 0) & 127}`)));
  socket.on("error", () => socket.destroy());
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
