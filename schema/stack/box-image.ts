import { z } from "zod";
import { imageVariants } from "../environment/environment.ts";

/**
 * PUT /stacks/:member/box: a project of the member's is built in `full`, and the box is to be of it from its
 * next start on. Idempotent; nothing that runs is ended.
 */
export const boxPut = z.strictObject({ image: z.literal("full") });
/** `image`: what the box is of now; `next`: what it would be of if it was started again now. */
export const boxSeen = z.object({
  image: z.enum(imageVariants),
  next: z.enum(imageVariants),
  /** What the machine does for it meanwhile, in words. */
  preparing: z.string().optional(),
});
export type BoxSeen = z.infer<typeof boxSeen>;
