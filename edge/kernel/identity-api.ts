import { z } from "zod";
import { person } from "../../schema/account/identity-event.ts";
import type { GivenRole } from "../../schema/account/role.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { EdgeConfig } from "../env.ts";
import { readBytes } from "../http.ts";

/** Clerk's Backend API, by the platform's secret key. The edge asks it, and who makes the first operator. */
export type IdentityApi = Pick<EdgeConfig, "CLERK_API_URL"> & { CLERK_SECRET_KEY: string };
type ApiCall = { path: string; method?: "GET" | "PATCH"; body?: object; within?: number };

const mostAnswerBytes = 262_144;
/**
 * One call. Throws where no answer comes in time, or none that is JSON; the error may hold a name.
 */
export async function askIdentityApi(api: IdentityApi, { path, method = "GET", body, within = 10_000 }: ApiCall) {
  const answer = await fetch(`${api.CLERK_API_URL}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${api.CLERK_SECRET_KEY}`, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    redirect: "manual",
    signal: AbortSignal.timeout(within),
  });
  const text = new TextDecoder().decode(await readBytes(answer, mostAnswerBytes));
  return { status: answer.status, ok: answer.ok, said: parseForeignJson(text) };
}

/** The provider answers, and not what was asked for; `status` is all that is told of its answer. */
export class IdentityRefusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the identity provider's API answers ${status}`);
    this.status = status;
  }
}
const unknownPerson = z.object({ errors: z.tuple([z.object({ code: z.literal("resource_not_found") })], z.unknown()) });
export type IdentityPerson = z.infer<typeof person>;
type PersonCall = Omit<ApiCall, "path"> & { below?: string };
/** Asks for, or changes, a person; "nobody" where the provider has none of that id. */
export async function askPerson(
  api: IdentityApi,
  subject: string,
  { below = "", ...call }: PersonCall = {},
): Promise<IdentityPerson | "nobody"> {
  const { status, ok, said } = await askIdentityApi(api, { path: `/users/${encodeURIComponent(subject)}${below}`, ...call });
  const told = ok ? person.safeParse(said).data : undefined;
  if (told?.id === subject) return told;
  if (status === 404 && unknownPerson.safeParse(said).success) return "nobody";
  throw new IdentityRefusal(status);
}

/**
 * Gives a person a role where the provider keeps it, or takes it; what else their metadata says stays. Gives
 * the person as they are then. A second time changes nothing.
 */
export function changePersonRole(api: IdentityApi, subject: string, role: GivenRole, isGiven: boolean): Promise<IdentityPerson | "nobody"> {
  const body = { public_metadata: { roles: { [role]: isGiven || null } } };
  return askPerson(api, subject, { below: "/metadata", method: "PATCH", body });
}
