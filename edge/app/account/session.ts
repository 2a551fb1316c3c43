import { z } from "zod";
import { configOut } from "../../../schema/account/account.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { unsubscribePush } from "../reminder/web-push.ts";
import { takeFirst } from "../shell/take-first-call.ts";
import { type Clerk, openClerk, waitWithin } from "./clerk.ts";
import { fapiVersion } from "./fapi-version.ts";

/**
 * What Clerk's Frontend API says to the document's early call. Only whether somebody is signed in is taken
 * from it; all else, and whatever is not understood, is Clerk's own script's.
 */
const earlySession = z.object({ id: z.string(), status: z.literal("active"), last_active_token: z.object({ jwt: z.string() }) });
const earlyClient = z.object({
  response: z.object({ last_active_session_id: z.string().nullable(), sessions: z.array(z.unknown()) }).nullable(),
});
/** What no answer comes to is tried again, and says nothing of a session. */
async function readClient(identityUrl: string): Promise<unknown> {
  const answer = await fetch(`${identityUrl}/v1/client?${fapiVersion}`, { credentials: "include", signal: AbortSignal.timeout(timeout) });
  return answer.ok ? answer.json() : undefined;
}
/** Undefined: what came says nothing. Null: nobody is signed in. */
function readEarly(answer: unknown): z.infer<typeof earlySession> | null | undefined {
  const parsed = earlyClient.safeParse(answer);
  if (!parsed.success) return undefined;
  const { sessions = [], last_active_session_id: last = null } = parsed.data.response ?? {};
  if (last === null) return null;
  return sessions.map((each) => earlySession.safeParse(each).data).find((session) => session?.id === last);
}

export type SessionState = { type: "starting" } | { type: "unreachable" } | { type: "signed-out"; ended: boolean } | { type: "signed-in" };
export type AppConfig = z.infer<typeof configOut>;

const early = 15_000;
const timeout = 10_000;
const attempts = 4;
const unreachedPause = 5_000;

/**
 * Who is signed in here. A start with a session needs none of Clerk's script: its first token came with the
 * document's early call. The script is loaded for the next token, for the sign-in screen, and to sign out.
 */
export class Sessions {
  #state: SessionState = { type: "starting" };
  #config: AppConfig | undefined;
  #token: { jwt: string; ends: number } | undefined;
  /** The token that is kept by Clerk was refused: the next one is a new one. */
  #refused = false;
  #minting: Promise<string> | undefined;
  #clerk: Promise<Clerk> | undefined;
  #listeners = new Set<() => void>();
  /** Other tabs of this browser. */
  readonly #tabs = new BroadcastChannel("growqr.session");

  constructor() {
    this.#tabs.onmessage = ({ data }) => {
      if (data === "signed-out" && this.#state.type === "signed-in") this.ended();
      if (data === "signed-in" && this.#state.type === "signed-out") void this.#follow();
    };
  }
  get state(): SessionState {
    return this.#state;
  }
  get config(): AppConfig | undefined {
    return this.#config;
  }
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the session, and tries a few times before sign-in counts as unreachable. */
  async start(): Promise<void> {
    if (this.#clerk) return location.reload(); // signing out failed: what Clerk's script believes here may be wrong
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#begin();
      } catch (cause) {
        console.warn("sign-in is not reachable", cause);
        if (attempt === attempts) return this.#waitForReach();
        await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
      }
    }
  }
  /** The page says so, has a button, and tries by itself too. */
  #waitForReach(): void {
    this.#become({ type: "unreachable" });
    const again = () => this.#state.type === "unreachable" && void this.start();
    setTimeout(again, unreachedPause);
  }
  async #begin(): Promise<void> {
    const first = configOut.safeParse(await takeFirst("config"));
    const config = async () => configOut.parse(await (await fetch("/config", { signal: AbortSignal.timeout(timeout) })).json());
    this.#config = first.success ? first.data : await config();
    if (this.#moveTo(new URL(this.#config.identity.url))) return;
    const session = readEarly((await takeFirst("client")) ?? (await readClient(this.#config.identity.url)));
    if (session === undefined) return this.#take(await this.clerk());
    if (session === null) return this.#become({ type: "signed-out", ended: false }); // its screen loads the script, which may know better
    this.#keep(session.last_active_token.jwt);
    this.#become({ type: "signed-in" });
  }

  /** Clerk's own object, loaded when it is first asked for. */
  clerk(): Promise<Clerk> {
    this.#clerk ??= this.#open().catch((error: unknown) => {
      this.#clerk = undefined;
      throw error;
    });
    return this.#clerk;
  }
  async #open(): Promise<Clerk> {
    if (!this.#config) throw new AppError("unavailable");
    const clerk = await openClerk(this.#config);
    clerk.addListener(({ session }) => {
      if (session === undefined) return; // in between
      const [had, has] = [this.#state.type === "signed-in", session !== null];
      if (had && !has) this.ended();
      if (this.#state.type === "signed-out" && has) {
        this.#tabs.postMessage("signed-in");
        this.#take(clerk);
      }
    });
    return clerk;
  }
  #take(clerk: Clerk): void {
    if (clerk.session) this.#become({ type: "signed-in" });
    else if (this.#state.type !== "signed-out") this.#become({ type: "signed-out", ended: false });
  }
  /** Somebody signed in in another tab: Clerk tells tabs of the end of a session only. */
  async #follow(): Promise<void> {
    try {
      const clerk = await this.clerk();
      const session = (await clerk.client?.reload())?.lastActiveSessionId;
      if (session) await clerk.setActive({ session });
    } catch (error) {
      console.warn("following a sign-in in another tab", error); // this tab's own sign-in still works
    }
  }

  /** Ends this browser's reminders too: the next person to sign in must not see them. */
  signOut(): void {
    const late = new Promise((resolve) => setTimeout(resolve, 1_000));
    const go = () => this.#signOut().catch((error: unknown) => this.#failSignOut(error));
    void Promise.race([unsubscribePush(), late]).then(go, go);
  }
  async #signOut(): Promise<void> {
    const clerk = await this.clerk();
    this.#become({ type: "starting" }); // not "You were signed out"
    await waitWithin(
      timeout,
      clerk.signOut(() => undefined),
    );
    this.#token = undefined;
    this.#tabs.postMessage("signed-out");
    location.assign("/"); // nothing of this person stays in the page's memory
  }
  /** The person must not believe that they are signed out. */
  #failSignOut(error: unknown): void {
    console.warn("signing out", error);
    this.#become({ type: "unreachable" });
  }
  /** The session has ended, by whatever way. */
  ended(): void {
    this.#token = undefined;
    this.#become({ type: "signed-out", ended: true });
  }

  /** A token with at least a quarter of its life left. */
  async token(): Promise<string> {
    if (this.#token && this.#token.ends - Date.now() > early) return this.#token.jwt;
    this.#minting ??= this.#mint().finally(() => {
      this.#minting = undefined;
    });
    return this.#minting;
  }
  forget(): void {
    this.#token = undefined;
    this.#refused = true;
  }

  /** Locally the session's cookie belongs to either `localhost` or `127.0.0.1`: use the page's own name. */
  #moveTo(identity: URL): boolean {
    const loopback = ["localhost", "127.0.0.1"];
    if (location.hostname === identity.hostname || !loopback.includes(identity.hostname)) return false;
    if (!loopback.includes(location.hostname)) return false;
    location.replace(location.href.replace(location.hostname, identity.hostname));
    return true;
  }

  async #mint(): Promise<string> {
    if (this.#state.type !== "signed-in") throw new AppError("unauthenticated");
    const clerk = await this.clerk();
    const asked = clerk.session?.getToken({ skipCache: this.#refused });
    const jwt = asked && (await waitWithin(timeout, asked).catch(refuseToken));
    if (!jwt) {
      this.ended();
      throw new AppError("unauthenticated");
    }
    this.#refused = false;
    return this.#keep(jwt);
  }
  /** Counted on this machine's clock, which may differ from the provider's. */
  #keep(jwt: string): string {
    this.#token = { jwt, ends: Date.now() + lifetime(jwt) };
    return jwt;
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
/** Undefined where Clerk says that there is no such session; anything else is for later. */
function refuseToken(error: unknown): undefined {
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 401 || status === 404) return undefined;
  throw error instanceof AppError ? error : new AppError("unavailable", {}, { cause: error });
}

const times = z.object({ exp: z.number(), iat: z.number() });
/** A token's life in milliseconds, for timing only: the edge verifies tokens. */
function lifetime(jwt: string): number {
  const body = jwt.split(".")[1] ?? "";
  const parsed = times.safeParse(JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/"))));
  return parsed.success ? (parsed.data.exp - parsed.data.iat) * 1000 : 0;
}
