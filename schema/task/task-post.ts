import { z } from "zod";
import { clientId } from "../wire/id.ts";
import { writtenSpec } from "./written-spec.ts";

/**
 * POST /tasks: a spec of one's own, or a story, which the Grow Agent makes a
 * plan of that the member sees and accepts. The same `clientId` is taken once.
 */
export const taskPostIn = z
  .strictObject({ spec: writtenSpec.optional(), story: z.string().trim().min(1).max(16_000).optional(), clientId: clientId.optional() })
  .refine((input) => (input.spec === undefined) !== (input.story === undefined), { path: ["spec"], message: "give a spec or a story" })
  .refine((input) => (input.story === undefined) === (input.clientId === undefined), {
    path: ["clientId"],
    message: "goes with a story, which needs it",
  });
