import { createServer } from "node:http";
import { answer } from "./blog.js";

const server = createServer((request, response) => {
  const [path] = (request.url ?? "/").split("?");
  const [status, type, text] = answer(path, `https://${request.headers.host ?? "localhost"}`);
  response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? undefined : text);
});
server.listen(Number(process.env.PORT ?? 8080));
process.on("SIGTERM", () => server.close());
