import { z } from "zod";
import { actorView } from "../account/account.ts";
import { id } from "../wire/id.ts";

/** A member's Git server: one half of their stack, whose id it has. */
const memoryRef = z.object({ id: id("rep"), repo: z.string() });
export const gitServerOut = z
  .object({
    server: z.object({
      id: id("stk"),
      actorId: id("agt"),
      observed: actorView.shape.observed,
      status: actorView.shape.status,
    }),
    repository: memoryRef,
  })
  .meta({ id: "GitServer" });
/** `made`: it is there; else it is being made with its stack. */
export const memoryRepositoryOut = z.object({ repository: memoryRef, made: z.boolean() }).meta({ id: "MemoryRepository" });
