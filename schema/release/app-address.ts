import { z } from "zod";
import { signInId } from "../account/sign-in.ts";
import { trimTail } from "../wire/foreign-text.ts";
import type { Id } from "../wire/id.ts";

/**
 * Where the releases of a project are seen: `<label>.<APPS_DOMAIN>`. A label is one project's of one member
 * for good, so that an address never leads to another's.
 */
/**
 * PUT /stacks/:member/projects/:project/address, by the runner. Without `published` it stays as it is: only
 * the member's word changes who sees it.
 */
export const appAddressIn = z.strictObject({ published: z.boolean().optional() });
export type AppAddressIn = z.infer<typeof appAddressIn>;
export const appAddressOut = z.object({ address: z.string(), published: z.boolean() });

/** What an app pass says: that its holder may see what is at this label. */
export const appPass = (member: z.ZodType<Id<"mem">, Id<"mem">>) => z.object({ member, label: z.string(), signIn: signInId.optional() });

/**
 * Labels for a project, in the order in which they are tried. `plain`: the project's name alone may be taken,
 * as on a developer's machine. A member's id is told by its end, the longer the more others have.
 */
export function listAppLabels(project: string, member: Id<"mem">, plain: boolean): string[] {
  const name = trimTail(project, "-");
  const whole = member.slice(4).toLowerCase();
  return [...(plain ? [name] : []), ...[6, 10, 16, whole.length].map((length) => `${name.slice(0, 62 - length)}-${whole.slice(-length)}`)];
}
/** The label of an address as `appAddressOut` has it. */
export const labelOfAddress = (address: string): string => new URL(address).hostname.split(".")[0]!;
/** The label of a host name below the domain of apps; undefined for every other name. */
export function readAppLabel(host: string, domain: string): string | undefined {
  const label = host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : "";
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label) ? label : undefined;
}
