import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A member's own service that takes webhooks as the Standard Webhooks specification says, and refuses what is not signed so. */
export type Receiver = {
  url: string;
  /** Set when the address was registered. */
  secret: string;
  messages: { id: string; body: unknown }[];
  /** Every request, refused ones too. */
  asked: { path: string; headers: IncomingHttpHeaders }[];
  /** What the next calls are answered instead; `hang` never answers. */
  answer: (...how: (number | "hang")[]) => void;
  close: () => Promise<void>;
};

function signed(secret: string, headers: IncomingHttpHeaders, body: string): boolean {
  const [id, at, given] = [headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"]].map(String);
  if (!id || Math.abs(Number(at) - Date.now() / 1000) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest();
  return String(given)
    .split(" ")
    .some((one) => {
      const [version, signature = ""] = one.split(",");
      const bytes = Buffer.from(signature, "base64");
      return version === "v1" && bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
    });
}

export async function startReceiver(port: number): Promise<Receiver> {
  const answers: (number | "hang")[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      receiver.asked.push({ path: request.url ?? "", headers: request.headers });
      const how = answers.shift();
      if (how === "hang") return;
      if (how !== undefined) return void response.writeHead(how, how < 400 ? { location: `${receiver.url}/elsewhere` } : {}).end();
      if (!signed(receiver.secret, request.headers, body)) return void response.writeHead(401).end();
      receiver.messages.push({ id: String(request.headers["webhook-id"]), body: JSON.parse(body) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const receiver: Receiver = {
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: "", messages: [], asked: [] },
    answer: (...how) => void answers.push(...how),
    close: () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
  return receiver;
}
