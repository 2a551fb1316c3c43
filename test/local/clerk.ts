import { createPublicKey } from "node:crypto";
import { createClerkClient } from "@clerk/backend";
import { z } from "zod";
import type { Settings } from "./settings.ts";

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.literal("RSA"), kid: z.string(), n: z.string(), e: z.string() })).min(1) });

/** pk_test_ or pk_live_, then base64 of the Frontend API's host name and a dollar sign. */
export function readClerkOrigin(publishableKey: string): string {
  const host = /^([a-z0-9.-]+)\$$/i.exec(Buffer.from(publishableKey.split("_")[2] ?? "", "base64").toString())?.[1];
  if (!host) throw new Error("CLERK_PUBLISHABLE_KEY is not a publishable key of Clerk's");
  return `https://${host}`;
}

/** What the edge needs to check the tokens of that key's instance, as the instance itself says it. */
export async function readClerkBindings(publishable: string): Promise<Record<string, string>> {
  const issuer = readClerkOrigin(publishable);
  const answer = await fetch(`${issuer}/.well-known/jwks.json`, { signal: AbortSignal.timeout(15_000), redirect: "error" });
  if (!answer.ok) throw new Error(`${issuer} answered ${answer.status}: is CLERK_PUBLISHABLE_KEY right?`);
  const [key] = jwks.parse(await answer.json()).keys;
  const pem = createPublicKey({ key: key!, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  return {
    ...{ IDENTITY: "clerk", IDENTITY_ISSUER: issuer, IDENTITY_JWT_KEY: pem, IDENTITY_KEY_ID: key!.kid },
    CLERK_PUBLISHABLE_KEY: publishable,
  };
}

/**
 * What the edge needs to check Clerk's tokens, and how the first of OPERATORS gets a token: by a session of
 * Clerk's backend API, which only development instances allow.
 */
export async function clerk(settings: Settings) {
  const publishable = settings.CLERK_PUBLISHABLE_KEY!;
  const client = createClerkClient({ secretKey: settings.CLERK_SECRET_KEY!, publishableKey: publishable });
  return {
    bindings: await readClerkBindings(publishable),
    operators: settings.OPERATORS,
    async operatorToken(): Promise<() => Promise<string>> {
      const session = await client.sessions.createSession({ userId: settings.OPERATORS[0]! });
      return async () => (await client.sessions.getToken(session.id)).jwt;
    },
  };
}
