import { z } from "zod";
import { tryParseForeignJson } from "../../../schema/wire/foreign-text.ts";
import type { IdentityStore } from "./clients.ts";
import type { Config } from "./config.ts";
import { asUser } from "./fapi.ts";
import { deletePerson } from "./person.ts";
import { FapiRefusal } from "./proof.ts";
import { type IdentityUser, touchUser } from "./user.ts";
import type { WebhookSender } from "./webhook.ts";

/** Clerk's Backend API, as far as the platform asks it with its secret key (@clerk/backend's `UserApi`). */
type Platform = { settings: Config; store: IdentityStore; told: WebhookSender };

function checkKey({ settings: { SECRET_KEY } }: Platform, bearer: string | undefined): void {
  if (SECRET_KEY === undefined || bearer !== SECRET_KEY)
    throw new FapiRefusal(401, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.");
}
export function findForPlatform(platform: Platform, bearer: string | undefined, id: string): IdentityUser {
  checkKey(platform, bearer);
  const user = platform.store.findUserById(id);
  if (!user) throw new FapiRefusal(404, "resource_not_found", "not found");
  return user;
}
export function countUsers(platform: Platform, bearer: string | undefined) {
  checkKey(platform, bearer);
  return { object: "total_count", total_count: platform.store.countUsers() };
}
/** Without an address Clerk lists everybody; nobody here asks for that. */
export function listByEmail(platform: Platform, bearer: string | undefined, emails: readonly string[]) {
  checkKey(platform, bearer);
  return platform.store.findUsersByEmails(emails).map(asUser);
}
export function deleteByPlatform(platform: Platform, bearer: string | undefined, id: string) {
  const { store, told } = platform;
  told.deleted(deletePerson(store, findForPlatform(platform, bearer, id)));
  store.save();
  return { object: "user", id, deleted: true };
}

const metadata = z.record(z.string(), z.unknown());
type Metadata = z.infer<typeof metadata>;
const metadataBody = z.strictObject({ public_metadata: metadata.optional(), unsafe_metadata: metadata.optional() });
/** Objects are merged at every level, `null` takes a key away, and all else, lists too, is replaced. */
function mergeDeep(before: Metadata, change: Metadata): Metadata {
  const changed = Object.entries(change).map(([key, value]) => {
    const [inner, old] = [metadata.safeParse(value), metadata.safeParse(before[key])];
    return [key, inner.success ? mergeDeep(old.data ?? {}, inner.data) : value] as const;
  });
  return Object.fromEntries(Object.entries({ ...before, ...Object.fromEntries(changed) }).filter(([, value]) => value !== null));
}
export function mergeMetadata(platform: Platform, { bearer, body }: { bearer: string | undefined; body: string }, id: string) {
  const { store, told } = platform;
  const user = findForPlatform(platform, bearer, id);
  const parsed = metadataBody.safeParse(tryParseForeignJson(body));
  if (!parsed.success) throw new FapiRefusal(422, "form_param_format_invalid", "Metadata must be a JSON object.");
  const { public_metadata: open = {}, unsafe_metadata: unsafe = {} } = parsed.data;
  user.publicMetadata = mergeDeep(user.publicMetadata ?? {}, open);
  user.unsafeMetadata = mergeDeep(user.unsafeMetadata ?? {}, unsafe);
  told.updated(touchUser(user));
  store.save();
  return asUser(user);
}
