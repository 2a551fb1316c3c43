import { createHash } from "node:crypto";
import { z } from "zod";

export type User = { id: string; email: string; name: string };
export const email = z.email().max(120).toLowerCase();
export const signInBody = z.object({ email, name: z.string().trim().min(1).max(80).optional() });

/** The people whom the page offers. */
export const people = [
  { email: "ada@example.com", name: "Ada Lind", about: "Building her first product" },
  { email: "ben@example.com", name: "Ben Okafor", about: "Runs two small shops" },
  { email: "chiara@example.com", name: "Chiara Rossi", about: "Learning to write software" },
];
/** Signs in over HTTP when the product starts, to make join tokens. */
export const operatorEmail = "operator@example.com";

/** Always the same for one address, so that a member survives a reset of this page. */
export function userId(address: string): string {
  const digest = createHash("sha256").update(address.trim().toLowerCase()).digest();
  return `user_${BigInt(`0x${digest.toString("hex")}`)
    .toString(36)
    .slice(0, 27)}`;
}

export function userOf(address: string, name?: string): User {
  const known = people.find((person) => person.email === address)?.name;
  const local = address.split("@")[0]!.replace(/[._-]+/g, " ");
  return { id: userId(address), email: address, name: name ?? known ?? local.replace(/\b\w/g, (letter) => letter.toUpperCase()) };
}
