import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { installGoTool } from "../../harness/go-tool.ts";
import { start } from "../../local/process.ts";

/**
 * Stripe's published mock server. It keeps nothing and answers every call with an example, but it knows each
 * address of the API and each of its parameters with their types, and refuses what is none of them. It takes
 * a name that it does not know within a parameter (`line_items[0][prise]`), and whatever stands in `expand`:
 * the first is refused by the types of Stripe's library, and what the double does not expand is not there.
 */
const stripeMock = { module: "github.com/stripe/stripe-mock", version: "v0.203.0" };

export async function startStripeMock(): Promise<{ socket: string; stop: () => Promise<void> }> {
  const command = await installGoTool(stripeMock);
  const folder = mkdtempSync(path.join(tmpdir(), "stripe-mock-"));
  const socket = path.join(folder, "socket"); // a path in a clone may be longer than a socket's may be
  const ready = async () => existsSync(socket);
  const started = await start({ name: "stripe-mock", command, args: ["-http-unix", socket], folder, ready });
  const stop = async () => {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { socket, stop };
}

export type StripeCall = { method: string; path: string; query: URLSearchParams; body: string };
/** Why Stripe's API takes no such call, whatever is there; undefined where it does. */
export async function askStripeMock(socketPath: string, { method, path: where, query, body }: StripeCall): Promise<string | undefined> {
  const headers = { authorization: "Bearer sk_test_123", "content-type": "application/x-www-form-urlencoded" };
  const url = query.size > 0 ? `${where}?${query}` : where;
  const answer = await new Promise<{ status: number; words: string }>((resolve, reject) => {
    const asked = request({ socketPath, method, path: url, headers, timeout: 10_000 }, (response) => {
      text(response).then((words) => resolve({ status: response.statusCode ?? 0, words }), reject);
    });
    asked.once("error", reject).once("timeout", () => asked.destroy(new Error("Stripe's mock does not answer")));
    asked.end(body);
  });
  return answer.status < 400 ? undefined : answer.words;
}
