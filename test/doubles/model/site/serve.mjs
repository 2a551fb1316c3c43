import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";

const mostBytes = 4_000;
const mostCharacters = 500;

/** Status and text for a path. Only pages beside this file are served; their forms reach this server. */
export function answer(path) {
  const name = path === "/" ? "index.html" : path.slice(1);
  const file = new URL(name, import.meta.url);
  if (!/^[a-z-]+\.html$/.test(name) || !existsSync(file)) return [404, "Not here"];
  return [200, readFileSync(file, "utf8").replace('data-server="no"', 'data-server="yes"')];
}
/** An order as it is kept: who asks, and for what. Undefined for anything else. */
export function readOrder(text) {
  try {
    const { name, wants } = JSON.parse(text);
    const good = [name, wants].every((each) => typeof each === "string" && each.trim() !== "" && each.length <= mostCharacters);
    return good ? { name: name.trim(), wants: wants.trim() } : undefined;
  } catch {
    return undefined;
  }
}
const oneLine = (text) => text.replace(/[\s\p{C}]+/gu, " ");
/** A server of the pages; `keep` is given each order. */
export function makeServer(keep) {
  return createServer((request, response) => {
    const say = (status, text, type = "text/plain") => response.writeHead(status, { "content-type": `${type}; charset=utf-8` }).end(text);
    const path = request.url.split("?")[0];
    if (path !== "/orders") {
      const [status, text] = answer(path);
      return say(status, text, "text/html");
    }
    if (request.method !== "POST") return say(405, "Orders are sent here");
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part) => {
      text += part;
      if (text.length > mostBytes) request.destroy();
    });
    request.on("end", () => {
      const order = readOrder(text);
      if (order) keep(order);
      return order ? say(201, "Taken") : say(400, "An order says your name and what you would like");
    });
  });
}
if (process.argv[1] === new URL(import.meta.url).pathname) {
  const orders = `${existsSync("/data") ? "/data" : tmpdir()}/orders.jsonl`; // what is online keeps its files in /data
  const keep = (order) => {
    appendFileSync(orders, `${JSON.stringify(order)}\n`);
    console.log(`New order from ${oneLine(order.name)}: ${oneLine(order.wants)}`); // its owner reads it where the project's logs are
  };
  makeServer(keep).listen(Number(process.env.PORT ?? 8080));
}
