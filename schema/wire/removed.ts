import { z } from "zod";

/** Answer of a DELETE that took something away; what was not there is `not_found`. */
export const removedOut = z.object({ removed: z.boolean() });
