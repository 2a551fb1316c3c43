import { z } from "zod";

/**
 * POST /stacks/:member/key, by the runner: 32 bytes in base64url, with which the member's actors seal what is
 * said to them (`../seal/sealed-column.ts`); and what an actor that is new is called, and its member, since
 * the engine keeps in the open with what an actor is made.
 */
export const memberKeyOut = z.object({
  key: z.string().regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/),
  name: z.string(),
  memberName: z.string(),
});
