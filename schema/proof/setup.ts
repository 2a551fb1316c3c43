import { z } from "zod";
import { type Environment, environmentPath } from "../environment/environment.ts";
import { planInstall } from "../environment/install.ts";
import { type AskedPackages, emptyPlan, type InstallPlan, setupTextAt } from "../environment/install-plan.ts";
import { mostSetupPaths, type SetupTexts } from "../environment/setup-paths.ts";
import { canonicalJson, hashSha256, sha256Hex } from "../wire/canonical.ts";
import { innerPath } from "../wire/path.ts";

/**
 * What is installed for a project before its checks can run: by its environment file, else by what its
 * lockfiles say. The platform does it from a clean checkout, and never takes it from an agent's folder.
 */
export type SetupPlan = InstallPlan & { byFile: boolean };

/** As a receipt names it. `snapshot`: SHA-256 over names and contents of what was installed. */
export const setupSeen = z.strictObject({
  commands: z.array(z.string().max(2_000)).max(mostSetupPaths),
  files: z.array(z.strictObject({ name: innerPath, sha256: sha256Hex })).max(mostSetupPaths),
  unpinned: z.array(innerPath).max(mostSetupPaths),
  /** Archives, patches and folders of the project that were copied into it, by Git's hash. */
  copied: z
    .array(z.strictObject({ name: innerPath, hash: z.string().max(80) }))
    .max(mostSetupPaths)
    .optional(),
  snapshot: sha256Hex,
  /** SHA-256 of the environment file, where its commands were run. */
  environment: sha256Hex.optional(),
});
export type SetupSeen = z.infer<typeof setupSeen>;

/** Undefined where nothing has to be installed. An environment without `setup` leaves it to the lockfiles. */
export function planSetup(texts: SetupTexts, environment?: Environment, asked: readonly AskedPackages[] = []): SetupPlan | undefined {
  if (environment?.setup === undefined) {
    const plan = planInstall(texts, asked);
    return plan && { ...plan, files: plan.files.filter((path) => setupTextAt(texts, path) !== undefined), byFile: false };
  }
  if (environment.setup.length === 0) return undefined;
  const steps = environment.setup.map((line) => ({ title: line, script: line, from: environmentPath }));
  const unpinned = planInstall(texts)?.unpinned ?? [environmentPath]; // no lockfile says which versions come
  return { ...emptyPlan(), steps, files: Object.keys(texts), unpinned, byFile: true };
}

/** Where it is done, and for whom. */
export type SetupGround = {
  /** The repository, in which alone it is used. */
  repo: string;
  /** Whether it is main's own: another branch's is used for main by its receipt's hash alone. */
  main: boolean;
  /** The digest of the image in which it is done, with the package managers in it. */
  image: string;
  /** The commit in whose checkout commands run. */
  base?: string | undefined;
  /** Hashes of what of the project is installed as it is, by path. */
  parts?: readonly (readonly [string, string])[];
  /** Names that are open to it beside the registries. */
  open?: readonly string[];
};
/** Counted up when files are laid out otherwise than before: what was made so far is not used any more. */
const rules = 2;
/** The same key: the same installed. */
export async function makeSetupKey(plan: SetupPlan, texts: SetupTexts, ground: SetupGround): Promise<string> {
  const files = Object.fromEntries(plan.files.map((name) => [name, texts[name] ?? ""]));
  const { base = null, parts = [], open = [], ...where } = ground;
  const { byFile, laid } = plan;
  return hashSha256(
    canonicalJson({ rules, ...where, steps: plan.steps.map(({ script }) => script), files, byFile, laid, base, parts, open }),
  );
}
