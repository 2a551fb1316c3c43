import path from "node:path";
import { z } from "zod";
import { type DatabasePlace, setOperator } from "../../edge/deploy/operator.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { operatorEmail, userId } from "../doubles/identity/user.ts";
import { answers, bin, root, type Started, start } from "./process.ts";

export { operatorEmail, signInCode, userId } from "../doubles/identity/user.ts";

export type IdentityKeys = { webhookSecret: string; identitySecret: string };
export type Identity = Started & { url: string; issuer: string; jwtKeyPem: string; keyId: string; keys: IdentityKeys | undefined };
/** `keys`: changes of people are told to the edge at `appUrl`, and the edge may delete them. */
type IdentityOptions = { appUrl: string; keys?: IdentityKeys };

/**
 * Starts the double of Clerk's Frontend API as a process. Browsers open the app at `appUrl`; the same port of
 * 127.0.0.1 is accepted too.
 */
export async function startIdentity(instance: Instance, folder: string, { appUrl, keys: given }: IdentityOptions): Promise<Identity> {
  const { identity } = instance.ports;
  const url = `http://localhost:${identity}`;
  const twin = appUrl.replace("//localhost:", "//127.0.0.1:");
  const started = await start({
    name: "identity",
    command: bin("node"),
    args: [path.join(root, "test/doubles/identity/server.ts")],
    folder,
    env: {
      INSTANCE: instance.name,
      IDENTITY_PORT: String(identity),
      IDENTITY_FOLDER: folder,
      IDENTITY_URL: url,
      APP_ORIGINS: [...new Set([appUrl, twin])].join(","),
      ...(given ? { WEBHOOK_URL: `${appUrl}/webhooks/clerk`, WEBHOOK_SECRET: given.webhookSecret, SECRET_KEY: given.identitySecret } : {}),
    },
    ready: () => answers(`http://127.0.0.1:${identity}/health`),
  });
  const jwtKeyPem = await (await fetch(`http://127.0.0.1:${identity}/v1/dev/jwt-key`)).text();
  const jwks = await (await fetch(`http://127.0.0.1:${identity}/.well-known/jwks.json`)).json();
  const { keys } = z.object({ keys: z.tuple([z.object({ kid: z.string() })]) }).parse(jwks);
  return { ...started, url, issuer: url, jwtKeyPem, keyId: keys[0].kid, keys: given };
}

/** The edge's settings of the demo's sign-in. */
export const identityBindings = ({ issuer, jwtKeyPem, keyId, url, keys }: Identity) => ({
  IDENTITY: "local",
  IDENTITY_ISSUER: issuer,
  IDENTITY_JWT_KEY: jwtKeyPem,
  IDENTITY_KEY_ID: keyId,
  IDENTITY_URL: url,
  ...(keys ? { CLERK_WEBHOOK_SECRET: keys.webhookSecret, CLERK_SECRET_KEY: keys.identitySecret, CLERK_API_URL: url } : {}),
});

/** The address of the Backend API, and its key. */
export function identityApi({ url, keys }: Pick<Identity, "url" | "keys">) {
  if (!keys) throw new Error("this double has no key for its Backend API");
  return { CLERK_API_URL: url, CLERK_SECRET_KEY: keys.identitySecret };
}
/** Makes the demo's operator one, as `npm run operator` does; they have signed in before. */
export async function makeOperator(identity: Pick<Identity, "url" | "keys">, database: DatabasePlace): Promise<void> {
  await setOperator({ api: identityApi(identity), database, address: operatorEmail, isGiven: true });
}

export type SignedIn = { userId: string; sessionId: string; token: () => Promise<string>; signOut: () => Promise<void> };

/** Signs a person in as curl would; `token()` gives a fresh session token each time (they live 60 s). */
export async function signIn(identityUrl: string, email: string, name?: string): Promise<SignedIn> {
  const post = async (where: string, init: RequestInit) => {
    const response = await fetch(new URL(where, identityUrl), { method: "POST", ...init });
    if (!response.ok) throw new Error(`${where} answered ${response.status}`);
    return response.json();
  };
  const body = JSON.stringify(name ? { email, name } : { email });
  const session = z
    .object({ sessionId: z.string(), userId: z.literal(userId(email)), token: z.string() })
    .parse(await post("/v1/dev/sign-in", { body, headers: { "content-type": "application/json" } }));
  const fresh = async () => {
    const answer = await post(`/v1/client/sessions/${session.sessionId}/tokens`, { headers: { authorization: `Bearer ${session.token}` } });
    return z.object({ jwt: z.string() }).parse(answer).jwt;
  };
  const signOut = async () => {
    await post(`/v1/client/sessions/${session.sessionId}/remove`, { headers: { authorization: `Bearer ${session.token}` } });
  };
  return { userId: session.userId, sessionId: session.sessionId, token: fresh, signOut };
}
