import { z } from "zod";
import { environmentName } from "../environment/environment.ts";

/** The values of a project's variables: kept sealed by the edge, given to its releases, never shown again. */
export const mostProjectSecrets = 50;
export const projectSecretIn = z.strictObject({
  value: z
    .string()
    .min(1)
    .max(32_768)
    .refine((value) => !value.includes("\0"), "must not hold the character U+0000"),
});
/** `version` counts its values. */
export const projectSecretView = z.object({ name: environmentName, version: z.number().int(), updatedAt: z.number() });
export const projectSecretsOut = z.object({ secrets: z.array(projectSecretView) });
/** POST /stacks/:member/projects/:project/secrets, by the runner. */
export const projectSecretValues = z.object({
  values: z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.number().int()).optional(),
});
export type ProjectSecretValues = z.infer<typeof projectSecretValues>;

/**
 * Where the secrets of a project are not those that its release was given: names whose value is newer, or
 * which it was not given, and names that it has and that are kept no more. Nothing where it is not known.
 */
export function compareSecrets(
  given: Readonly<Record<string, number>> | undefined,
  kept: readonly { name: string; version: number }[],
): { newer: string[]; removed: string[] } {
  if (!given) return { newer: [], removed: [] };
  const newer = kept.filter(({ name, version }) => given[name] !== version).map(({ name }) => name);
  return { newer, removed: Object.keys(given).filter((name) => !kept.some((each) => each.name === name)) };
}
