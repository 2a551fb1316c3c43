import { z } from "zod";
import { id } from "../wire/id.ts";
import { signInId } from "./sign-in.ts";

/**
 * A member's data as one archive. It is packed as it is saved, and kept nowhere: a link says who may
 * save it, and a row how far that is. Times are milliseconds since 1970.
 */
export const exportParts = ["account", "log", "repositories", "files"] as const;
export type ExportPart = (typeof exportParts)[number];

/** GET and POST /account/exports */
export const exportOut = z.object({
  /** `broken`: it broke off, and what was saved of it is no whole archive. */
  state: z.enum(["none", "ready", "packing", "saved", "broken"]),
  /** What is being packed; of so many files of the archive (`files`) so many are done. */
  part: z.enum(exportParts).nullable(),
  filesDone: z.number().int(),
  /** null: not known yet. */
  files: z.number().int().nullable(),
  bytes: z.number().int(),
  /** What could not be brought, in words. */
  missing: z.array(z.string()),
  /** Until when the link begins to save it, once or again. */
  linkEndsAt: z.number().nullable(),
  /** Packed, and nothing was read of it for a minute: the browser waits, or has gone. */
  stands: z.boolean(),
});
export type ExportOut = z.infer<typeof exportOut>;
/** `url`: the archive itself; whoever has it needs nothing else. An older link ends with a new one. */
export const exportMade = exportOut.extend({ url: z.string() });

export const exportPass = z.object({ member: id("mem"), export: id("exp"), signIn: signInId.optional() });
/** Seconds in which a link begins to save it. */
export const exportLinkLife = 3_600;

/** GET /stacks/:member/exports at the host: what of a stack is packed by itself. */
export const stackExport = z.object({
  repositories: z.array(z.string()),
  /** Folders of agents, and of the member's own terminal, that may hold what is in no repository. */
  folders: z.array(z.union([id("agt"), z.literal("member")])),
});
export type StackExport = z.infer<typeof stackExport>;
