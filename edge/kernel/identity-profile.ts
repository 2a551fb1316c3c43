import { type Profile, readProfile } from "../../schema/account/identity-event.ts";
import type { EdgeApp } from "../http.ts";
import { askPerson, IdentityRefusal } from "./identity-api.ts";

/**
 * Name, address and roles of people, as Clerk's Backend API says them: its usual session token has none. A
 * webhook tells of later changes (account/identity-event.ts).
 */
type ProfileWorld = Pick<EdgeApp["Variables"], "config" | "log">;

const askWithin = 3_000;
/** What the provider knows of a person; undefined where it can't be asked or does not answer. */
export async function askProfile({ config, log }: ProfileWorld, subject: string): Promise<Profile | "nobody" | undefined> {
  const { CLERK_API_URL, CLERK_SECRET_KEY } = config;
  if (CLERK_SECRET_KEY === undefined) return undefined;
  try {
    const told = await askPerson({ CLERK_API_URL, CLERK_SECRET_KEY }, subject, { within: askWithin });
    return told === "nobody" ? told : readProfile({ public_metadata: null, ...told }); // none are roles too: it was asked
  } catch (error) {
    // What failed may hold words of the answer, which are a person's.
    log("warn", "the identity provider does not say who somebody is", error instanceof IdentityRefusal ? { status: error.status } : {});
    return undefined;
  }
}
