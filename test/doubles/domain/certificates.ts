import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/**
 * Cloudflare for SaaS, as far as the edge speaks with it: custom hostnames of one zone, made, found, told and
 * deleted at `/zones/:zone/custom_hostnames`. A new one is pending until the test says otherwise.
 */
const hostnameIn = z.object({
  hostname: z.string().min(1).max(255),
  ssl: z.object({ method: z.enum(["http", "txt", "email"]), type: z.literal("dv"), settings: z.looseObject({}).optional() }),
});
type Hostname = {
  id: string;
  hostname: string;
  status: string;
  ssl: { id: string; status: string; method: string; type: string; validation_errors?: { message: string }[] };
  verification_errors?: string[];
  created_at: string;
};
export type CertificatesDouble = {
  url: string;
  zone: string;
  hostnames: Map<string, Hostname>;
  /** How the certificate of a name is by now. */
  become: (name: string, status: string, ssl: string, error?: string) => void;
  /** The next calls: refused with that status, or done although the caller hears 500. */
  fail: (...how: (401 | 429 | 500 | "lost")[]) => void;
  /** From now on calls are done, and answered once the function that it returns is called. */
  hold: () => () => void;
  calls: string[];
  close: () => Promise<void>;
};
const newHexId = () => randomBytes(16).toString("hex");
async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the shape refuses it
  }
}

export async function startCertificates(port: number, zone: string, token: string): Promise<CertificatesDouble> {
  const hostnames = new Map<string, Hostname>();
  const failures: (401 | 429 | 500 | "lost")[] = [];
  const calls: string[] = [];
  let held = Promise.resolve();
  type Said = { status: number; body: object };
  const good = (result: unknown, status = 200): Said => ({ status, body: { success: true, errors: [], messages: [], result } });
  const bad = (status: number, code: number, message: string): Said => ({
    status,
    body: { success: false, errors: [{ code, message }], messages: [], result: null },
  });
  const make = (given: unknown): Said => {
    const read = hostnameIn.safeParse(given);
    if (!read.success) return bad(400, 1400, "Unable to decode the JSON request body. Please check your input and try again.");
    const { hostname, ssl } = read.data;
    if (hostname.endsWith(".refused.example.org")) return bad(400, 1411, "Custom hostnames cannot be added for this name.");
    if (hostnames.has(hostname)) return bad(409, 1406, "Duplicate custom hostname found.");
    const made = { id: newHexId(), status: "initializing", method: ssl.method, type: ssl.type };
    const hostnameMade: Hostname = { id: newHexId(), hostname, status: "pending", ssl: made, created_at: new Date().toISOString() };
    hostnames.set(hostname, hostnameMade);
    return good(hostnameMade, 201);
  };
  const answer = async (request: IncomingMessage): Promise<Said> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://certificates");
    const [, , named, kind, id] = pathname.split("/");
    calls.push(`${request.method} ${pathname}${[...searchParams].length > 0 ? `?${searchParams}` : ""}`);
    const failure = failures.shift();
    if (failure === 401 || request.headers.authorization !== `Bearer ${token}`) return bad(401, 10_000, "Authentication error");
    if (failure === 429) return bad(429, 971, "Please wait and consider throttling your request speed");
    if (failure === 500) return bad(500, 1000, "Internal error");
    if (named !== zone || kind !== "custom_hostnames") return bad(404, 7003, "Could not route to the request");
    const found = [...hostnames.values()].find((each) => each.id === id);
    if (request.method === "POST" && id === undefined) {
      const said = make(await readBody(request));
      return failure === "lost" ? bad(500, 1000, "Internal error") : said;
    }
    if (request.method === "GET" && id === undefined)
      return good([...hostnames.values()].filter(({ hostname }) => hostname === (searchParams.get("hostname") ?? hostname)));
    if (!found) return bad(404, 1436, "The custom hostname was not found.");
    if (request.method === "GET") return good(found);
    if (request.method !== "DELETE") return bad(405, 7001, "Method not allowed");
    hostnames.delete(found.hostname);
    return failure === "lost" ? bad(500, 1000, "Internal error") : { status: 200, body: { success: true, result: { id: found.id } } };
  };
  const server = createServer((request, response) => {
    void answer(request).then(async ({ status, body }) => {
      await held;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ zone, hostnames, calls },
    become: (name, status, ssl, error) => {
      const known = hostnames.get(name);
      if (!known) throw new Error(`there is no custom hostname ${name}`);
      Object.assign(known, { status, ssl: { ...known.ssl, status: ssl, ...(error ? { validation_errors: [{ message: error }] } : {}) } });
    },
    hold: () => {
      const gate = Promise.withResolvers<void>();
      held = gate.promise;
      return gate.resolve;
    },
    fail: (...how) => void failures.push(...how),
    close: () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
