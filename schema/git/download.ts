import { z } from "zod";
import { signInId } from "../account/sign-in.ts";
import { branchName } from "../proof/proof.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { ownRepo } from "./git-token.ts";

/**
 * What a member downloads of their repositories: a whole one or one folder of it (`folder`) as a zip, or
 * one file of it (`path`), at a branch or commit.
 */
export const downloadIn = z
  .strictObject({ repo: ownRepo, ref: branchName.default("main"), path: innerPath.optional(), folder: innerPath.optional() })
  .refine(({ path, folder }) => path === undefined || folder === undefined, { path: ["folder"], message: "goes without path" });
export type DownloadIn = z.infer<typeof downloadIn>;
/**
 * `url`: the file itself, for a minute; whoever has it needs nothing else. `expiresAt`: milliseconds since
 * 1970.
 */
export const downloadOut = z.object({ url: z.string(), name: z.string(), expiresAt: z.number() });
export const downloadPass = z.object({ member: id("mem"), asked: downloadIn, signIn: signInId.optional() });
/** Seconds in which a browser begins to save it. */
export const downloadTicketLife = 60;
const lastName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** The name under which a browser keeps it: letters, digits and what no system takes for more. */
export function downloadName({ repo, ref, path, folder }: DownloadIn): string {
  const whole = `${lastName(repo)}${folder === undefined ? "" : `-${lastName(folder)}`}${ref === "main" ? "" : `-${lastName(ref)}`}.zip`;
  const name = path === undefined ? whole : lastName(path);
  return name.replaceAll(/[^\p{L}\p{N}._ -]/gu, "_").slice(-120) || "file";
}
