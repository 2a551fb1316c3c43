import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { answer } from "./api.ts";
import { Notes } from "./notes.ts";

const folder = process.env.DATA_FOLDER ?? "data";
mkdirSync(folder, { recursive: true });
const notes = new Notes(path.join(folder, "notes.db"));
const mostBytes = 16_384;

const server = createServer(async (request, response) => {
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
  try {
    let body = "";
    request.setEncoding("utf8");
    for await (const part of request) {
      body += part;
      if (body.length > mostBytes) return send(413, { error: "the request is too long" });
    }
    const [asked = "/"] = (request.url ?? "/").split("?");
    const { status, body: said } = answer(notes, request.method ?? "GET", asked, body);
    send(status, said);
  } catch (error) {
    console.error(error); // a client that went in the middle, or a database that can't be read
    if (!response.headersSent) send(500, { error: "the request could not be answered" });
  }
});
server.listen(Number(process.env.PORT ?? 8080));
process.on("SIGTERM", () => server.close(() => notes.close()));
