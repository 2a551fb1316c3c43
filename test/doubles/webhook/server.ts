import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/**
 * A member's service that takes webhooks by the Standard Webhooks specification and refuses unsigned ones.
 */
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

function isSigned(secret: string, headers: IncomingHttpHeaders, body: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
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
      if (!isSigned(receiver.secret, request.headers, body)) return void response.writeHead(401).end();
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
