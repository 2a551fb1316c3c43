import { Agent, request } from "node:http";
import { Socket } from "node:net";
import type { BoxConnections } from "../../../agent-host/preview/box-connector.ts";
import type { Series } from "../figures.ts";
import { now } from "../member.ts";
import { readContainer } from "./container.ts";

/** A way to a server: an address that this machine reaches, or a port in the network of a container. */
export type Way = { host: string; hostname: string; port: number; inside?: { connections: BoxConnections; pid: number } };
/** What is asked of a server, and the text that it must answer. */
export type Page = { path: string; text: string };
export type Crowd = { visits: number; atOnce: number };

/** The way of a visitor: all names of the product lead to this machine. */
export function findWay(address: string): Way {
  const { host, port } = new URL(address);
  return { host, hostname: "127.0.0.1", port: Number(port) };
}
/** The same server asked at its container: an app has no network but its own loopback. */
export async function findInnerWay(connections: BoxConnections, container: string): Promise<Way> {
  const { pid, port } = await readContainer(container);
  return { host: `localhost:${port}`, hostname: "127.0.0.1", port, inside: { connections, pid } };
}

/** Keeps so many connections open over all requests. */
export function keepConnections({ port, inside }: Way, atOnce: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  if (inside)
    agent.createConnection = (_, done) => {
      inside.connections.connect(inside.pid, port).then(
        (socket) => done?.(null, socket),
        (error: Error) => done?.(error, new Socket()),
      );
      return undefined;
    };
  return agent;
}

/**
 * Asks once. Throws where the answer is not the page. `nth`: visitors come from many addresses, since what
 * one address may ask for is bounded.
 */
export function visit({ host, hostname, port }: Way, { path, text }: Page, agent: Agent | false, nth = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { host, "cf-connecting-ip": `198.51.100.${nth % 200}` };
    const asked = request({ agent, hostname, port, path, headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      answer.once("error", reject);
      answer.once("end", () => {
        if (answer.statusCode === 200 && body === text) resolve();
        else reject(new Error(`${host}${path} answered ${answer.statusCode}: ${body.slice(0, 200)}`));
      });
    });
    asked.once("error", reject).end();
  });
}

const pauseMs = 5;
/** Asks over new connections until the page is answered. */
export async function waitForPage(way: Way, page: Page): Promise<void> {
  const end = now() + 60_000;
  let last: unknown;
  const answers = (nth: number) =>
    visit(way, page, false, nth).then(
      () => true,
      (error: unknown) => {
        last = error;
        return false;
      },
    );
  for (let nth = 0; !(await answers(nth)); nth++) {
    if (now() > end) throw new Error(`${way.host} did not answer within 60 s`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Visits over kept connections, so many at once: how many a second are answered. */
async function countVisits(way: Way, page: Page, { visits, atOnce }: Crowd): Promise<number> {
  const agent = keepConnections(way, atOnce);
  let next = 0;
  const work = async () => {
    while (next < visits) await visit(way, page, agent, next++);
  };
  const began = now();
  await Promise.all(Array.from({ length: atOnce }, work));
  const took = now() - began;
  agent.destroy();
  return (visits / took) * 1_000;
}
/**
 * Visits a second by both ways, in turns: a machine that gets slower or faster meanwhile does so for both.
 * The first turn warms them up.
 */
export async function compareVisits(
  ours: Way,
  raw: Way,
  page: Page,
  crowd: Crowd & { rounds: number },
): Promise<{ ours: Series; raw: Series }> {
  const found: { ours: Series; raw: Series } = { ours: [], raw: [] };
  for (let round = 0; round <= crowd.rounds; round++) {
    const rates = { ours: await countVisits(ours, page, crowd), raw: await countVisits(raw, page, crowd) };
    if (round === 0) continue;
    found.ours.push(rates.ours);
    found.raw.push(rates.raw);
  }
  return found;
}
