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
 * What the edge needs to check Clerk's tokens and to ask its API, and how a person gets a token: by a session
 * of Clerk's backend API, which only development instances allow.
 */
export async function clerk(settings: Settings) {
  const [CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY] = [settings.CLERK_PUBLISHABLE_KEY!, settings.CLERK_SECRET_KEY!];
  const client = createClerkClient({ secretKey: CLERK_SECRET_KEY, publishableKey: CLERK_PUBLISHABLE_KEY });
  const issuer = clerkOrigin(settings);
  const keys = { CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY };
  const bindings = { IDENTITY: "clerk", IDENTITY_ISSUER: issuer, ...(await readClerkKey(issuer)), ...keys };
  return {
    bindings,
    api: { CLERK_API_URL: "https://api.clerk.com", CLERK_SECRET_KEY },
    async tokenOf(userId: string): Promise<() => Promise<string>> {
      const session = await client.sessions.createSession({ userId });
      return async () => (await client.sessions.getToken(session.id)).jwt;
    },
  };
}
