import { z } from "zod";
import { canonicalJson, hashSha256, sha256Hex } from "../wire/canonical.ts";

/**
 * What a project must have installed before its checks can run: found from the files of its
 * root, and done by the platform from a clean checkout, never taken from an agent's folder.
 */
export const setupFiles = [
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "pyproject.toml",
  "uv.lock",
  "requirements.txt",
] as const;
export type SetupFile = (typeof setupFiles)[number];
export type SetupTexts = Partial<Record<SetupFile, string>>;
/**
 * `files`: what decides what is installed. `unpinned`: those that leave it open which versions come, so that
 * another day may bring others.
 */
export type SetupPlan = { steps: { title: string; script: string }[]; files: SetupFile[]; unpinned: SetupFile[] };

/** As a receipt names it. `snapshot`: SHA-256 over names and contents of what was installed. */
export const setupSeen = z.strictObject({
  commands: z.array(z.string().max(200)).max(10),
  files: z.array(z.strictObject({ name: z.enum(setupFiles), sha256: sha256Hex })).max(setupFiles.length),
  unpinned: z.array(z.enum(setupFiles)).max(setupFiles.length),
  snapshot: sha256Hex,
});
export type SetupSeen = z.infer<typeof setupSeen>;

// The scripts of the project itself are not run: they are work that is to be proven, and could put
// something else in the place of a test runner. Those of packages are, where the package needs them.
const buildPackages = `[ ! -f node_modules/.package-lock.json ] || names=$(node -p 'const all = Object.entries(require("./node_modules/.package-lock.json").packages);
[...new Set(all.filter(([at, one]) => one.hasInstallScript && !one.link && at.startsWith("node_modules/")).map(([at]) => at.split("node_modules/").pop()))].join(" ")')
[ -z "\${names:-}" ] || npm rebuild --foreground-scripts $names`;
const npmOptions = "--ignore-scripts --no-audit --no-fund";

const dependencies = z.record(z.string(), z.string()).default({});
const manifest = z.looseObject({
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
  workspaces: z.unknown().optional(),
});
/** Whether a package.json asks for anything. One that can't be read is npm's to complain about. */
function asksForPackages(text: string): boolean {
  try {
    const { dependencies, devDependencies, optionalDependencies, workspaces } = manifest.parse(JSON.parse(text));
    return workspaces !== undefined || [dependencies, devDependencies, optionalDependencies].some((each) => Object.keys(each).length > 0);
  } catch {
    return true;
  }
}
/** Requirements that name one file each: all with a hash. */
const isPinned = (requirements: string) =>
  requirements
    .replaceAll(/\\\r?\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .every((line) => line === "" || line.startsWith("#") || line.includes("--hash="));

function planNode(texts: SetupTexts): SetupPlan | undefined {
  if (texts["package.json"] === undefined || !asksForPackages(texts["package.json"])) return undefined;
  const plan = (title: string, script: string, lock?: SetupFile): SetupPlan => ({
    steps: [{ title, script }],
    files: lock === undefined ? ["package.json"] : ["package.json", lock],
    unpinned: lock === undefined ? ["package.json"] : [],
  });
  if (texts["pnpm-lock.yaml"] !== undefined)
    return plan("pnpm install", "pnpm install --frozen-lockfile --ignore-scripts", "pnpm-lock.yaml");
  const lock = (["npm-shrinkwrap.json", "package-lock.json"] as const).find((name) => texts[name] !== undefined);
  if (lock !== undefined) return plan("npm ci", `npm ci ${npmOptions}\n${buildPackages}`, lock);
  if (texts["yarn.lock"] !== undefined)
    return plan("yarn install", "yarn install --frozen-lockfile --ignore-scripts --non-interactive", "yarn.lock");
  return plan("npm install", `npm install ${npmOptions} --no-package-lock\n${buildPackages}`);
}
function planPython(texts: SetupTexts): SetupPlan | undefined {
  if (texts["uv.lock"] !== undefined && texts["pyproject.toml"] !== undefined) {
    const steps = [{ title: "uv sync", script: "uv sync --frozen --no-install-project" }];
    return { steps, files: ["pyproject.toml", "uv.lock"], unpinned: [] };
  }
  const { "requirements.txt": requirements } = texts;
  if (requirements === undefined || requirements.split("\n").every((line) => /^\s*(#|$)/.test(line))) return undefined;
  const script = "python3 -m venv .venv\n.venv/bin/pip install --no-input --progress-bar off -r requirements.txt";
  const files: SetupFile[] = ["requirements.txt"];
  return { steps: [{ title: "pip install", script }], files, unpinned: isPinned(requirements) ? [] : files };
}

/** What has to be installed for a project with these files; undefined where nothing has to. */
export function planSetup(texts: SetupTexts): SetupPlan | undefined {
  const plans = [planNode(texts), planPython(texts)].filter((plan) => plan !== undefined);
  if (plans.length === 0) return undefined;
  return {
    steps: plans.flatMap(({ steps }) => steps),
    files: plans.flatMap(({ files }) => files),
    unpinned: plans.flatMap(({ unpinned }) => unpinned),
  };
}
/** The same key: the same installed. `image`: the digest of the image in which it is done. */
export async function makeSetupKey(plan: SetupPlan, texts: SetupTexts, image: string): Promise<string> {
  const files = Object.fromEntries(plan.files.map((name) => [name, texts[name] ?? ""]));
  return hashSha256(canonicalJson({ image, steps: plan.steps.map(({ script }) => script), files }));
}
