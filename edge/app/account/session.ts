import type { z } from "zod";
import { configOut } from "../../../schema/account/account.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { unsubscribePush } from "../reminder/web-push.ts";
import { takeFirst } from "../shell/take-first-call.ts";
import { type Clerk, openClerk, readRefusal } from "./clerk.ts";
import { askClient, isSessionOpen, readActiveSession } from "./client-answer.ts";
import { TokenKeeper } from "./token-keeper.ts";
import { signInAway, waitWithin } from "./wait-within.ts";

export type SessionState = { type: "starting" } | { type: "unreachable" } | { type: "signed-out"; ended: boolean } | { type: "signed-in" };
export type AppConfig = z.infer<typeof configOut>;

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
  readonly #token: TokenKeeper;
  /** The token that is kept by Clerk was refused: the next one is a new one. */
  #refused = false;
  /** Whose page this is, by Clerk's name of the session. */
  #session: string | undefined;
  #minting: { session: string; jwt: Promise<string> } | undefined;
  #comparing = false;
  #nextStart: ReturnType<typeof setTimeout> | undefined;
  #signingOut = false;
  #clerk: Promise<Clerk> | undefined;
  #listeners = new Set<() => void>();
  /** Other tabs of this browser. */
  readonly #tabs = new BroadcastChannel("growqr.session");

  constructor() {
    const isHidden = () => document.hidden;
    this.#token = new TokenKeeper({ mint: () => this.#mint(), ask: () => this.#ask(), changed: () => this.#tell(), isHidden });
    document.addEventListener("visibilitychange", () => isHidden() || this.#token.wake());
    window.addEventListener("online", () => this.#token.wake());
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
  /** Since when a session that goes on has no token to call with, milliseconds since 1970. */
  get awayAt(): number | undefined {
    return this.#token.awayAt;
  }
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the session, and tries a few times before sign-in counts as unreachable. */
  async start(): Promise<void> {
    if (this.#clerk) return this.#loadAnew();
    const began = Date.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#begin();
      } catch (cause) {
        console.warn("sign-in is not reachable", cause);
        if (attempt === attempts || Date.now() - began >= timeout) return this.#waitForReach();
        await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
      }
    }
  }
  /**
   * Signing out failed: what Clerk's script believes here may be wrong. A browser that is offline would put a
   * page of its own in the place of ours.
   */
  async #loadAnew(): Promise<void> {
    const answer = await fetch("/config", { signal: AbortSignal.timeout(timeout) }).catch(() => undefined);
    if (answer?.ok) location.reload();
    else this.#waitForReach();
  }
  /** The page says so, has a button, and tries by itself too. */
  #waitForReach(): void {
    this.#become({ type: "unreachable" });
    const again = () => this.#state.type === "unreachable" && void this.start();
    clearTimeout(this.#nextStart);
    this.#nextStart = setTimeout(again, unreachedPause);
  }
  async #begin(): Promise<void> {
    const first = configOut.safeParse(await takeFirst("config"));
    const config = async () => configOut.parse(await (await fetch("/config", { signal: AbortSignal.timeout(timeout) })).json());
    this.#config = first.success ? first.data : await config();
    if (this.#moveTo(new URL(this.#config.identity.url))) return;
    const session = readActiveSession((await takeFirst("client")) ?? (await askClient(this.#config.identity.url)));
    if (session === undefined) return this.#take(await this.clerk());
    if (session === null) return this.#become({ type: "signed-out", ended: false }); // its screen loads the script, which may know better
    this.#session = session.id;
    this.#token.keep(session.last_active_token.jwt);
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
      if (this.#state.type === "signed-in") void this.#compare(session?.id);
      if (this.#state.type === "signed-out" && session) {
        this.#tabs.postMessage("signed-in");
        this.#take(clerk);
      }
    });
    return clerk;
  }
  /** Clerk's script takes some failures of its API for the end of a session: its API is asked itself. */
  async #compare(seen: string | undefined): Promise<void> {
    const mine = this.#session;
    if (mine === undefined || seen === mine) return;
    if (seen !== undefined) return location.reload(); // somebody else's now: nothing of this person stays in memory
    if (this.#comparing) return;
    this.#comparing = true;
    const isOver = await this.#isOver(mine).catch(() => false); // the next token tells
    this.#comparing = false;
    if (isOver && this.#session === mine) this.ended();
  }
  /** Rejects where Clerk does not say. */
  async #isOver(session: string): Promise<boolean> {
    const clerk = await this.clerk();
    const asked = clerk.getFapiClient().request<unknown>({ method: "GET", path: "/client" });
    const { status, payload } = await waitWithin(timeout, asked);
    const isOpen = status === 200 ? isSessionOpen(payload, session) : undefined;
    if (isOpen === undefined) throw signInAway();
    if (isOpen && !clerk.session) await this.#takeUp(clerk, session);
    return !isOpen;
  }
  /** Makes Clerk's script go on with a session that it has given up. */
  async #takeUp(clerk: Clerk, session: string): Promise<void> {
    await clerk.client?.reload();
    await clerk.setActive({ session });
  }
  #take(clerk: Clerk): void {
    this.#session = clerk.session?.id;
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

  /**
   * Ends this browser's reminders too: the next person to sign in must not see them. `last`: what is done
   * once nobody is signed in, before the page loads anew.
   */
  signOut(last: () => void = () => undefined): void {
    this.#signingOut = true;
    this.#become({ type: "starting" }); // not "You were signed out", and not a page without an answer
    const late = new Promise((resolve) => setTimeout(resolve, 1_000));
    const go = () => this.#signOut(last).catch((error: unknown) => this.#failSignOut(error));
    void Promise.race([unsubscribePush(), late]).then(go, go);
  }
  async #signOut(last: () => void): Promise<void> {
    await waitWithin(timeout, this.#endAtClerk());
    this.#forgetSession();
    this.#tabs.postMessage("signed-out");
    last();
    location.assign("/"); // nothing of this person stays in the page's memory
  }
  /** Clerk's script goes on where no answer came: its API is asked. */
  async #endAtClerk(): Promise<void> {
    const session = this.#session;
    const clerk = await this.clerk();
    await clerk.signOut(() => undefined);
    if (session !== undefined && !(await this.#isOver(session))) throw signInAway();
  }
  /** The person must not believe that they are signed out. */
  #failSignOut(error: unknown): void {
    console.warn("signing out", error);
    this.#signingOut = false;
    this.#become({ type: "unreachable" });
  }
  /** The session has ended, by whatever way. */
  ended(): void {
    if (this.#signingOut) return;
    this.#forgetSession();
    this.#become({ type: "signed-out", ended: true });
  }
  #forgetSession(): void {
    this.#session = undefined;
    this.#token.end();
  }

  /** A token to call the edge with. Rejects with `unavailable` while there is none and Clerk is away. */
  token(): Promise<string> {
    return this.#token.get();
  }
  forget(): void {
    this.#token.forget();
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
    const session = this.#session;
    if (this.#state.type !== "signed-in" || session === undefined) throw new AppError("unauthenticated");
    try {
      const jwt = await waitWithin(timeout, this.#askScriptOnce(session));
      this.#refused = false;
      return jwt;
    } catch (error) {
      const isEnd = error instanceof AppError && error.code === "unauthenticated";
      if (isEnd && this.#session === session) this.ended();
      throw isEnd ? error : signInAway(error);
    }
  }
  /** One call of Clerk's at a time: it goes on by itself for minutes where nothing answers. */
  #askScriptOnce(session: string): Promise<string> {
    if (this.#minting?.session === session) return this.#minting.jwt;
    const minting = { session, jwt: this.#askScript(session) };
    this.#minting = minting;
    const clear = () => {
      if (this.#minting === minting) this.#minting = undefined;
    };
    minting.jwt.then(clear, clear);
    return minting.jwt;
  }
  /** Rejects with `unauthenticated` where Clerk says that the session is over, and only there. */
  async #askScript(session: string): Promise<string> {
    const clerk = await this.clerk();
    if (clerk.session?.id === session) {
      const skipCache = this.#refused;
      const jwt = await clerk.session.getToken({ skipCache }).catch((error: unknown) => {
        if (readRefusal(error)) return null; // of this call, which says little of the session
        throw error;
      });
      if (jwt) return jwt;
    }
    if (await this.#isOver(session)) throw new AppError("unauthenticated");
    throw signInAway();
  }
  /**
   * What says that nobody is signed in, or says nothing, is left to Clerk's script, which may know better.
   */
  async #ask(): Promise<string> {
    if (!this.#config) return this.#mint();
    const session = readActiveSession(await askClient(this.#config.identity.url));
    if (!session) return this.#mint();
    if (session.id === this.#session) return session.last_active_token.jwt;
    location.reload(); // somebody else's now
    throw signInAway();
  }

  #become(state: SessionState): void {
    this.#state = state;
    this.#tell();
  }
  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
