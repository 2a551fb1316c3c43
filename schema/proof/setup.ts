import { z } from "zod";
import { type Environment, environmentPath } from "../environment/environment.ts";
import { type InstallPlan, mostSetupPaths, planInstall, type SetupTexts, setupPath } from "../environment/install.ts";
import { canonicalJson, hashSha256, sha256Hex } from "../wire/canonical.ts";

/**
 * What is installed for a project before its checks can run: by its environment file, else by what its
 * lockfiles say. The platform does it from a clean checkout, and never takes it from an agent's folder.
 */
export type SetupPlan = InstallPlan & { byFile: boolean };

/** As a receipt names it. `snapshot`: SHA-256 over names and contents of what was installed. */
export const setupSeen = z.strictObject({
  commands: z.array(z.string().max(2_000)).max(mostSetupPaths),
  files: z.array(z.strictObject({ name: setupPath, sha256: sha256Hex })).max(mostSetupPaths),
  unpinned: z.array(setupPath).max(mostSetupPaths),
  snapshot: sha256Hex,
  /** SHA-256 of the environment file, where its commands were run. */
  environment: sha256Hex.optional(),
});
export type SetupSeen = z.infer<typeof setupSeen>;

/** Undefined where nothing has to be installed. An environment without `setup` leaves it to the lockfiles. */
export function planSetup(texts: SetupTexts, environment?: Environment): SetupPlan | undefined {
  if (environment?.setup === undefined) {
    const plan = planInstall(texts);
    return plan && { ...plan, byFile: false };
  }
  if (environment.setup.length === 0) return undefined;
  const steps = environment.setup.map((line) => ({ title: line, script: line, from: environmentPath }));
  const unpinned = planInstall(texts)?.unpinned ?? [environmentPath]; // no lockfile says which versions come
  return { steps, files: Object.keys(texts), unpinned, local: false, byFile: true };
}

/**
 * `image`: the digest of the image in which it is done. `rest`: what else of the checkout decides: a commit,
 * or files by content.
 */
export type SetupGround = {
  image: string;
  rest?: string | undefined;
  /** Names that are open to it beside the registries. */
  open?: readonly string[];
};
/** The same key: the same installed. */
export async function makeSetupKey(plan: SetupPlan, texts: SetupTexts, { image, rest, open = [] }: SetupGround): Promise<string> {
  const files = Object.fromEntries(plan.files.map((name) => [name, texts[name] ?? ""]));
  const more = {
    ...(plan.byFile ? { byFile: true } : {}),
    ...(rest === undefined ? {} : { rest }),
    ...(open.length > 0 ? { open } : {}),
  };
  return hashSha256(canonicalJson({ image, steps: plan.steps.map(({ script }) => script), files, ...more }));
}
