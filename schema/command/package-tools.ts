import {
  anyPackageUse,
  askPackageUse,
  checkGoEnv,
  checkGoRun,
  checkGradle,
  checkInstall,
  checkMaven,
  checkNpmExec,
  checkRunner,
  checkScript,
  checkStart,
  type InstallForm,
  type PackageCheck,
  packageReasons,
} from "./package-check.ts";

/**
 * What each package manager does with its subcommands. `verbs` are by their first word, or by two; `other` is
 * every other word, and none at all. Which of them an agent may run is said by the sets of its type.
 */
export type PackageTool = {
  verbs: Record<string, PackageCheck>;
  other?: PackageCheck;
  /** Options that may stand before the subcommand, and those of them that name a folder of the workspace. */
  before?: string;
  folders?: string;
};

/** Development tools that a project has in its own folder and runs by `npx` or by their path. */
export const buildTools =
  "tsc tsx vite next esbuild rollup webpack tsup eslint prettier biome stylelint knip tailwindcss sass svelte-check vue-tsc typedoc".split(
    " ",
  );
export const testTools = "vitest jest mocha ava c8".split(" ");
const nodeTools = new Set([...buildTools, ...testTools, "playwright"]);
/** Those of a virtual environment. */
export const pythonBuildTools = "python python3 ruff mypy black isort flake8 pyright coverage tox".split(" ");
export const pythonInstallers = ["pip", "pip3"];
const pythonTools = new Set([...pythonBuildTools, ...pythonInstallers, "pytest", "uv", "twine"]);
/** By the folder that a package manager lays them in. */
export const projectTools = { "node_modules/.bin": nodeTools, ".venv/bin": pythonTools, "venv/bin": pythonTools };

const uses = (verbs: string, check: PackageCheck): Record<string, PackageCheck> =>
  Object.fromEntries(verbs.split(" ").map((verb) => [verb.replace("+", " "), check]));
const asks = (reason: keyof typeof packageReasons, verbs: string) => uses(verbs, askPackageUse(packageReasons[reason]));
const harmless = (verbs: string) => uses(verbs, anyPackageUse);
const { global, registry, address } = packageReasons;

const nodeForm: Omit<InstallForm, "options"> = {
  named: /^(@[\w~][\w.~-]*\/)?[\w~][\w.~-]*(@((npm:(@[\w.~-]+\/)?[\w.~-]+@)|workspace:)?[\w.^~<>=|*+ -]*)?$/,
  located: /^[./]/,
  meaning: [
    [/^-+(reg|@|userconfig|globalconfig|proxy|https-proxy|use-yarnrc)/, registry],
    [/^-+(no-)*(gl|loc)|^-[A-Za-z]*g/, global],
  ],
};
// `-w` and `-C` are here without their value: of `-Cg` npm makes `--prefix --global`
const npmInstall = checkInstall({
  ...nodeForm,
  options:
    "DSEOPBfsqdywC --save --save-dev --save-prod --save-optional --save-exact --save-peer --no-save --save-bundle --force --legacy-peer-deps " +
    "--strict-peer-deps --no-audit --no-fund --audit=? --fund=? --ignore-scripts --no-optional --omit= --include= --production --prefer-offline " +
    "--prefer-online --offline --no-package-lock --package-lock-only --dry-run --silent --quiet --verbose --loglevel= --no-progress --progress=? " +
    "--workspace= --workspaces --include-workspace-root --install-strategy= --no-bin-links --foreground-scripts --json --engine-strict --yes --depth= " +
    "--audit-level= --prefix= --cache=",
  paths: "--prefix --cache",
  packages: "--audit --fund --progress", // of a value that is neither true nor false npm makes a package
});
const pnpmInstall = checkInstall({
  ...nodeForm,
  options:
    "DPOEwrsfLC --save-dev --save-prod --save-optional --save-exact --save-peer --dev --prod --no-optional --frozen-lockfile --no-frozen-lockfile " +
    "--prefer-frozen-lockfile --prefer-offline --offline --ignore-scripts --workspace --workspace-root --recursive --filter= --silent --reporter= " +
    "--loglevel= --force --latest --depth= --lockfile-only --fix-lockfile --shamefully-hoist --no-hoist --strict-peer-dependencies --ignore-workspace " +
    "--dir= --allow-build= --json --audit-level=",
  paths: "--dir",
  packages: "--allow-build",
});
const yarnInstall = checkInstall({
  ...nodeForm,
  options:
    "DPOETWsLA --dev --peer --optional --exact --tilde --ignore-workspace-root-check --frozen-lockfile --production=? --prod --ignore-scripts " +
    "--ignore-engines --ignore-optional --ignore-platform --silent --verbose --non-interactive --offline --prefer-offline --pure-lockfile --no-lockfile " +
    "--check-files --force --flat --json --no-progress --no-bin-links --network-timeout= --network-concurrency= --latest --cwd= --audit",
  paths: "--cwd",
});
const pythonForm = {
  named: /^[A-Za-z0-9][\w.-]*(\[[\w., -]*\])?((@| *(==|~=|!=|>|<))[\w.*+!, <>=~-]*)?$/,
  located: /^(\.$|[^:]*\/)/,
  meaning: [
    [
      /^-[A-Za-z]*[if]|^--(default-)?(index|extra-index|find-links|trusted|allow-insecure|proxy|cert|client-cert|keyring|config-file)/,
      registry,
    ],
    [/^--(user|break|prefix|root|system|target|src)/, global],
    [/^--(git|rev|branch|tag)/, address],
  ],
} as const;
const pipOptions =
  "qvUI e:r:c:t: --quiet --verbose --upgrade --upgrade-strategy= --force-reinstall --ignore-installed --no-deps --pre --no-cache-dir --no-input --dry-run " +
  "--disable-pip-version-check --no-build-isolation --only-binary= --no-binary= --prefer-binary --requirement= --constraint= --editable= --progress-bar= " +
  "--no-warn-script-location --root-user-action= --require-hashes --no-compile --target= --retries= --timeout= --no-color --use-pep517 --group= --dest= " +
  "--wheel-dir= --require-virtualenv --yes --python-version= --platform=";
const pipPaths = "-r -c -t --requirement --constraint --target --dest --wheel-dir";
const pipInstall = checkInstall({ ...pythonForm, options: `${pipOptions} d:w:`, paths: `${pipPaths} -d -w`, packages: "-e --editable" });
const pipRemove = checkInstall({ ...pythonForm, options: "yq r: --yes --quiet --requirement=", paths: "-r --requirement" });
const uvOptions =
  "p:P: --frozen --locked --dev --no-dev --only-dev --all-extras --extra= --no-extra= --group= --no-group= --only-group= --all-groups --all-packages " +
  "--package= --inexact --exact --active --no-sync --no-editable --no-install-project --no-install-workspace --upgrade --upgrade-package= --reinstall " +
  "--reinstall-package= --refresh --python= --no-cache --offline --no-progress --resolution= --prerelease= --link-mode= --compile-bytecode --no-build " +
  "--check --isolated --no-project --directory= --project= --requirements= --constraints= --color=";
const uvPaths = "-p --python --directory --project --requirements --constraints";
const uvProject = checkInstall({
  ...pythonForm,
  options: `qvUnr:c: ${uvOptions} --quiet --verbose --editable --optional= --bounds= --raw --workspace --seed --clear --prompt= --relocatable --lib --app --name= --bare`,
  paths: `-r -c ${uvPaths}`,
  packages: "-P --upgrade-package",
});
const uvPip = checkInstall({
  ...pythonForm,
  options: `${pipOptions} n ${uvOptions}`,
  paths: `${pipPaths} ${uvPaths}`,
  packages: "-e --editable -P --upgrade-package",
});
/** Before what `uv run` runs. */
export const uvRunForm: InstallForm = {
  ...pythonForm,
  named: /^[A-Za-z0-9][\w.,[\]@=<>~!* -]*$/,
  options: `qvUnw: ${uvOptions} --quiet --verbose --with= --no-env-file`,
  paths: uvPaths,
  packages: "-w --with -P --upgrade-package",
};
const cargoInstall = checkInstall({
  named: /^[A-Za-z0-9_-]+(@[\w.^~<>=*+, -]*)?$/,
  located: /^\.{1,2}\//,
  options:
    "qvn F:p: --quiet --verbose --dry-run --dev --build --optional --no-optional --features= --no-default-features --default-features --rename= --package= " +
    "--target= --path= --manifest-path= --locked --offline --frozen --workspace --precise= --recursive --color=",
  paths: "--path --manifest-path",
  packages: "-p --package",
  meaning: [
    [/^--(registry|index|config)/, registry],
    [/^--(git|branch|tag|rev)/, address],
  ],
});

const npm: PackageTool = {
  before: "--silent -s --quiet -q --no-audit --no-fund --no-progress --workspaces --include-workspace-root --prefer-offline --offline",
  folders: "--prefix -C --workspace -w",
  verbs: {
    ...uses(
      "install i in ins inst add ci ic clean-install install-clean it install-test uninstall remove rm un r unlink update up upgrade",
      npmInstall,
    ),
    ...uses("dedupe ddp prune rebuild rb audit", npmInstall),
    ...uses("run run-script rum", checkScript),
    ...uses("exec x", checkNpmExec(nodeTools)),
    ...uses("init create innit", checkStart("yws --yes --silent --workspace= --scope= --private --template=", false)),
    ...harmless(
      "test t tst start stop restart ls list ll la view info show v outdated explain why fund pack ping root prefix search query pkg help",
    ),
    ...harmless("--version -v version diff docs bugs sbom doctor completion get config+get config+list config+ls"),
    ...asks("publish", "publish unpublish deprecate undeprecate dist-tag dist-tags stage"),
    ...asks("account", "login logout adduser add-user token owner author access team org ogr profile hook star unstar trust whoami"),
    ...asks("global", "link ln"),
    ...asks("registry", "config c set"),
  },
};
const pnpm: PackageTool = {
  before: "--silent -s -r --recursive -w --workspace-root --offline --prefer-offline",
  folders: "--dir -C --filter -F",
  verbs: {
    ...uses("install i add remove rm uninstall un update up upgrade prune rebuild rb dedupe fetch audit import ci", pnpmInstall),
    ...uses("run run-script", checkScript),
    ...uses("exec", checkRunner(nodeTools)),
    ...uses("create", checkStart("", true)),
    ...harmless("test t start ls list ll la why outdated view info licenses init --version -v config+get config+list store+path"),
    ...asks("publish", "publish unpublish deprecate dist-tag"),
    ...asks("account", "login logout adduser owner token access team org profile whoami"),
    ...asks("global", "link ln setup self-update env"),
    ...asks("registry", "config c set"),
    ...asks("download", "dlx"),
  },
  other: checkScript,
};
const yarn: PackageTool = {
  before: "--silent -s --offline",
  folders: "--cwd",
  verbs: {
    ...uses("install add remove upgrade upgrade-interactive up import audit", yarnInstall),
    ...uses("run exec", checkScript),
    ...uses("create init", checkStart("y --yes --private", true)),
    ...harmless("test start why list info outdated check pack licenses versions --version -v config+get config+list cache+dir"),
    ...asks("publish", "publish unpublish tag npm"),
    ...asks("account", "login logout owner team access token"),
    ...asks("global", "global link unlink set plugin"),
    ...asks("registry", "config"),
    ...asks("download", "dlx"),
    "": yarnInstall,
  },
  other: checkScript,
};
const pip: PackageTool = {
  before: "-q --quiet --no-input --disable-pip-version-check --no-cache-dir --require-virtualenv",
  verbs: {
    ...uses("install download wheel", pipInstall),
    ...uses("uninstall", pipRemove),
    ...harmless("list show freeze check inspect hash debug help --version -V cache+dir config+list config+get config+debug index+versions"),
    ...asks("registry", "config"),
  },
};
const uv: PackageTool = {
  before: "-q --quiet -v --offline --no-cache -n --no-progress",
  folders: "--directory --project",
  verbs: {
    ...uses("sync add remove lock venv init", uvProject),
    ...uses("pip+install pip+uninstall pip+sync pip+compile", uvPip),
    ...harmless(
      "pip+list pip+show pip+freeze pip+tree pip+check tree build version --version python+list python+find python+dir cache+dir export format help",
    ),
    ...asks("publish", "publish"),
    ...asks("account", "auth"),
    ...asks("download", "tool+run x"),
    ...asks("global", "tool python self"),
  },
};
const cargo: PackageTool = {
  before: "-q --quiet -v --verbose --locked --offline --frozen",
  verbs: {
    ...uses("add remove rm update fetch generate-lockfile", cargoInstall),
    ...harmless(
      "build b test t run r check c clippy fmt doc d bench clean tree metadata package new init fix info search --version version help",
    ),
    ...asks("publish", "publish yank"),
    ...asks("account", "login logout owner"),
    ...asks("global", "install uninstall"),
  },
};
const go: PackageTool = {
  folders: "-C",
  verbs: {
    ...harmless("build test vet get mod fmt generate list doc version clean tool work fix help"),
    ...uses("run", checkGoRun),
    ...asks("global", "install"),
    ...uses("env", checkGoEnv),
  },
};
const publisher: PackageTool = { verbs: { ...asks("publish", "publish upload register push deploy"), ...asks("account", "login signin") } };
const downloader: PackageTool = { verbs: {}, other: askPackageUse(packageReasons.download) };
const maven: PackageTool = { verbs: {}, other: checkMaven };
const gradle: PackageTool = { verbs: {}, other: checkGradle };

export const packageTools: Record<string, PackageTool> = {
  ...{ npm, pnpm, yarn, pip, pip3: pip, uv, cargo, go },
  ...{ mvn: maven, mvnw: maven, gradle, gradlew: gradle, make: { verbs: {}, other: checkScript } },
  npx: { verbs: {}, other: checkRunner(nodeTools), before: "--no-install --no --yes -y --quiet -q --offline --prefer-offline" },
  ...Object.fromEntries(["pnpx", "bunx", "uvx", "pipx"].map((name) => [name, downloader])),
  ...Object.fromEntries(["twine", "poetry", "hatch", "flit", "pdm", "gem", "vsce", "lerna", "changeset"].map((name) => [name, publisher])),
};
