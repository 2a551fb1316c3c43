import { z } from "zod";
import { configOut } from "../../../schema/account/account.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { unsubscribePush } from "../reminder/web-push.ts";
import { takeFirst } from "../shell/take-first-call.ts";
import { identityAddress } from "./identity-address.ts";

/** The identity provider's session. Its tokens live 60 s in this page's memory and are renewed early. */
const client = z.object({
  session: z.object({ id: z.string(), user: z.object({ id: z.string(), name: z.string(), email: z.string() }) }).nullable(),
});
const minted = z.object({ jwt: z.string() });
export type Session = NonNullable<z.infer<typeof client>["session"]>;

export type SessionState =
  | { type: "starting" }
  | { type: "unreachable" }
  | { type: "signed-out"; ended: boolean }
  | { type: "signed-in"; session: Session };
export type AppConfig = z.infer<typeof configOut>;

const early = 15_000;
const timeout = 10_000;
const attempts = 4;

export class Sessions {
  #state: SessionState = { type: "starting" };
  #config: AppConfig | undefined;
  #token: { jwt: string; ends: number } | undefined;
  #minting: Promise<string> | undefined;
  #listeners = new Set<() => void>();

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
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask();
      } catch (cause) {
        console.warn("sign-in is not reachable", cause);
        if (attempt === attempts) return this.#become({ type: "unreachable" });
        await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
      }
    }
  }

  async #ask(): Promise<void> {
    const first = configOut.safeParse(await takeFirst("config"));
    const config = async () => configOut.parse(await (await fetch("/config", { signal: AbortSignal.timeout(timeout) })).json());
    this.#config = first.success ? first.data : await config();
    if (this.#moveTo(new URL(this.#base()))) return;
    const known = client.safeParse(await takeFirst("client"));
    const { session } = known.success ? known.data : client.parse(await this.#identity("/v1/client"));
    this.#become(session ? { type: "signed-in", session } : { type: "signed-out", ended: false });
  }

  signIn(): void {
    if (this.#config) location.assign(`${this.#base()}/sign-in?redirect_url=${encodeURIComponent(location.href)}`);
  }
  /** Ends this browser's reminders too: the next person to sign in must not see them. */
  signOut(): void {
    this.#token = undefined;
    const back = encodeURIComponent(`${location.origin}/`);
    const go = () => this.#config && location.assign(`${this.#base()}/sign-out?redirect_url=${back}`);
    const late = new Promise((resolve) => setTimeout(resolve, 1_000));
    void Promise.race([unsubscribePush(), late]).then(go, go);
  }
  /** The edge has ended this session. */
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
  }

  #base(): string {
    const identity = this.#config?.identity;
    if (!identity) throw new AppError("unavailable");
    return identityAddress(identity);
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
    const { session } = this.#state;
    const first = minted.safeParse(await takeFirst("token"));
    const mint = async () => minted.parse(await this.#identity(`/v1/client/sessions/${session.id}/tokens`, "POST"));
    const { jwt } = first.success ? first.data : await mint();
    // Counted on this machine's clock, which may differ from the provider's.
    this.#token = { jwt, ends: Date.now() + lifetime(jwt) };
    return jwt;
  }

  async #identity(path: string, method = "GET"): Promise<unknown> {
    const answer = await fetch(`${this.#base()}${path}`, {
      method,
      credentials: "include",
      signal: AbortSignal.timeout(timeout),
    }).catch((cause: unknown) => {
      throw new AppError("unavailable", {}, { cause });
    });
    if (answer.status === 401 || answer.status === 404) {
      this.ended();
      throw new AppError("unauthenticated");
    }
    if (!answer.ok) throw new AppError("unavailable", { status: answer.status });
    return answer.json();
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

const times = z.object({ exp: z.number(), iat: z.number() });
/** A token's life in milliseconds, for timing only: the edge verifies tokens. */
function lifetime(jwt: string): number {
  const body = jwt.split(".")[1] ?? "";
  const parsed = times.safeParse(JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/"))));
  return parsed.success ? (parsed.data.exp - parsed.data.iat) * 1000 : 0;
}
