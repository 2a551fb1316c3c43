import { createClerkClient } from "@clerk/backend";
import { readClerkKey, readClerkOrigin } from "../../edge/deploy/clerk-instance.ts";
import type { Settings } from "./settings.ts";

/** Where the instance of Clerk is that this machine's people sign in with. */
export function clerkOrigin({ CLERK_PUBLISHABLE_KEY: key = "" }: Settings): string {
  const origin = readClerkOrigin(key);
  if (!origin) throw new Error("CLERK_PUBLISHABLE_KEY is not a publishable key of Clerk's");
  return origin;
}

/**
 * What the edge needs to check Clerk's tokens, and how the first of OPERATORS gets a token: by a session of
 * Clerk's backend API, which only development instances allow.
 */
export async function clerk(settings: Settings) {
  const publishableKey = settings.CLERK_PUBLISHABLE_KEY!;
  const client = createClerkClient({ secretKey: settings.CLERK_SECRET_KEY!, publishableKey });
  const issuer = clerkOrigin(settings);
  const bindings = { IDENTITY: "clerk", IDENTITY_ISSUER: issuer, ...(await readClerkKey(issuer)), CLERK_PUBLISHABLE_KEY: publishableKey };
  return {
    bindings,
    operators: settings.OPERATORS,
    async operatorToken(): Promise<() => Promise<string>> {
      const session = await client.sessions.createSession({ userId: settings.OPERATORS[0]! });
      return async () => (await client.sessions.getToken(session.id)).jwt;
    },
  };
}
