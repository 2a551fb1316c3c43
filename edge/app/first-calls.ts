import { fapiVersion } from "./account/fapi-version.ts";
import { reloadOnce } from "./shell/reload-once.ts";

/**
 * Runs in the document before the app's code has come: the chosen theme, so that it never flashes, and the
 * calls that every start makes one after the other, which then travel beside the code. Their answers are
 * unchecked; the app parses them, and asks itself where one is missing.
 */
export type FirstCalls = Record<"config" | "client" | "me" | "ticket" | "page", Promise<unknown>>;
declare global {
  interface Window {
    growqrFirst?: FirstCalls | undefined;
  }
}

const theme = localStorage.getItem("growqr.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

/**
 * The sheet of styles, or the app's own code, did not come: a browser gives up what it loads when the
 * machine's network changes. The page loads again.
 */
function mendLoad({ target }: Event): void {
  const isSheet = target instanceof HTMLLinkElement && target.rel === "stylesheet";
  if (isSheet || (target instanceof HTMLScriptElement && target.type === "module")) reloadOnce();
}
addEventListener("error", mendLoad, true);

// biome-ignore lint/suspicious/noExplicitAny: unchecked answers; the app repeats a call that failed
type Unchecked = any;
async function startCall(url: string, init: RequestInit = {}): Promise<Unchecked> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), ...init });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}

const laterCalls = document.currentScript?.dataset.later?.split(" ") ?? [];
/** The chunks that a signed-in member needs next. */
function preload(): void {
  for (const href of laterCalls) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
}

const config = startCall("/config");
const client = config.then(({ identity }) => startCall(`${identity.url}/v1/client?${fapiVersion}`, { credentials: "include" }));
const token: Promise<{ jwt: string }> = client.then(({ response }) => {
  const session = response.sessions.find(({ id }: Unchecked) => id === response.last_active_session_id); // fails when no one is signed in
  const { jwt } = session.last_active_token;
  preload();
  return { jwt };
});
const authorized = (jwt: string) => ({ authorization: `Bearer ${jwt}` });
const me = token.then(({ jwt }) => startCall("/me", { headers: authorized(jwt) }));
const ticket = Promise.all([token, me]).then(([{ jwt }, { agent }]) =>
  startCall(`/actors/${agent.id}/ticket`, {
    method: "POST",
    headers: { ...authorized(jwt), "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
    body: "{}",
  }),
);
/** The newest events, as the live connection asks for them: they are shown before it is open. */
const pageCall = ticket.then(({ ticket, key }) => {
  const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": key[0] });
  const args = [{ requestId: crypto.randomUUID(), key: crypto.randomUUID(), input: { seq: 2 ** 31, limit: 200 } }];
  return startCall(`/live/gateway/growAgent/action/before?${query}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-rivet-encoding": "json", "x-rivet-conn-params": JSON.stringify({ ticket }) },
    body: JSON.stringify({ args }),
  });
});
window.growqrFirst = { config, client, me, ticket, page: pageCall };
for (const promise of Object.values(window.growqrFirst)) promise.catch(() => undefined); // the app asks again and shows the failure
