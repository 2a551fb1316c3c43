import { createHash } from "node:crypto";
import { z } from "zod";

const secondFactors = z.array(z.enum(["totp", "email_code", "backup_code"]));
/** A person as the double keeps them. Without a password they sign in by a code. */
export const identityUser = z.object({
  id: z.string(),
  email: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  password: z.string().optional(),
  /** What is asked of them after the first proof. */
  secondFactors: secondFactors.optional(),
  createdAt: z.number(),
  /** Absent until the person changes something. */
  updatedAt: z.number().optional(),
  /** Further addresses of theirs, and addresses that they have not shown to be theirs. */
  otherEmails: z.array(z.string()).optional(),
  unverified: z.array(z.string()).optional(),
  /** Written with the platform's secret key alone, and by the person's browser. */
  publicMetadata: z.record(z.string(), z.unknown()).optional(),
  unsafeMetadata: z.record(z.string(), z.unknown()).optional(),
});
export type IdentityUser = z.infer<typeof identityUser>;

export const email = z.email().max(120).toLowerCase();
export const devSignInBody = z.object({
  email,
  name: z.string().trim().min(1).max(80).optional(),
  password: z.string().min(8).max(72).optional(),
  secondFactors: secondFactors.optional(),
  otherEmails: z.array(email).optional(),
  unverified: z.array(email).optional(),
});
/** The code that every address gets: that of Clerk's own test addresses. */
export const signInCode = "424242";

/** Signs in over HTTP when the product starts, to make join tokens. */
export const operatorEmail = "operator@example.com";
/** Whom the double of Google knows. */
export const googlePerson = { email: "gina@example.com", name: "Gina Google" };

/** Whom the app's sign-in screen offers on this machine (`edge/app/account/sign-in/demo-people.ts`). */
const knownNames: Record<string, string> = {
  "ada@example.com": "Ada Lind",
  "ben@example.com": "Ben Okafor",
  "chiara@example.com": "Chiara Rossi",
};

/** Always the same for one address, so that a member survives a reset of the double. */
export function userId(address: string): string {
  const digest = createHash("sha256").update(address.trim().toLowerCase()).digest();
  return `user_${BigInt(`0x${digest.toString("hex")}`)
    .toString(36)
    .slice(0, 27)}`;
}

/** A person nobody has told a name gets one from their address. */
export function makeUser(address: string, name?: string, password?: string): IdentityUser {
  const local = address.split("@")[0]!.replace(/[._-]+/g, " ");
  const [firstName = null, ...rest] = (name ?? knownNames[address] ?? local.replace(/\b\w/g, (letter) => letter.toUpperCase())).split(" ");
  const lastName = rest.join(" ") || null;
  return { id: userId(address), email: address, firstName, lastName, ...(password ? { password } : {}), createdAt: Date.now() };
}
/** `updated_at` that is later than the one before it, as one user has at Clerk. */
export function touchUser(user: IdentityUser): IdentityUser {
  user.updatedAt = Math.max(Date.now(), (user.updatedAt ?? user.createdAt) + 1);
  return user;
}
export const nameOf = ({ firstName, lastName }: IdentityUser): string => [firstName, lastName].filter(Boolean).join(" ");
