import { createPublicKey } from "node:crypto";
import { createClerkClient } from "@clerk/backend";
import { z } from "zod";
import type { Settings } from "./settings.ts";

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.literal("RSA"), kid: z.string(), n: z.string(), e: z.string() })).min(1) });

/**
 * What the edge needs to check Clerk's tokens, and how the first of OPERATORS gets a token: by a session of
 * Clerk's backend API, which only development instances allow.
 */
export async function clerk(settings: Settings) {
  const publishable = settings.CLERK_PUBLISHABLE_KEY!;
  // pk_test_ or pk_live_, then base64 of the frontend's host name and a dollar sign
  const frontend = /^([a-z0-9.-]+)\$$/i.exec(Buffer.from(publishable.split("_")[2] ?? "", "base64").toString())?.[1];
  if (!frontend) throw new Error("CLERK_PUBLISHABLE_KEY is not a publishable key of Clerk's");
  const issuer = `https://${frontend}`;
  const { keys } = jwks.parse(await (await fetch(`${issuer}/.well-known/jwks.json`)).json());
  const jwtKeyPem = createPublicKey({ key: keys[0]!, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  const client = createClerkClient({ secretKey: settings.CLERK_SECRET_KEY!, publishableKey: publishable });
  return {
    bindings: {
      ...{ IDENTITY: "clerk", IDENTITY_ISSUER: issuer, IDENTITY_JWT_KEY: jwtKeyPem, IDENTITY_KEY_ID: keys[0]!.kid },
      CLERK_PUBLISHABLE_KEY: publishable,
    },
    operators: settings.OPERATORS,
    async operatorToken(): Promise<() => Promise<string>> {
      const session = await client.sessions.createSession({ userId: settings.OPERATORS[0]! });
      return async () => (await client.sessions.getToken(session.id)).jwt;
    },
  };
}
