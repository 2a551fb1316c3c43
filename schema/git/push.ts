import { branchName } from "../proof/proof.ts";
import { packetLength } from "./git-token.ts";

/**
 * What a member's own `git push` may do, and how a refusal is told so that git prints it. The walls are
 * Gitea's rules for the user that pushes; what is decided here gives their reasons in words, before
 * anything is sent.
 */
export const pushLimits = {
  bytes: 64 * 1024 * 1024, // one push: the pack and what comes before it
  refs: 20,
  commandBytes: 64 * 1024, // the commands alone, and what git answers
  ms: 300_000, // from the first byte of a push to the first of its answer
} as const;
/**
 * Gitea's user for all that a member pushes themselves: it may write to branches and has no other right.
 */
export const pushUser = "member";
export const pushMail = `${pushUser}@members.growqr.invalid`;
/** Branches that are written by the platform and by tasks that merge, and those of agents. */
export const keptBranches = { main: "main", agents: "agent/" } as const;

export type PushCommand = { from: string; to: string; ref: string };
/** `end`: where the commands end and the pack begins. */
export type PushHead = { commands: PushCommand[]; capabilities: string[]; end: number };

const noCommit = "0".repeat(40);
const latin = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/**
 * The commands at the beginning of what git sends to `git-receive-pack`; undefined while more bytes are
 * needed, null for what no stock git sends.
 */
export function readPushHead(bytes: Uint8Array): PushHead | null | undefined {
  const commands: PushCommand[] = [];
  const capabilities: string[] = [];
  for (let at = 0; ; ) {
    if (bytes.length - at < 4) return undefined;
    const length = packetLength(bytes, at);
    if (length === 0) return { commands, capabilities, end: at + 4 };
    if (Number.isNaN(length) || length < 5) return null;
    if (bytes.length - at < length) return undefined;
    const line = bytes.subarray(at + 4, at + length);
    at += length;
    if (/^shallow [0-9a-f]{40}\n?$/.test(latin.decode(line.subarray(0, 50))) && line.length <= 49) continue;
    const [text = "", said, ...more] = utf8.decode(line).replace(/\n$/, "").split("\0");
    const [from = "", to = "", ...name] = text.split(" ");
    if (more.length > 0 || (said !== undefined && commands.length > 0)) return null;
    if (!/^[0-9a-f]{40}$/.test(from) || !/^[0-9a-f]{40}$/.test(to) || name.length !== 1 || !name[0]?.startsWith("refs/")) return null;
    commands.push({ from, to, ref: name[0] });
    capabilities.push(...(said ?? "").split(" ").filter(Boolean));
  }
}

/** Why a branch is not pushed to by a member; undefined where it may be. */
export function judgePushBranch(branch: string): string | undefined {
  if (branch === keptBranches.main) return "main takes only what was proven: push another branch and open a pull request";
  if (branch.startsWith(keptBranches.agents) || `${branch}/` === keptBranches.agents) return "branches below agent/ are the agents' own";
  if (!branchName.safeParse(branch).success) return "not a branch name that is taken here: letters, digits and ._-/";
  return undefined;
}
/** Why a command of a push is refused; undefined where nothing speaks against it. */
export function judgePushCommand({ to, ref }: PushCommand): string | undefined {
  if (ref.startsWith("refs/tags/")) return "tags are made by tasks that merge";
  if (!ref.startsWith("refs/heads/")) return "only branches can be pushed";
  if (to === noCommit) return "a push removes no branch: its commits may have receipts";
  return judgePushBranch(ref.slice("refs/heads/".length));
}

function packet(text: Uint8Array): Uint8Array[] {
  const size = (text.length + 4).toString(16).padStart(4, "0");
  return [encode(size), text];
}
const encode = (text: string) => new TextEncoder().encode(text);
function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
const band = (number: 1 | 2, bytes: Uint8Array) => packet(join([Uint8Array.of(number), bytes]));

/**
 * The answer to a push of which nothing was taken: git prints `message` as `remote:` and each ref with its
 * reason. A ref without a reason of its own was refused because another was.
 */
export function formatPushRefusal({ commands, capabilities }: PushHead, message: string, reasons: readonly (string | undefined)[]) {
  const spoken = (word: string) => capabilities.includes(word);
  const lines = commands.map(({ ref }, nth) => `ng ${ref} ${reasons[nth] ?? "another branch of this push was refused"}\n`);
  const report = join([...["unpack ok\n", ...lines].flatMap((line) => packet(encode(line))), encode("0000")]);
  const told = spoken("report-status") || spoken("report-status-v2") ? report : new Uint8Array();
  if (!spoken("side-band-64k")) return told;
  return join([...band(2, encode(`${message}\n`)), ...(told.length > 0 ? band(1, told) : []), encode("0000")]);
}
/** Whether the answer to a push, as Gitea gave it, says that a ref or the whole of it was refused. */
export const saysPushRefused = (answer: Uint8Array): boolean => /[0-9a-f]{4}(?:ng refs\/|unpack (?!ok\b))/.test(latin.decode(answer));
