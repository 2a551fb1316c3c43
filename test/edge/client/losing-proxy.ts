import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What a way in between does to an answer: `lose` lets the edge do its work and breaks the connection before
 * a byte came back, `cut` within the body, `busy` and `away` answer 429 and 503 themselves.
 */
export type Mishap = "lose" | "cut" | "busy" | "away";
export type Passed = { method: string; path: string; key: string | undefined; mishap: Mishap | undefined };
const refusals = { busy: [429, "rate_limited"], away: [503, "unavailable"] } as const;

/** A way to the real edge on which the next calls meet the mishaps that a test puts in `next`, one each. */
export async function openLosingWay(to: string) {
  const next: (Mishap | undefined)[] = [];
  const passed: Passed[] = [];
  const target = new URL(to);
  const server = createServer((asked, answer) => {
    const mishap = next.shift();
    const { method = "", url = "/", headers } = asked;
    passed.push({ method, path: url, key: headers["idempotency-key"]?.toString(), mishap });
    if (mishap === "busy" || mishap === "away") {
      const [status, code] = refusals[mishap];
      asked.resume();
      answer.writeHead(status, { "content-type": "application/json", "retry-after": mishap === "busy" ? "1" : "0" });
      answer.end(JSON.stringify({ error: { code, message: "Later.", retryable: true, requestId: "req_test" } }));
      return;
    }
    const on = request(
      { host: target.hostname, port: target.port, path: url, method, headers: { ...headers, host: target.host } },
      (given) => {
        if (mishap === "lose") {
          given.resume().once("end", () => answer.destroy());
          return;
        }
        answer.writeHead(given.statusCode ?? 502, given.headers);
        if (mishap !== "cut") return void given.pipe(answer);
        given.once("data", (chunk: Buffer) => {
          answer.write(chunk.subarray(0, Math.max(1, chunk.length >> 1)), () => answer.destroy());
        });
      },
    );
    on.once("error", () => answer.destroy());
    answer.once("close", () => on.destroy());
    asked.pipe(on);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, next, passed, stop };
}
