import { createServer } from "node:http";
import { runJob } from "./job.js";
import { Journal } from "./journal.js";
import { answer, repeat } from "./worker.js";

const journal = new Journal(process.env.DATA_FOLDER ?? "data");
const seconds = Number(process.env.EVERY_SECONDS ?? 60);
if (!(seconds >= 1)) throw new Error("EVERY_SECONDS must be a number of seconds, at least 1");
const stop = repeat(journal, runJob, seconds);
const server = createServer((request, response) => {
  const [status, body] = answer(journal, request.url?.split("?")[0]);
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
});
server.listen(Number(process.env.PORT ?? 8080));
process.on("SIGTERM", async () => {
  server.close();
  await stop();
});
