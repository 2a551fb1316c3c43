import { isSealed } from "../../schema/seal/sealed-column.ts";
import { AppError } from "../../schema/wire/error.ts";
import { sealRows } from "./seal-rows.ts";
import { isKeyAway, type KnownMember } from "./seals.ts";
import { member, type Self } from "./self.ts";

const otherKey = "What the actor keeps is sealed with another key.";
/**
 * Before an actor reads anything: its member's key, and rows of before columns were sealed. `readOwn` reads a
 * sealed text of its own, where it has one. Undefined where there is no key that opens what it keeps: it then
 * does nothing, and can be erased.
 */
export async function startSealed(
  self: Self,
  life: AbortSignal,
  readOwn: () => Promise<string | undefined>,
): Promise<KnownMember | undefined> {
  const { vars } = self;
  try {
    const known = await vars.world.seals.waitFor(member(self), life);
    if (isSealed(await readOwn())) throw new AppError("conflict", { what: "key" }, { message: otherKey });
    await sealRows(self.db, life);
    return known;
  } catch (error) {
    if (!(error instanceof AppError) || isKeyAway(error)) throw error; // it is started again
    vars.unreadable = error;
    vars.world.log("error", "what the actor keeps can't be read", { member: member(self), error });
    return undefined;
  }
}
/** Of an actor whose keepings can't be read every action fails, but its end. */
export function requireReadable({ vars }: Self, action: string): void {
  if (vars.unreadable && action !== "erase") throw vars.unreadable;
}
