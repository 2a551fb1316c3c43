import { z } from "zod";
import { AppError } from "../../../schema/wire/error.ts";
import { namePlace, nameSeenBrowser } from "./browser-name.ts";
import { type Clerk, readRefusal } from "./clerk.ts";
import type { Sessions } from "./session.ts";
import { describeRefusal } from "./sign-in/describe-refusal.ts";
import { signInAway, waitWithin } from "./wait-within.ts";

/** The person who is signed in and where else they are, as Clerk knows it. */
export type Person = {
  firstName: string;
  lastName: string;
  emails: { address: string; primary: boolean; verified: boolean }[];
  hasPassword: boolean;
};
const answerTimeout = 10_000;

type User = NonNullable<Clerk["user"]>;
function requireUser(clerk: Clerk): User {
  if (!clerk.user) throw new AppError("unauthenticated");
  return clerk.user;
}
/** What Clerk refuses is `forbidden`, in words for people; anything else did not reach it. */
async function askClerk<T>(work: Promise<T>): Promise<T> {
  try {
    return await waitWithin(answerTimeout, work);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const refusal = readRefusal(error);
    if (!refusal) throw signInAway(error);
    throw new AppError("forbidden", { code: refusal.code }, { message: describeRefusal(error), cause: error });
  }
}

export async function readPerson(sessions: Sessions): Promise<Person> {
  const user = requireUser(await sessions.clerk());
  await askClerk(user.reload());
  const primary = user.primaryEmailAddressId;
  return {
    firstName: user.firstName ?? "",
    lastName: user.lastName ?? "",
    emails: user.emailAddresses.map(({ id, emailAddress, verification }) => ({
      address: emailAddress,
      primary: id === primary,
      verified: verification.status === "verified",
    })),
    hasPassword: user.passwordEnabled,
  };
}
export async function renamePerson(sessions: Sessions, names: { firstName: string; lastName: string }): Promise<void> {
  await askClerk(requireUser(await sessions.clerk()).update(names));
  sessions.forget(); // the next token says the new name
}
export type PasswordChange = { currentPassword?: string; newPassword: string; signOutOfOtherSessions: boolean };
export async function changePassword(sessions: Sessions, change: PasswordChange): Promise<void> {
  await askClerk(requireUser(await sessions.clerk()).updatePassword(change));
}

const optionalText = z.string().nullish();
const activity = z.object({ browser_name: optionalText, device_type: optionalText, city: optionalText, country: optionalText });
const wireSession = z.object({ id: z.string(), last_active_at: z.number(), latest_activity: activity.nullish() });
/** One browser in which the person is signed in. `place` is empty where the provider does not know it. */
export type BrowserSession = { id: string; here: boolean; name: string; place: string; lastActiveAt: number };

/** Clerk's own `getSessions` answers an empty list where it failed, and keeps it: so its API is asked. */
export async function listBrowserSessions(sessions: Sessions): Promise<BrowserSession[]> {
  const clerk = await sessions.clerk();
  const here = clerk.session?.id;
  if (here === undefined) throw new AppError("unauthenticated");
  const { payload, status } = await askClerk(
    clerk.getFapiClient().request<unknown>({ method: "GET", path: "/me/sessions/active", sessionId: here }),
  );
  const rows = z.array(wireSession).safeParse(payload);
  if (status !== 200 || !rows.success) throw new AppError(status === 401 ? "unauthenticated" : "upstream", { status });
  return rows.data
    .map(({ id, last_active_at: lastActiveAt, latest_activity: last }) => {
      const seen = last ?? {};
      return { id, here: id === here, name: nameSeenBrowser(seen), place: namePlace(seen), lastActiveAt };
    })
    .sort((a, b) => Number(b.here) - Number(a.here) || b.lastActiveAt - a.lastActiveAt);
}
/** Ending one that has ended already is no failure. */
export async function endBrowserSession(sessions: Sessions, id: string): Promise<void> {
  const clerk = await sessions.clerk();
  const here = clerk.session?.id;
  const call = { method: "POST" as const, path: `/me/sessions/${id}/revoke`, ...(here === undefined ? {} : { sessionId: here }) };
  const { status } = await askClerk(clerk.getFapiClient().request<unknown>(call));
  if (status !== 200 && status !== 404) throw new AppError(status === 401 ? "unauthenticated" : "upstream", { status });
}
