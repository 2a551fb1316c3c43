import { z } from "zod";
import { tryParseForeignJson } from "../../../schema/wire/foreign-text.ts";
import type { IdentityClient, IdentityStore } from "./clients.ts";
import { asActivity } from "./fapi.ts";
import { type FapiForm, FapiRefusal, readNewPassword } from "./proof.ts";
import { type IdentityUser, touchUser } from "./user.ts";
import type { WebhookSender } from "./webhook.ts";

/** What a person who is signed in does with their own account: `/v1/me` and what lies below it. */
export function findPerson(store: IdentityStore, client: IdentityClient): IdentityUser {
  const session = client.sessions.at(-1);
  const user = session && store.userOf(session);
  if (!user) throw new FapiRefusal(401, "authentication_invalid", "Invalid authentication");
  return user;
}
const readName = (given: string | undefined, field: string): string | null => {
  const name = (given ?? "").trim();
  if (name.length > 100) throw new FapiRefusal(422, "form_param_max_length_exceeded", "Enter at most 100 characters.", field);
  return name === "" ? null : name;
};
function readMetadata(given: string, field: string): Record<string, unknown> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(tryParseForeignJson(given));
  if (!parsed.success) throw new FapiRefusal(422, "form_param_format_invalid", "Metadata must be a JSON object.", field);
  return parsed.data;
}
/** What a form of a person's own may say. Metadata that the platform alone writes is none of it. */
const personFields: ReadonlySet<string> = new Set(["first_name", "last_name", "unsafe_metadata"]);
export function updatePerson(store: IdentityStore, client: IdentityClient, form: FapiForm): IdentityUser {
  const user = findPerson(store, client);
  const strange = Object.keys(form).find((field) => !personFields.has(field));
  if (strange !== undefined)
    throw new FapiRefusal(422, "form_param_unknown", `${strange} is not a valid parameter for this request.`, strange);
  if (form.first_name !== undefined) user.firstName = readName(form.first_name, "first_name");
  if (form.last_name !== undefined) user.lastName = readName(form.last_name, "last_name");
  if (form.unsafe_metadata !== undefined) user.unsafeMetadata = readMetadata(form.unsafe_metadata, "unsafe_metadata");
  return touchUser(user);
}
/** Where people are kept, and who hears what becomes of them. */
type People = { store: IdentityStore; told: WebhookSender };
/** Signs one browser out by the word of another. */
function endOther({ store, told }: People, each: ReturnType<IdentityStore["sessionsOf"]>[number]): void {
  store.endSession(each);
  told.signedOut("revoked", each.session);
}
export function setPassword(people: People, client: IdentityClient, form: FapiForm): IdentityUser {
  const { store } = people;
  const user = findPerson(store, client);
  if (user.password !== undefined && user.password !== form.current_password)
    throw new FapiRefusal(422, "form_password_incorrect", "Password is incorrect. Try again, or use another method.", "current_password");
  touchUser(Object.assign(user, { password: readNewPassword(form.new_password, "new_password") }));
  if (form.sign_out_of_other_sessions === "true") {
    const mine = new Set(client.sessions.map(({ id }) => id));
    for (const each of store.sessionsOf(user)) if (!mine.has(each.session.id)) endOther(people, each);
  }
  return user;
}
/** The person's id: nothing else is left of them. */
export function deletePerson(store: IdentityStore, user: IdentityUser): string {
  store.removeUser(user);
  return user.id;
}
export const listSessions = (store: IdentityStore, client: IdentityClient) =>
  store.sessionsOf(findPerson(store, client)).map(({ client: { userAgent }, session }) => asActivity(session, userAgent));
export function revokeSession(people: People, client: IdentityClient, id: string) {
  const found = people.store.sessionsOf(findPerson(people.store, client)).find(({ session }) => session.id === id);
  if (!found) throw new FapiRefusal(404, "resource_not_found", "Session not found");
  endOther(people, found);
  return { ...asActivity(found.session, found.client.userAgent), status: "revoked" };
}
