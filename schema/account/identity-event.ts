import { z } from "zod";
import { type GivenRole, readRoles } from "./role.ts";
import { signInId } from "./sign-in.ts";

/** Clerk's words to `POST /webhooks/clerk`, as far as the edge acts on them. Times in milliseconds. */
const personAddress = z.object({ id: z.string(), email_address: z.string().max(320) });
export const person = z.object({
  id: z.string().min(1).max(200),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  primary_email_address_id: z.string().nullish(),
  email_addresses: z.array(personAddress).max(1_000),
  updated_at: z.number(),
  /** Nobody signs in as them any more, until it is taken back. */
  banned: z.boolean().nullish(),
  /** What a browser can't write; `unsafe_metadata`, which it can, is read nowhere. */
  public_metadata: z.object({ roles: z.unknown().optional() }).nullable().catch(null).optional(),
});
export const identityEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal(["user.created", "user.updated"]), data: person }),
  z.object({ type: z.literal("user.deleted"), data: z.object({ id: z.string().min(1).max(200) }) }),
  z.object({
    /** By its own browser, by the provider's rule, or by whoever took it back. */
    type: z.literal(["session.ended", "session.removed", "session.revoked"]),
    data: z.object({ id: signInId, user_id: z.string().min(1).max(200) }),
  }),
]);
export type IdentityEvent = z.infer<typeof identityEvent>;
export type SignInWord = Extract<IdentityEvent, { type: `session.${string}` }>;

/** What a member's row keeps of a person, as of when. */
export type Profile = { name?: string; email?: string; profileAt: number; roles?: GivenRole[]; rolesAt: number };
/** What the provider leaves out stays as it was. */
export function readProfile(data: z.infer<typeof person>): Profile {
  const name = [data.first_name, data.last_name].filter(Boolean).join(" ").slice(0, 200);
  const email = data.email_addresses.find(({ id }) => id === data.primary_email_address_id)?.email_address;
  const roles = data.public_metadata === undefined ? {} : { roles: readRoles(data.public_metadata) };
  return { ...(name ? { name } : {}), ...(email ? { email } : {}), profileAt: data.updated_at, ...roles, rolesAt: data.updated_at };
}

/**
 * The answer to a change of roles that the platform made itself. It counts above another word of the same
 * time, as it may give more.
 */
export function readChangeAnswer(data: z.infer<typeof person>): Profile {
  const profile = readProfile({ public_metadata: null, ...data });
  return { ...profile, rolesAt: profile.rolesAt + 1 };
}

/** `taken`: whether anything was done by it; another word, or the same again, is thanked for all the same. */
export const identityEventOut = z.object({ taken: z.boolean() });
