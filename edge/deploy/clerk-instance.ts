import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { readClerkHost } from "../../schema/account/publishable-key.ts";

/** Where the Frontend API of a publishable key's instance is; undefined for what is no such key. */
export function readClerkOrigin(publishableKey: string): string | undefined {
  const host = readClerkHost(publishableKey);
  return host && `https://${host}`;
}

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.literal("RSA"), kid: z.string(), n: z.string(), e: z.string() })).min(1) });
/** Clerk's list of keys does not answer as it must; the message has no text of its. */
export class ClerkUnread extends Error {}
/** The key by which an instance signs its tokens, as the instance itself says it: settings of the edge. */
export async function readClerkKey(issuer: string): Promise<{ IDENTITY_JWT_KEY: string; IDENTITY_KEY_ID: string }> {
  const answer = await fetch(`${issuer}/.well-known/jwks.json`, { signal: AbortSignal.timeout(15_000), redirect: "error" });
  if (!answer.ok) throw new ClerkUnread(`${issuer} answered ${answer.status}: is CLERK_PUBLISHABLE_KEY right?`);
  const [key] = jwks.safeParse(await answer.json().catch(() => undefined)).data?.keys ?? [];
  if (!key) throw new ClerkUnread(`${issuer} has no list of keys: is CLERK_PUBLISHABLE_KEY right?`);
  const pem = createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  return { IDENTITY_JWT_KEY: pem, IDENTITY_KEY_ID: key.kid };
}
