import { z } from "zod";
import { person, readProfile } from "../../schema/account/identity-event.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { type EdgeApp, readBytes } from "../http.ts";

/**
 * Name and address of people, as Clerk's Backend API says them: its usual session token has neither. A
 * webhook tells of later changes (account/identity-event.ts).
 */
type ProfileWorld = Pick<EdgeApp["Variables"], "config" | "log">;
export type Profile = ReturnType<typeof readProfile>;

const askWithin = 3_000;
const mostAnswerBytes = 262_144;

const unknownPerson = z.object({ errors: z.tuple([z.object({ code: z.literal("resource_not_found") })], z.unknown()) });
/** What the provider knows of a person; undefined where it can't be asked or does not answer. */
export async function askProfile({ config, log }: ProfileWorld, subject: string): Promise<Profile | "nobody" | undefined> {
  if (config.CLERK_SECRET_KEY === undefined) return undefined;
  let status: number | undefined;
  try {
    const answer = await fetch(`${config.CLERK_API_URL}/v1/users/${encodeURIComponent(subject)}`, {
      headers: { authorization: `Bearer ${config.CLERK_SECRET_KEY}` },
      redirect: "manual",
      signal: AbortSignal.timeout(askWithin),
    });
    status = answer.status;
    const text = new TextDecoder().decode(await readBytes(answer, mostAnswerBytes));
    const said = parseForeignJson(text);
    const told = answer.ok ? person.safeParse(said).data : undefined;
    if (told?.id === subject) return readProfile(told);
    if (status === 404 && unknownPerson.safeParse(said).success) return "nobody";
  } catch {
    // said below: what failed may hold words of the answer, which are a person's
  }
  log("warn", "the identity provider does not say who somebody is", { status });
  return undefined;
}
