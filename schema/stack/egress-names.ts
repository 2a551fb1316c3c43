/** A name that boxes may reach. A leading dot is all below it. `git`: no place of packages. */
export type EgressName = { name: string; use: string; git?: true };

/**
 * What every plan's boxes may reach on the internet: the public package registries and the large Git hosts.
 * An operator adds names of their own, or leaves these out. `use` is said to the member.
 */
export const publicEgressNames: readonly EgressName[] = [
  { name: "registry.npmjs.org", use: "JavaScript packages (npm, pnpm)" },
  { name: "registry.yarnpkg.com", use: "JavaScript packages (yarn)" },
  { name: "nodejs.org", use: "Headers of Node, for packages that compile" },
  { name: "pypi.org", use: "The list of Python packages (pip, uv)" },
  { name: "files.pythonhosted.org", use: "Python packages (pip, uv)" },
  { name: "proxy.golang.org", use: "Go modules" },
  { name: "sum.golang.org", use: "Checksums of Go modules" },
  { name: "index.crates.io", use: "The list of Rust packages (cargo)" },
  { name: "static.crates.io", use: "Rust packages (cargo)" },
  { name: "repo.maven.apache.org", use: "Java packages (Maven, Gradle)" },
  { name: "plugins.gradle.org", use: "Plugins of Gradle" },
  { name: "services.gradle.org", use: "Gradle itself" },
  { name: "github.com", use: "Git repositories on GitHub", git: true },
  { name: "api.github.com", use: "Releases and tags on GitHub", git: true },
  { name: "codeload.github.com", use: "Archives of Git repositories on GitHub", git: true },
  { name: ".githubusercontent.com", use: "Files and releases on GitHub", git: true },
  { name: "gitlab.com", use: "Git repositories on GitLab", git: true },
  { name: "bitbucket.org", use: "Git repositories on Bitbucket", git: true },
  { name: "codeberg.org", use: "Git repositories on Codeberg", git: true },
];

/** Where packages come from: what a clean room may reach while it installs them. */
export const registryNames = publicEgressNames.filter(({ git }) => !git).map(({ name }) => name);
