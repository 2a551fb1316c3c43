import type { Id } from "../../schema/wire/id.ts";
import { askActor } from "../actor/rivet.ts";
import { isEntitled } from "../billing/entitlement.ts";
import type { EdgeApp } from "../http.ts";

/**
 * Wakes a stack that sleeps for somebody who wants what is in it. Whether it comes up by itself: one that its
 * member stopped, or whose account allows no work, does not.
 */
export async function wakeSleeper(
  { config, db, requestId }: Pick<EdgeApp["Variables"], "config" | "db" | "requestId">,
  member: Id<"mem">,
): Promise<boolean> {
  if (!(await isEntitled(db, member, Date.now()))) return false;
  const asked = askActor({ config, member, requestId }, "wake", {});
  return (await asked.catch(() => ({ wakes: false }))).wakes; // the call that wanted it is refused either way
}
