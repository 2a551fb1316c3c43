import { box } from "../schema/stack.ts";

/** The primary repository, which only the outbox writes. */
export const memory = `${box.memoryRepo.owner}/${box.memoryRepo.name}`;
