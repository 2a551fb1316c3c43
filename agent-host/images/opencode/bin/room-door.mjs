// Says who wants the network in a clean room, where there is none: each name that is looked up, and each
// target that the way out is asked for, with the program that most likely did it. Answers at once that there
// is none, for programs that wait and ask again would only fail later.
import { createSocket } from "node:dgram";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

const [doorPort, firstUser, lastUser] = process.env.DOOR.split(" ").map(Number);
const mostTellings = 5_000;
/** A program that looks for a name asks for both kinds of address. */
const lookups = { name: "", at: 0, said: 0 };
/** What is said comes from programs of the work. */
const keepPrintable = (text) => text.replace(/[^ -_a-~]/g, "?");
function tellName(name) {
  if (lookups.said >= mostTellings || (lookups.name === name && performance.now() - lookups.at < 50)) return;
  Object.assign(lookups, { name, at: performance.now(), said: lookups.said + 1 });
  process.stdout.write(`${JSON.stringify({ name: keepPrintable(name).slice(0, 200), program: keepPrintable(findAsker()) })}\n`);
}

const withoutFolder = (word) => word.slice(word.lastIndexOf("/") + 1);
/** The program of the users that was started last and has started no other. */
function findAsker() {
  const all = readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      const user = Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
      if (!(user >= firstUser && user <= lastUser)) return [];
      const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
        .replace(/^.*\) /s, "")
        .split(" ");
      return [{ pid, parent: fields[1], started: Number(fields[19]), words: readFileSync(`/proc/${pid}/cmdline`, "utf8").split(/[\0 ]/) }];
    } catch {
      return []; // it has ended
    }
  });
  const parents = new Set(all.map(({ parent }) => parent));
  const [asker] = all.filter(({ pid, words }) => !parents.has(pid) && words[0] !== "").sort((a, b) => b.started - a.started);
  return describeWords(asker?.words ?? []);
}
/**
 * The program and the first of its words: without folders, addresses and code that stands in the line itself.
 */
function describeWords([program = "", ...words]) {
  const interprets = /^(?:node|python[\d.]*|sh|bash|ruby|perl)$/.test(withoutFolder(program));
  const isTool = interprets && words[0] !== undefined && !/^-|\./.test(withoutFolder(words[0]));
  const shown = (isTool ? words : [program, ...words])
    .filter((word) => word !== "" && !word.includes("://"))
    .map((word, at) => (at < 2 ? withoutFolder(word) : word));
  const code = interprets ? shown.findIndex((word) => /^-\w*[cep]$|^--(?:eval|print)$/.test(word)) : -1;
  return shown
    .slice(0, code < 0 ? 4 : code + 1)
    .join(" ")
    .slice(0, 80);
}

/** The name that a question to a resolver is about. */
function readQuestion(packet) {
  const labels = [];
  for (let at = 12; packet[at] > 0 && packet[at] < 64; at += packet[at] + 1)
    labels.push(packet.toString("latin1", at + 1, at + 1 + packet[at]));
  return labels.join(".");
}
const resolver = createSocket("udp4");
resolver.on("message", (packet, { port: from, address }) => {
  if (packet.length < 17 || packet[2] & 0x80) return;
  const name = readQuestion(packet);
  if (name.includes(".")) tellName(name);
  const answer = Buffer.from(packet);
  answer.writeUInt16BE(0x8183, 2); // there is no such name
  answer.fill(0, 6, 12);
  resolver.send(answer, from, address, () => undefined);
});
resolver.on("error", () => undefined); // another one serves names here: then they are not known

const refusal = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/keepPrintable\r\nConnection: close\r\n\r\nA clean room has no network.\n";
const wayOut = createServer((request, answer) => {
  tellName(/^https?:\/\/([^/:]+)/.exec(request.url ?? "")?.[1] ?? request.headers.host?.split(":")[0] ?? "");
  answer.writeHead(403, { connection: "close" }).end("A clean room has no network.\n");
});
wayOut.on("connect", (request, socket) => {
  socket.on("error", () => undefined);
  tellName((request.url ?? "").replace(/:\d+$/, ""));
  socket.end(refusal);
});
wayOut.on("clientError", (_error, socket) => socket.destroy());
resolver.bind(53, "127.0.0.1");
wayOut.listen(doorPort, "127.0.0.1", () => process.stdout.write("{}\n"));
