import { environmentPath } from "../../../schema/environment/environment.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";

/** The package managers that a project can be set up by. `go` is in the image `full` alone. */
export const packageManagers = ["npm", "pnpm", "yarn", "pip", "uv", "go"] as const;
export type PackageManager = (typeof packageManagers)[number];
export type ProjectFiles = Record<string, string>;

/** What a registry tells of its packages, for manifests and lockfiles. */
export type Published = {
  base: string;
  version: string;
  npm: { tarball: string; integrity: string; sha1: string };
  wheel: { url: string; sha256: string; size: number };
  go: { module: string; version: string; sums: string };
};

const makeManifest = (name: string, { base, version }: Published): ProjectFiles => ({
  ".npmrc": `registry=${base}/npm/\n`,
  "package.json": JSON.stringify({ name, version: "1.0.0", private: true, dependencies: { greeter: version } }),
});
function makeNpmLock(name: string, { version, npm: { tarball, integrity } }: Published): string {
  const dependencies = { greeter: version };
  const locked = { version, resolved: tarball, integrity };
  const packages = { "": { name, version: "1.0.0", dependencies }, "node_modules/greeter": locked };
  return JSON.stringify({ name, version: "1.0.0", lockfileVersion: 3, requires: true, packages });
}
function makePnpmLock({ version, npm }: Published): string {
  return printYaml({
    lockfileVersion: "9.0",
    settings: { autoInstallPeers: true, excludeLinksFromLockfile: false },
    importers: { ".": { dependencies: { greeter: { specifier: version, version } } } },
    packages: { [`greeter@${version}`]: { resolution: { integrity: npm.integrity } } },
    snapshots: { [`greeter@${version}`]: {} },
  });
}
const makeYarnLock = ({ version, npm: { tarball, sha1, integrity } }: Published): string =>
  `# yarn lockfile v1\n\n\ngreeter@${version}:\n  version "${version}"\n  resolved "${tarball}#${sha1}"\n  integrity ${integrity}\n`;
const makeUvLock = (name: string, { base, version, wheel: { url, sha256, size } }: Published): string => `version = 1
requires-python = ">=3.11"

[[package]]
name = "${name}"
version = "1.0.0"
source = { virtual = "." }
dependencies = [{ name = "pygreeter" }]

[package.metadata]
requires-dist = [{ name = "pygreeter", specifier = "==${version}" }]

[[package]]
name = "pygreeter"
version = "${version}"
source = { registry = "${base}/pypi/simple" }
wheels = [{ url = "${url}", hash = "sha256:${sha256}", size = ${size} }]
`;

/** The files of a project of this name that needs the one package: with lock and hash. */
export function makeProjectFiles(manager: PackageManager, name: string, published: Published): ProjectFiles {
  const { base, version, wheel, go } = published;
  const files: Record<PackageManager, () => ProjectFiles> = {
    npm: () => ({ ...makeManifest(name, published), "package-lock.json": makeNpmLock(name, published) }),
    pnpm: () => ({ ...makeManifest(name, published), "pnpm-lock.yaml": makePnpmLock(published) }),
    yarn: () => ({ ...makeManifest(name, published), "yarn.lock": makeYarnLock(published) }),
    pip: () => ({
      "requirements.txt": `# of ${name}\n--index-url ${base}/pypi/simple/\npygreeter==${version} --hash=sha256:${wheel.sha256}\n`,
    }),
    uv: () => ({
      "pyproject.toml": `[project]\nname = "${name}"\nversion = "1.0.0"\nrequires-python = ">=3.11"\ndependencies = ["pygreeter==${version}"]\n`,
      "uv.lock": makeUvLock(name, published),
    }),
    // Go takes the address of its proxy from its environment alone; a go.sum that names all asks nobody else.
    go: () => ({
      [environmentPath]: printYaml({ image: "full", setup: [`GOPROXY=${base}/go GOSUMDB=off go mod download all`] }),
      "go.mod": `module example.org/${name}\n\ngo 1.19\n\nrequire ${go.module} ${go.version}\n`,
      "go.sum": go.sums,
      "main.go": `package main\n\nimport (\n\t"fmt"\n\n\t"${go.module}"\n)\n\nfunc main() {\n\tfmt.Println(greeter.Word)\n}\n`,
    }),
  };
  return files[manager]();
}
