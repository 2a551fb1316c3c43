import { memberActor } from "../../schema/audit/audit.ts";
import { isPushable } from "../../schema/git/git-token.ts";
import { formatPushRefusal, judgePushCommand, type PushHead, pushLimits, readPushHead, saysPushRefused } from "../../schema/git/push.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { askActor } from "../actor/rivet.ts";
import { requireEntitlement } from "../billing/entitlement.ts";
import { readBytes } from "../http.ts";
import { beginAudit } from "../kernel/audit.ts";
import { heldBySignIn } from "../kernel/sign-in.ts";
import { relayToHost } from "../stack/relay-client.ts";
import { explainGitFailure, explainStopped, findNamedRepository, type GitCall, type GitRight, gitWords, refuseGit } from "./git-access.ts";

/**
 * `git push` of a member's own. The edge reads the commands and says in words what is not taken; Gitea's
 * rules for the user that pushes hold whatever a client says, for the same bytes go there.
 */
type Push = { row: GitRight; repo: string };
const size = `${pushLimits.bytes / 1024 / 1024} MB`;
const pushWords = {
  refused: "GrowQR: nothing of this push was taken. Push to a branch of its own, for example: git push origin HEAD:my-change",
  large: `GrowQR: nothing of this push was taken: it is larger than ${size}. Push its commits in parts, and keep large files elsewhere.`,
  many: `GrowQR: nothing of this push was taken: at most ${pushLimits.refs} branches go in one push.`,
  options: "GrowQR: nothing of this push was taken: push options and signed pushes are not read here.",
} as const;

/** The token may push, its repository takes pushes, and the account allows work. */
async function admitPush(c: GitCall): Promise<Push> {
  const row = c.var.gitToken;
  const repo = findNamedRepository(c);
  if (!isPushable(repo)) throw refuseGit("forbidden", gitWords.kept);
  if (row.scope !== "push") throw refuseGit("forbidden", gitWords.push);
  await requireEntitlement(c.var.db, row.member, Date.now());
  return { row, repo };
}
async function relayPush(
  c: GitCall,
  { row, repo }: Push,
  call: { path: string; query?: string; method?: string; headers?: Record<string, string>; body?: ReadableStream },
) {
  const { config, db, requestId } = c.var;
  const place = { member: row.member, signal: c.req.raw.signal, requestId, firstByte: pushLimits.ms };
  const headers = { ...call.headers, ...(await heldBySignIn(db, "git", row.signIn)) };
  return relayToHost(config, db, { ...place, ...call, headers, path: `/push/${repo}.git${call.path}` });
}
const gitAnswer = (bytes: BodyInit | null) => new Response(bytes, { headers: { "content-type": "application/x-git-receive-pack-result" } });

/** The first call of a push: the walls stand before anything can come. */
export async function openPush(c: GitCall): Promise<Response> {
  const push = await admitPush(c);
  const { config, requestId } = c.var;
  const caller = { config, member: push.row.member, requestId };
  await askActor(caller, "pushOpen", { repo: push.repo }, { deadline: 25_000 }).catch(async (error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") throw refuseGit("not_found", gitWords.missing, error);
    if (error instanceof AppError && error.code === "unavailable") throw await explainStopped(c, error);
    throw error;
  });
  const asked = { path: "/info/refs", query: "?service=git-receive-pack" };
  const answer = await relayPush(c, push, asked).catch(async (error: unknown) => {
    throw await explainGitFailure(c, error);
  });
  return new Response(answer.body, { headers: { "content-type": "application/x-git-receive-pack-advertisement" } });
}

/** What a client sends, read once: first its commands, then the rest as it comes. */
class Sent {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #bytes = 0;
  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }
  get tooLarge(): boolean {
    return this.#bytes > pushLimits.bytes;
  }
  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader.read().catch((cause: unknown) => {
      throw new AppError("invalid", { what: "body" }, { cause, message: "The push ended before it was whole." });
    });
    this.#bytes += value?.byteLength ?? 0;
    return done ? undefined : value;
  }
  /**
   * To its end, or as far as one reads what is too large: else its sender would see a broken connection.
   */
  async drain(): Promise<void> {
    while (this.#bytes <= 4 * pushLimits.bytes) if ((await this.next()) === undefined) return;
    throw new AppError("too_large", {}, { message: pushWords.large });
  }
}

type Read = { head: PushHead; begun: Uint8Array };
/**
 * The commands, and all that was read with them; undefined for a probe, by which git asks whether it is
 * let in.
 */
async function readHead(sent: Sent): Promise<Read | undefined> {
  let begun = new Uint8Array();
  for (;;) {
    const head = readPushHead(begun);
    if (head === null) throw refuseGit("invalid", gitWords.garbage);
    if (head && head.end > pushLimits.commandBytes) throw new AppError("too_large", {}, { message: pushWords.many });
    if (head && head.commands.length > 0) return { head, begun };
    if (head && begun.length > head.end) throw refuseGit("invalid", gitWords.garbage);
    if (begun.length > pushLimits.commandBytes) throw new AppError("too_large", {}, { message: pushWords.many });
    const chunk = await sent.next();
    if (chunk === undefined && head) return undefined;
    if (chunk === undefined) throw refuseGit("invalid", gitWords.garbage);
    const joined = new Uint8Array(begun.length + chunk.length);
    joined.set(begun);
    joined.set(chunk, begun.length);
    begun = joined;
  }
}
/** Why nothing of a push is taken; undefined where nothing speaks against it here. */
function judgePush({ commands, capabilities }: PushHead): { message: string; reasons: (string | undefined)[] } | undefined {
  const all = (reason: string) => commands.map(() => reason);
  if (commands.length > pushLimits.refs) return { message: pushWords.many, reasons: all("too many branches") };
  if (capabilities.some((word) => word === "push-options" || word.startsWith("push-cert")))
    return { message: pushWords.options, reasons: all("push options are not read") };
  const reasons = commands.map(judgePushCommand);
  return reasons.some((reason) => reason !== undefined) ? { message: pushWords.refused, reasons } : undefined;
}
/** The same bytes, until they are too many. */
function passOn(sent: Sent, begun: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (to) => to.enqueue(begun),
    async pull(to) {
      const chunk = await sent.next();
      if (chunk === undefined) to.close();
      else if (sent.tooLarge) to.error(new AppError("too_large"));
      else to.enqueue(chunk);
    },
  });
}

/**
 * The second call of a push: its commands and its pack. Each push that says what it wants is a row of the
 * audit.
 */
export async function takePush(c: GitCall): Promise<Response> {
  const push = await admitPush(c);
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (
    type !== "application/x-git-receive-pack-request" ||
    !["identity", ""].includes(c.req.header("content-encoding")?.trim().toLowerCase() ?? "")
  )
    throw refuseGit("unsupported_media_type", gitWords.garbage);
  if (!c.req.raw.body) throw refuseGit("invalid", gitWords.garbage);
  const sent = new Sent(c.req.raw.body);
  const read = await readHead(sent);
  if (!read) return gitAnswer(null);
  await beginAudit(c, c.var, push.row.member, memberActor(push.row.member, push.row.signIn));
  nameTarget(c, push, read.head);
  const refuse = async (message: string, reasons: readonly (string | undefined)[]) => {
    endPush(c, "forbidden");
    await sent.drain();
    return gitAnswer(formatPushRefusal(read.head, message, reasons));
  };
  const refused = judgePush(read.head);
  if (refused) return refuse(refused.message, refused.reasons);
  const call = { path: "/git-receive-pack", method: "POST", headers: { "content-type": type }, body: passOn(sent, read.begun) };
  const answer = await relayPush(c, push, call).catch(async (error: unknown) => {
    if (sent.tooLarge) return undefined; // that is why it ended
    throw await explainGitFailure(c, error);
  });
  const told = answer && (await readBytes({ headers: new Headers(), body: answer.body as never }, 16 * pushLimits.commandBytes));
  const taken = told !== undefined && !saysPushRefused(told); // bytes beyond the end of a pack are nothing to git
  if (!told || (sent.tooLarge && !taken)) return refuse(pushWords.large, Array(read.head.commands.length).fill(`larger than ${size}`));
  if (!taken) endPush(c, "forbidden");
  else tellPushed(c, push);
  return gitAnswer(told);
}
/** The audit names the first branch, as far as it can be a target. */
function nameTarget(c: GitCall, { repo }: Push, { commands }: PushHead): void {
  const audit = c.get("audit");
  const target = `${repo}/${commands[0]?.ref.replace(/^refs\/(heads\/)?/, "")}`;
  if (audit) audit.change.target = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(target) ? target : repo;
}
function endPush(c: GitCall, result: "forbidden"): void {
  const audit = c.get("audit");
  if (audit) audit.result = result;
}
/** The actor looks what has come. Where it does not hear it, the next turn looks. */
function tellPushed(c: GitCall, { row, repo }: Push): void {
  const { config, requestId, log } = c.var;
  const told = askActor({ config, member: row.member, requestId: newId("req") }, "pushed", { repo });
  c.executionCtx.waitUntil(told.catch((error: unknown) => log("warn", "the actor was not told of a push", { requestId, error })));
}
