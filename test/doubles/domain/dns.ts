import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A resolver that speaks DNS over HTTPS in JSON, as Cloudflare's and Google's do, at
 * `/dns-query?name=&type=`. A CNAME is followed, and its chain answered.
 */
const types = { A: 1, CNAME: 5, TXT: 16, AAAA: 28 } as const;
type RecordType = keyof typeof types;
export type DnsDouble = {
  url: string;
  set: (name: string, type: RecordType, ...data: string[]) => void;
  /** The next answers: a status of HTTP, a code of the DNS, or none at all. */
  fail: (...how: (500 | "SERVFAIL" | "hang" | "html")[]) => void;
  asked: string[];
  close: () => Promise<void>;
};

export async function startDns(port: number): Promise<DnsDouble> {
  const records = new Map<string, string[]>();
  const failures: (500 | "SERVFAIL" | "hang" | "html")[] = [];
  const asked: string[] = [];
  const answersFor = (name: string, type: RecordType, depth = 0): { name: string; type: number; TTL: number; data: string }[] => {
    const recordsOf = (kind: RecordType) =>
      (records.get(`${name} ${kind}`) ?? []).map((data) => ({ name: `${name}.`, type: types[kind], TTL: 60, data }));
    const [alias] = type === "CNAME" ? [] : recordsOf("CNAME");
    if (!alias || depth > 8) return recordsOf(type);
    return [alias, ...answersFor(alias.data.replace(/\.$/, ""), type, depth + 1)];
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://dns");
    const [name, type] = [searchParams.get("name")?.toLowerCase() ?? "", searchParams.get("type") ?? "A"];
    const json = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/dns-json" }).end(JSON.stringify(body));
    if (pathname !== "/dns-query" || request.headers.accept !== "application/dns-json") return void json(400, { error: "Invalid query." });
    asked.push(`${type} ${name}`);
    const failure = failures.shift();
    if (failure === "hang") return;
    if (failure === "html") return void response.writeHead(200, { "content-type": "text/html" }).end("<p>Sign in to this network</p>");
    if (failure === 500) return void json(500, { error: "Internal" });
    if (failure === "SERVFAIL") return void json(200, { Status: 2, Question: [] });
    if (!(type in types)) return void json(400, { error: "Invalid type." });
    const found = answersFor(name, type as RecordType);
    const known = [...records.keys()].some((key) => key.startsWith(`${name} `));
    json(200, { Status: known ? 0 : 3, TC: false, RD: true, RA: true, ...(found.length > 0 ? { Answer: found } : {}) });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`,
    set: (name, type, ...data) => void (data.length > 0 ? records.set(`${name} ${type}`, data) : records.delete(`${name} ${type}`)),
    fail: (...how) => void failures.push(...how),
    asked,
    close: () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
