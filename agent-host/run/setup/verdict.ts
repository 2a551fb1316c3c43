import type { CheckFailure } from "../../../schema/proof/proof.ts";
import { registryNames } from "../../../schema/stack/egress-names.ts";
import { AppError } from "../../../schema/wire/error.ts";
import type { RoomResult } from "../room/run-room.ts";
import { failSetup } from "./failure.ts";

/**
 * How package managers say that a registry, or the way to it, is away: the work is not at fault, and it is
 * tried again. `Error: aborted` is yarn's word for a file that was cut, the one on a body is uv's.
 */
const awayPatterns = [
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E50[0-9]|ERR_PNPM_FETCH_50[0-9])\b/,
  /Temporary failure|[Cc]onnection (refused|reset)|Read timed out|i\/o timeout|TLS handshake timeout|\bError: aborted$/m,
  /too many 50[0-9] error|50[0-9] (Internal )?Server Error|50[234] (Bad Gateway|Service Unavailable|Gateway Time)/,
  /\berror (decoding response body|reading a body from connection|sending request for url)|": unexpected EOF$/m,
];
export function judgeSetup(
  title: string,
  { code, ended, out }: RoomResult,
  seconds: number,
  network: readonly string[],
): CheckFailure | undefined {
  const text = out.toString("utf8");
  if (ended === "too_much") return failSetup(`\`${title}\` printed too much and was stopped.`);
  if (ended === "late") return failSetup(`\`${title}\` did not end: a setup may take ${seconds} s.`);
  if (code === 0) return undefined;
  const named = network.some((name) => text.includes(name) && !registryNames.includes(name));
  if (!named && awayPatterns.some((pattern) => pattern.test(text)))
    throw new AppError("unavailable", { what: "registry" }, { message: `A package registry did not answer ${title}.` });
  return failSetup(`\`${title}\` ended with ${code}. It said: ${tellingLines(text)}`);
}
/** A setup that failed says which names it asked for that its member has not allowed. */
export function addClosedNames(failure: CheckFailure, closed: string[]): CheckFailure {
  if (closed.length === 0) return failure;
  const are = closed.length === 1 ? "is" : "are";
  return {
    ...failure,
    reason: `${failure.reason} ${closed.join(", ")} of its environment file ${are} open after its member's yes alone.`,
    closed,
  };
}
/** What it complained of first; where nothing reads like a complaint, its last words. */
function tellingLines(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "npm error");
  const complaints = lines.filter((line) => /\b(error|ERR_|ERR!|cause:|mismatch)/i.test(line)).slice(0, 6);
  return (complaints.length > 0 ? complaints : lines.slice(-12)).join("\n").slice(0, 1_500);
}
